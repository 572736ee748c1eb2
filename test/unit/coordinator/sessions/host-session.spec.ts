import { fromBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { SessionResponseSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { SessionResponse } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { CallEnd } from '../../../../common/rpc/call-end.js';
import type { Outgoing } from '../../../../common/rpc/index.js';
import { StreamWriter } from '../../../../common/rpc/stream-writer.js';
import type { MessageSink } from '../../../../common/rpc/stream-writer.js';
import { changesByHost } from '../../../../coordinator/sessions/host-changes.js';
import { HostSession } from '../../../../coordinator/sessions/host-session.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';

const TERMS = { heartbeatPeriodMs: 1000, leaseMs: 10_000, usagePeriodMs: 1000, coordinatorVersion: 'test' };

/** What an agent has been sent; while it does not read, nothing more is taken. */
class FakeSink {
  readonly sent: SessionResponse['message'][] = [];
  writableNeedDrain = false;
  #drain: () => void = () => undefined;

  write(response: SessionResponse | Uint8Array): boolean {
    const { message } = response instanceof Uint8Array ? fromBinary(SessionResponseSchema, response) : response;
    this.sent.push(message);
    return true;
  }

  on(_event: 'drain', listener: () => void): this {
    this.#drain = listener;
    return this;
  }

  end(): void {
    // The test looks at what was sent alone.
  }

  stall(): void {
    this.writableNeedDrain = true;
  }

  resume(): void {
    this.writableNeedDrain = false;
    this.#drain();
  }
}

describe('HostSession', () => {
  let at: FleetFixture;
  let sink: FakeSink;
  let session: HostSession;

  beforeEach(async () => {
    at = await openFleetFixture();
    sink = new FakeSink();
    // A sink has Writable's many overloads of `on`, of which one is used.
    const writer = new StreamWriter<Outgoing<typeof SessionResponseSchema>>(
      sink as unknown as MessageSink<Outgoing<typeof SessionResponseSchema>>,
      new CallEnd(),
    );
    session = new HostSession(
      { sessionId: 's', hostId: 'host-1', agentRunId: 'r', peer: '192.0.2.1:5000', proof: undefined },
      at.fleet,
      writer,
    );
    at.fleet.onDurable((commit) => {
      session.sendWaiting(commit.revision);
      const changes = changesByHost(commit).get('host-1');
      if (changes !== undefined && session.note(commit.revision, changes)) session.flush();
    });
  });

  const durable = async (): Promise<void> => {
    await at.fleet.transact(() => undefined).durable;
    await new Promise((resolve) => setImmediate(resolve));
  };
  const casesSent = () => sink.sent.map(({ case: name }) => name);

  it('begins with its terms and a snapshot, as soon as all in it is durable', async () => {
    const { revision } = at.fleet;
    const serial = addMiner(at.fleet, {}, 1);
    assign(at.fleet, serial);
    session.begin(TERMS, revision);
    expect(casesSent()).to.deep.equal(['accepted']);
    await durable();
    expect(casesSent()).to.deep.equal(['accepted', 'snapshot']);
  });

  it('merges what changes while the agent does not read, into one delta that fits the one before', async () => {
    const first = addMiner(at.fleet, {}, 600);
    await durable();
    session.begin(TERMS, at.fleet.revision);
    sink.stall();
    for (let serial = first; serial < first + 600; serial += 1) assign(at.fleet, serial);
    await durable();
    expect(session.signal.aborted).to.equal(false);
    sink.resume();
    await durable();
    expect(casesSent()).to.deep.equal(['accepted', 'snapshot', 'delta', 'delta']);
    const deltas = sink.sent.flatMap((message) => (message.case === 'delta' ? message.value : []));
    expect(deltas.map(({ runs }) => runs.reduce((sum, { count }) => sum + count, 0))).to.deep.equal([1, 599]);
    expect(deltas[1]?.appliesTo).to.equal(deltas[0]?.resultsIn);
    expect(deltas[1]?.resultsIn).to.equal(BigInt(at.fleet.revision));
  });

  it('tells the latest of what came in batches and one by one while the agent did not read', async () => {
    const first = addMiner(at.fleet, {}, 8);
    await durable();
    session.begin(TERMS, at.fleet.revision);
    sink.stall();
    // Takes the one message that a stalled reader still has room for.
    assign(at.fleet, first);
    await durable();
    const place = { hostId: 'host-1', hostPorts: undefined, gpuIds: undefined, reason: 'placed', text: '' };
    const serials = [1, 2, 3, 4, 5].map((offset) => first + offset);
    at.fleet.transact((tx) => tx.assignInstances({ ...place, serials }));
    at.fleet.transact((tx) => tx.updateInstance(first + 2, { state: 'stopping', reason: 'scaled_down', text: '' }));
    at.fleet.transact((tx) => tx.updateInstance(first + 3, { state: 'stopped', reason: 'scaled_down', text: '' }));
    at.fleet.transact((tx) => tx.assignInstances({ ...place, serials: [first + 6, first + 7] }));
    await durable();
    sink.resume();
    await durable();
    const deltas = sink.sent.flatMap((message) => (message.case === 'delta' ? message.value : []));
    expect(deltas[1]?.runs.reduce((sum, { count }) => sum + count, 0)).to.equal(6);
    expect(deltas[1]?.stops.map(({ firstSerial }) => Number(firstSerial))).to.deep.equal([first + 2]);
    expect(deltas[1]?.forget).to.have.length(0);
  });

  it('replaces what waits by a new snapshot when the agent asks for one', async () => {
    const first = addMiner(at.fleet, {}, 3);
    await durable();
    session.begin(TERMS, at.fleet.revision);
    sink.stall();
    for (const serial of [first, first + 1, first + 2]) assign(at.fleet, serial);
    await durable();
    session.sendSnapshot(at.fleet.revision);
    sink.resume();
    await durable();
    expect(casesSent()).to.deep.equal(['accepted', 'snapshot', 'delta', 'snapshot']);
    expect(sink.sent.at(-1)).to.have.nested.property('value.resultsIn', BigInt(at.fleet.revision));
  });
});
