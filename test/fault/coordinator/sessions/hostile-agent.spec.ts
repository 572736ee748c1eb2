import { create, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { SessionRequestSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { InstanceState } from '../../../../common/gen/headframe/v1/instance_pb.js';
import type { Instance } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { Certificates } from '../../../../common/rpc/index.js';
import { helloToWire } from '../../../../common/wire/agent.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { collectGarbage } from '../../../support/collect-garbage.js';
import { FakeAgent } from '../../../support/fake-agent.js';
import { sampleHello } from '../../../support/sample-hello.js';
import { sampleReport } from '../../../support/sample-report.js';
import { readWord, reportsMessage } from '../../../support/simulated/agent-messages.js';
import { GrpcStream, proofBy } from '../../../support/simulated/grpc-stream.js';
import { waitFor } from '../../../support/wait-for.js';

const MIB = 2 ** 20;
// Field 900 of wire type 2, which no contract has yet, of a hundred megabytes: nothing else is wrong with it.
const UNKNOWN_FIELD = Buffer.from([0xa2, 0x38, 0x80, 0x80, 0x80, 0x32]);

/** An agent on the bytes alone: a real client would refuse to send what it does. */
class RawAgent {
  acknowledgements = 0;
  isOver = false;
  #isTold = false;
  readonly #stream: GrpcStream;

  constructor(address: string, certificates: Certificates) {
    const events = {
      onMessage: (message: Uint8Array) => {
        const { kind } = readWord(message);
        if (kind === 'reportsAck') this.acknowledgements += 1;
        if (kind === 'snapshot') this.#isTold = true;
      },
      onEnd: () => (this.isOver = true),
    };
    this.#stream = new GrpcStream(address, '/headframe.v1.AgentService/Session', events, {
      proof: proofBy(certificates),
    });
  }

  /** Connects and waits for the assignments. */
  static async open(at: CoordinatorFixture, hostId: string): Promise<RawAgent> {
    const agent = new RawAgent(at.coordinator.address, await at.certificatesOf(hostId));
    const message = { case: 'hello' as const, value: helloToWire(sampleHello(hostId)) };
    void agent.send(toBinary(SessionRequestSchema, create(SessionRequestSchema, { message })));
    await waitFor('a snapshot', () => agent.#isTold);
    return agent;
  }

  send(message: Uint8Array): Promise<boolean> {
    return this.#stream.written(message);
  }

  close(): void {
    this.#stream.close();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof HeadframeError ? error.reason : 'other';
}

describe('an agent that means harm', () => {
  let at: CoordinatorFixture;
  let honest: FakeAgent;
  let hostile: FakeAgent;
  let victims: Instance[];

  beforeEach(async () => {
    at = await openCoordinatorFixture({ heartbeatPeriod: '200ms', leaseLength: '10s' });
    honest = await at.connect('host-1');
    await at.apply({ name: 'alpha', replicas: 3 });
    victims = await waitFor('all to run', async () => {
      const { instances } = await at.fleet.listInstances({});
      return instances.length === 3 && instances.every(({ state }) => state === InstanceState.RUNNING) && instances;
    });
    hostile = await at.connect('host-2');
  });
  afterEach(async () => {
    await at.close();
  });

  const present = async (): Promise<Instance[]> => (await at.fleet.listInstances({})).instances;
  /** All is well with the host beside it. */
  const othersAreWell = async (): Promise<void> => {
    const answered = honest.answeredHeartbeats;
    await waitFor('a heartbeat to be answered', () => honest.answeredHeartbeats > answered, 3_000);
    expect(honest.ended).to.equal(undefined);
    expect((await present()).map(({ serial, state }) => [serial, state])).to.deep.equal(
      victims.map(({ serial }) => [serial, InstanceState.RUNNING]),
    );
  };

  it("cannot speak for another host's instances, nor for ones that never were", async () => {
    const serials = [...victims.map(({ serial }) => Number(serial)), 1_000_000, Number.MAX_SAFE_INTEGER];
    const lies = serials.map((serial) => sampleReport(serial, { state: 'failed', reason: 'crashed', exitCode: 1 }));
    const sequence = await hostile.report(...lies);
    await waitFor('the lies to be dealt with', () => hostile.acknowledged === sequence);
    await othersAreWell();
  });

  it('cannot take the place of a host that is there', async () => {
    const thief = new FakeAgent(at.coordinator.address, 'host-1', {
      hello: { agentRunId: 'thief' },
      certificates: await at.certificatesOf('host-1'),
    });
    await waitFor('a refusal', () => thief.ended !== undefined);
    await thief.close();
    expect(reasonOf(thief.ended)).to.equal('host_id_in_use');
    await othersAreWell();
  });

  it('cannot fill records with its texts or bend time', async () => {
    await at.hosts.cordonHost({ host: 'host-1' });
    await at.apply({ name: 'beta', replicas: 1 });
    const [mine] = await waitFor('its own instance', () => {
      const held = [...hostile.held.keys()];
      return held.length === 0 ? undefined : held;
    });
    const text = 'x'.repeat(MIB);
    const lies = { text, reason: text, containerId: text, startedAtMs: Number.MAX_SAFE_INTEGER, atMs: 1, restarts: 7 };
    const sequence = await hostile.report(sampleReport(mine ?? 0, lies));
    await waitFor('the report to be taken', () => hostile.acknowledged === sequence);
    const { instances } = await at.fleet.listInstances({ miner: 'beta' });
    expect(instances[0]?.text.length).to.be.at.most(1024);
    expect(instances[0]?.containerId.length).to.be.at.most(128);
    expect(instances[0]?.reason).to.equal('unknown');
    const later = await hostile.report(sampleReport(mine ?? 0, { state: 'failed', startedAtMs: 0, restarts: 7 }));
    await waitFor('the next report to be taken', () => hostile.acknowledged === later);
    const { hosts } = await at.hosts.listHosts({});
    expect(hosts).to.have.length(2);
  });

  it('is cut off with a message of a hundred megabytes, which is never held', async () => {
    const raw = await RawAgent.open(at, 'host-3');
    const before = process.memoryUsage().rss;
    const message = Buffer.alloc(UNKNOWN_FIELD.length + 100 * MIB, 1);
    UNKNOWN_FIELD.copy(message);
    void raw.send(message);
    await waitFor('its session to end', () => raw.isOver);
    // What this process holds as the sender: the message and its copy on the wire.
    expect(process.memoryUsage().rss - before).to.be.lessThan(300 * MIB);
    await othersAreWell();
  });

  it('is cut off with more reports in a message than any agent sends', async () => {
    const reports = Array.from({ length: 20_000 }, (_, index) => sampleReport(index + 1));
    await hostile.report(...reports);
    await waitFor('its session to end', () => hostile.ended !== undefined);
    expect(reasonOf(hostile.ended)).to.equal('too_many_reports');
    await othersAreWell();
  });

  it('delays itself alone with a flood of reports, and fills no memory', async () => {
    const raw = await RawAgent.open(at, 'host-3');
    await at.hosts.cordonHost({ host: 'host-3' });
    const serials = Array.from({ length: 10_000 }, (_, index) => ({ serial: index + 1, state: 'stopped' as const }));
    const reports = Buffer.from(reportsMessage(1, serials, 1));
    await collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const flooded = new AbortController();
    const flood = (async () => {
      while (!flooded.signal.aborted && (await raw.send(reports)));
    })();
    await othersAreWell();
    await at.fleet.scaleMiner({ name: 'alpha', replicas: 4 });
    await waitFor('the fourth to run', async () => (await at.fleet.getFleetStatus({})).instancesRunning === 4, 20_000);
    await waitFor('a million and a half reports', () => raw.acknowledgements >= 150 || raw.isOver, 60_000);
    expect(raw.isOver).to.equal(false);
    flooded.abort();
    await flood;
    raw.close();
    await collectGarbage();
    expect(process.memoryUsage().heapUsed - before).to.be.lessThan(150 * MIB);
  });
}).timeout(90_000);
