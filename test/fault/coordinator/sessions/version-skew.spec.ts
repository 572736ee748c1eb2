import { create, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { SessionRequestSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { Certificates } from '../../../../common/rpc/index.js';
import { helloToWire } from '../../../../common/wire/agent.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { securityBy } from '../../../support/host-certificates.js';
import { MeddlingRelay } from '../../../support/meddling-relay.js';
import { ObedientSession } from '../../../support/obedient-session.js';
import { sampleHello } from '../../../support/sample-hello.js';
import { heartbeatMessage, readWord, reportsMessage } from '../../../support/simulated/agent-messages.js';
import type { SerialRun } from '../../../support/simulated/agent-messages.js';
import { GrpcStream, proofBy } from '../../../support/simulated/grpc-stream.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

// Field 900 of wire type 2, which no contract has yet.
const NEWER = Buffer.from([0xa2, 0x38, 3, 1, 2, 3]);

/** An agent of another version, on the bytes alone. */
class OtherAgent {
  readonly runs: SerialRun[] = [];
  acknowledged = 0;
  answers = 0;
  ended: string | undefined;
  readonly #stream: GrpcStream;

  constructor({ coordinator }: CoordinatorFixture, certificates: Certificates, hello: Uint8Array) {
    const events = {
      onMessage: (message: Uint8Array) => {
        const word = readWord(message);
        if (word.kind === 'snapshot' || word.kind === 'delta') this.runs.push(...word.runs);
        else if (word.kind === 'reportsAck') this.acknowledged = word.sequence;
        else if (word.kind === 'other') this.answers += 1;
      },
      onEnd: (why: string) => (this.ended = why),
    };
    const path = '/headframe.v1.AgentService/Session';
    this.#stream = new GrpcStream(coordinator.address, path, events, { proof: proofBy(certificates) });
    this.#stream.send(hello);
  }

  send(message: Uint8Array): void {
    this.#stream.send(message);
  }

  close(): void {
    this.#stream.close();
  }
}

const helloOf = (patch: Partial<ReturnType<typeof helloToWire>> = {}): Uint8Array => {
  const value = Object.assign(helloToWire(sampleHello('host-1')), patch);
  return toBinary(SessionRequestSchema, create(SessionRequestSchema, { message: { case: 'hello', value } }));
};

describe('agents and coordinators of different versions', () => {
  let at: CoordinatorFixture;
  let agent: OtherAgent | undefined;
  let certificates: Certificates;

  beforeEach(async () => {
    at = await openCoordinatorFixture({ heartbeatPeriod: '1s', leaseLength: '5s' });
    certificates = await at.certificatesOf('host-1');
  });
  afterEach(async () => {
    agent?.close();
    agent = undefined;
    await at.close();
  });

  const running = async (): Promise<number> => (await at.fleet.getFleetStatus({})).instancesRunning;

  it('understand each other when the agent says what the coordinator does not know yet', async () => {
    const hello = create(SessionRequestSchema, {
      message: { case: 'hello', value: Object.assign(helloToWire(sampleHello('host-1')), { capabilities: ['later'] }) },
    });
    agent = new OtherAgent(at, certificates, Buffer.concat([toBinary(SessionRequestSchema, hello), NEWER]));
    await at.apply({ replicas: 3 });
    const [run] = await waitFor('a run', () => (agent?.runs.length === 0 ? undefined : agent?.runs));
    const serials = Array.from({ length: run?.count ?? 0 }, (_, index) => (run?.first ?? 0) + index);
    // A message of a kind that comes later, and reports that have more fields.
    agent.send(NEWER);
    const reports = reportsMessage(
      1,
      serials.map((serial) => ({ serial, state: 'running' })),
      Date.now(),
    );
    agent.send(Buffer.concat([reports, NEWER]));
    agent.send(Buffer.concat([heartbeatMessage(1), NEWER]));
    await waitFor('the reports to be taken', async () => agent?.acknowledged === 1 && (await running()) === 3);
    await waitFor('the heartbeat to be answered', () => (agent?.answers ?? 0) > 0);
    expect(agent.ended).to.equal(undefined);
  });

  it('understand each other when the agent does not know yet what the coordinator asks for', async () => {
    const { hostId, hostName, agentRunId, protocolVersion, claimed, runtime, portRangeStart, portRangeEnd } =
      helloToWire(sampleHello('host-1'));
    const oldest = { hostId, hostName, agentRunId, protocolVersion, runtime, portRangeStart, portRangeEnd };
    const message = { case: 'hello' as const, value: { ...oldest, ...(claimed === undefined ? {} : { claimed }) } };
    agent = new OtherAgent(at, certificates, toBinary(SessionRequestSchema, create(SessionRequestSchema, { message })));
    await at.apply({ replicas: 2 });
    await waitFor('both to be told', () => agent?.runs.reduce((sum, { count }) => sum + count, 0) === 2);
    expect(agent.ended).to.equal(undefined);
  });

  it('restart nothing when the coordinator says what the agent does not know yet', async () => {
    await using folder = await makeTempDir();
    const relay = new MeddlingRelay(at.coordinator.address, securityBy(certificates), () => 'pass');
    relay.isNewer = true;
    const session = await ObedientSession.open(folder.path, await relay.listen(), { hostId: 'host-1' });
    try {
      await at.apply({ replicas: 4 });
      await waitFor('all to run', async () => (await running()) === 4);
      await at.fleet.scaleMiner({ name: 'alpha', replicas: 6 });
      await waitFor('all to run', async () => (await running()) === 6);
      expect(session.started).to.have.length(6);
      expect(session.running).to.have.length(6);
    } finally {
      await session.close();
      await relay.close();
    }
  });

  it('part with a clear word when they cannot understand each other', async () => {
    agent = new OtherAgent(at, certificates, helloOf({ protocolVersion: 99 }));
    const why = await waitFor('a refusal', () => agent?.ended);
    expect(why).to.include('99');
    const { hosts } = await at.hosts.listHosts({});
    expect(hosts).to.have.length(0);
  });
}).timeout(20_000);
