import { expect } from 'chai';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Agent } from '../../../agent/agent.js';
import { openAgent } from '../../../agent/open-agent.js';
import { AgentService } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { CoordinatorRole } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { createClient } from '../../../common/rpc/index.js';
import { agentOptions } from '../../support/agent-options.js';
import { ClusterFixture } from '../../support/cluster-fixture.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { securityBy } from '../../support/host-certificates.js';
import { MemoryRuntime } from '../../support/memory-runtime.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

// Whoever starts beside others on a busy machine may hold the event loop for a second.
const TTL_MS = 4_000;

const errorOf = async (call: Promise<unknown>): Promise<HeadframeError> => {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (error instanceof HeadframeError) return error;
  throw new Error('it was answered', { cause: error });
};

/** Whoever it is that answers. */
const get = async (url: string): Promise<{ status: number | undefined; body: unknown }> => {
  const [response] = (await once(request(url, { rejectUnauthorized: false }).end(), 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await json(response) };
};

describe('coordinators that share a store', () => {
  let cluster: ClusterFixture;

  beforeEach(async () => {
    cluster = await ClusterFixture.open(TTL_MS);
  });

  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  it('have one that leads, and others that tell hosts which one', async () => {
    const first = await cluster.start();
    await cluster.leads(first);
    const second = await cluster.start();
    await waitFor('the follower to know', () => second.run.text === `follower of ${first.address}`);
    const [leader, follower] = [await cluster.clientsOf(first, first), await cluster.clientsOf(second, first)];

    const leading = await leader.coordinator.getCoordinator({});
    expect(leading).to.include({ role: CoordinatorRole.LEADER, address: first.address, cluster: 'test' });
    expect(leading.epoch > 0n).to.equal(true);
    const following = await follower.coordinator.getCoordinator({});
    expect(following).to.include({ role: CoordinatorRole.FOLLOWER, address: second.address, epoch: 0n });
    expect(following.leaderAddress).to.equal(first.address);

    await leader.fleet.applyMiners({ miners: [wireSpec()] });
    const host = cluster.channelTo(second, securityBy(await cluster.certificatesOf('host-1')));
    const { responses } = createClient(AgentService, host).session();
    const refused = await errorOf(responses[Symbol.asyncIterator]().next());
    expect(refused).to.include({ code: 'unavailable', reason: 'not_leader' });
    expect(refused.metadata).to.deep.equal({ leader: first.address });
    // Whoever it is, the one that leads judges.
    expect(await get(`https://${second.httpAddress}/v1/miners`)).to.have.property('status', 401);
  });

  it('pass the lead on when one that leads ends, hands over, or stood still, and each time by a higher epoch', async () => {
    const first = await cluster.start();
    await cluster.leads(first);
    const second = await cluster.start();
    const [one, other] = [await cluster.clientsOf(first, first), await cluster.clientsOf(second, first)];
    await one.fleet.applyMiners({ miners: [wireSpec()] });

    const epochs = [(await one.coordinator.getCoordinator({})).epoch];
    await one.coordinator.stepDown({});
    await cluster.leads(second);
    expect(cluster.refusals.map((refusal) => refusal()?.reason)).to.deep.equal(['not_leader', undefined]);
    epochs.push((await other.coordinator.getCoordinator({})).epoch);
    expect((await other.fleet.listMiners({})).miners).to.have.length(1);
    await waitFor('the former to follow', () => first.run.text === `follower of ${second.address}`);

    // It hears of it by no timer: the first who asks is refused.
    second.standStill(TTL_MS);
    expect(await errorOf(other.fleet.listMiners({}))).to.include({ reason: 'not_leader' });
    await waitFor('one to lead again', () => cluster.members.some(({ run }) => run.text.startsWith('leads')));
    expect(cluster.store.commits.length).to.be.above(0);

    const leader = cluster.members.find(({ run }) => run.text.startsWith('leads'));
    await leader?.stop();
    const heir = cluster.members.find((member) => member !== leader);
    if (heir !== undefined) await cluster.leads(heir);
    epochs.push((await (heir === first ? one : other).coordinator.getCoordinator({})).epoch);
    expect(epochs).to.deep.equal([...new Set(epochs)].sort((a, b) => Number(a - b)));
  });

  it('take over hosts whose agents know several, without a restart of what runs there', async () => {
    const first = await cluster.start();
    await cluster.leads(first);
    const second = await cluster.start();
    await using folder = await makeTempDir();
    const runtime = new MemoryRuntime();
    const certificates = await cluster.certificatesOf('host-1');
    const over = new AbortController();
    const coordinator = `${second.address},${first.address}`;
    const options = { ...agentOptions(folder.path, runtime), coordinator, security: securityBy(certificates) };
    const agent = await openAgent(options, silentLogger);
    const running = agent.run(over.signal);
    try {
      const [one, other] = [await cluster.clientsOf(first, first), await cluster.clientsOf(second, first)];
      await one.fleet.applyMiners({ miners: [wireSpec({ replicas: 2 })] });
      await waitFor(
        'instances',
        () => agent.status().instances.filter(({ state }) => state === 'running').length === 2,
      );
      const [calls, { epoch }] = [[...runtime.calls], agent.status()];

      await first.stop();
      await cluster.leads(second);
      await waitFor('the agent to move', () => agent.status().connected && agent.status().epoch > epoch);
      expect(agent.status().coordinator).to.equal(second.address);
      await waitFor(
        'its reports',
        async () => (await other.fleet.getMiner({ name: 'alpha' })).miner?.counts?.running === 2,
      );
      expect(runtime.calls).to.deep.equal(calls);
    } finally {
      over.abort();
      await running;
    }
  });

  it('tell agents of each other, so that one that was given a single address finds the next leader, also after a restart', async () => {
    const first = await cluster.start();
    await cluster.leads(first);
    await using folder = await makeTempDir();
    const certificates = await cluster.certificatesOf('host-1');
    const security = securityBy(certificates);
    const options = { ...agentOptions(folder.path, new MemoryRuntime()), coordinator: first.address, security };
    const known = async (): Promise<unknown> => {
      const state = JSON.parse(await readFile(join(options.dataDir, 'agent.json'), 'utf8')) as {
        coordinators?: unknown;
      };
      return state.coordinators;
    };
    const runs = async (during: (agent: Agent) => Promise<void>): Promise<void> => {
      const over = new AbortController();
      const agent = await openAgent(options, silentLogger);
      const running = agent.run(over.signal);
      try {
        await during(agent);
      } finally {
        over.abort();
        await running;
      }
    };
    const second = await cluster.start();
    const both = [first.address, second.address].sort();
    await runs(async (agent) => {
      await waitFor(
        'the other address',
        async () => agent.status().connected && isDeepStrictEqual(await known(), both),
      );
      await first.stop();
      await cluster.leads(second);
      await waitFor('the agent to move', () => agent.status().connected);
      expect(agent.status().coordinator).to.equal(second.address);
    });
    await runs(async (agent) => {
      await waitFor('the agent to come back', () => agent.status().connected);
      expect(agent.status().coordinator).to.equal(second.address);
    });
  });

  it('of which one is too old for the store stands by, says why, and keeps nobody else from leading', async () => {
    const newer = await cluster.start({}, 2);
    await cluster.leads(newer);
    await (await cluster.clientsOf(newer, newer)).fleet.applyMiners({ miners: [wireSpec()] });
    const older = await cluster.start();
    await waitFor('the older to follow', () => older.run.text === `follower of ${newer.address}`);
    const { coordinator } = await cluster.clientsOf(older, newer);
    await newer.stop();

    await waitFor('the older to try', () => older.run.text.endsWith('and leads no more: store_format_newer'));
    // Its ports are closed for a moment between standing by twice.
    const told = await waitFor('it to answer', () => coordinator.getCoordinator({}));
    const { role, hindranceReason, hindranceText } = told;
    expect([role, hindranceReason]).to.deep.equal([CoordinatorRole.FOLLOWER, 'store_format_newer']);
    expect(hindranceText).to.include('format 2');
    const next = await cluster.start({}, 2);
    await cluster.leads(next);
    const { miners } = await (await cluster.clientsOf(next, newer)).fleet.listMiners({});
    expect(miners).to.have.length(1);
    const out = `follower of ${next.address}, and leads no more: store_format_newer`;
    await waitFor('the older to follow', () => older.run.text === out);
  });

  it('prove themselves by the name that they tell others, also while they stand by', async () => {
    cluster.bucket.mode = 'away';
    const { address } = await cluster.start({ advertise: 'c1.test:7700' });
    const [host = '', port = ''] = address.split(':');
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    expect(socket.getPeerCertificate().subjectaltname).to.include('DNS:c1.test');
    socket.destroy();
  });

  it('ends with why where what it leads cannot be opened, and gives the lease back', async () => {
    const first = await cluster.start({ policyFile: '/nonexistent/policy.yaml' });
    expect(await first.ended).to.be.instanceOf(HeadframeError);
    expect(cluster.bucket.entry.value).to.equal('released');
  });
});
