import { expect } from 'chai';
import type { ExecRequest } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { InstanceState } from '../../../../common/gen/headframe/v1/instance_pb.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { collect, rejectionOf } from '../../../support/echo-server.js';
import { expectReason } from '../../../support/expect-reason.js';
import type { FakeAgent } from '../../../support/fake-agent.js';
import { sampleReport } from '../../../support/sample-report.js';
import { StreamReader } from '../../../support/stream-reader.js';
import { waitFor } from '../../../support/wait-for.js';

describe('FleetService: instances', () => {
  let at: CoordinatorFixture;
  let agent: FakeAgent;
  beforeEach(async () => {
    at = await openCoordinatorFixture();
    agent = await at.connect('host-1');
  });
  afterEach(() => at.close());

  const start = async (replicas = 1): Promise<string> => {
    await at.apply({ replicas });
    return waitFor('running instances', async () => {
      const { instances } = await at.fleet.listInstances({ states: [InstanceState.RUNNING] });
      return instances.length === replicas ? instances[0]?.id : undefined;
    });
  };

  describe('lists', () => {
    it('pages through instances, by miner and then by age', async () => {
      await at.apply({ name: 'b', replicas: 3 }, { name: 'a', replicas: 2 });
      await waitFor('five', async () => (await at.fleet.listInstances({})).instances.length === 5);
      const miners: string[] = [];
      for (let pageToken = '', pages = 0; pages === 0 || pageToken !== ''; pages += 1) {
        const page = await at.fleet.listInstances({ pageSize: 2, pageToken });
        miners.push(...page.instances.map(({ miner }) => miner));
        pageToken = page.nextPageToken;
      }
      expect(miners).to.deep.equal(['a', 'a', 'b', 'b', 'b']);
    });

    it('filters by miner, host and state, and shows ended ones when asked', async () => {
      const id = await start(2);
      await at.fleet.scaleMiner({ name: 'alpha', replicas: 1 });
      await waitFor('one to end', async () => {
        const { instances } = await at.fleet.listInstances({ miner: 'alpha' });
        return instances.length === 1;
      });
      const count = async (filter: Parameters<typeof at.fleet.listInstances>[0]): Promise<number> =>
        (await at.fleet.listInstances(filter)).instances.length;
      expect(await count({ miner: 'alpha' })).to.equal(1);
      expect(await count({ hostId: 'host-1' })).to.equal(1);
      expect(await count({ hostId: 'host-2' })).to.equal(0);
      expect(await count({ miner: 'beta' })).to.equal(0);
      expect(await count({ states: [InstanceState.PENDING] })).to.equal(0);
      expect(id).to.match(/^alpha-/);
      await expectReason(at.fleet.listInstances({ states: [InstanceState.UNSPECIFIED] }), 'request_invalid');
    });

    it('shows one with its progress and its usage', async () => {
      const id = await start();
      const serial = Number(id.split('-')[1]);
      const host = {
        atMs: 1,
        cpuMillis: 500,
        memoryBytes: 1,
        diskBytes: 1,
        load1: 0.5,
        networkRxBytes: 0,
        networkTxBytes: 0,
      };
      const none = { pids: 1, cpuNanos: 0, throttledNanos: 0, ioReadBytes: 0, ioWriteBytes: 0, networkRxBytes: 0 };
      const usage = { serial, cpuMillis: 70, memoryBytes: 1000, ...none, networkTxBytes: 0, oomKills: 0 };
      await agent.reportUsage({ host, instances: [usage, { ...usage, serial: 999 }] });
      const found = await waitFor('usage', async () => {
        const answer = await at.fleet.getInstance({ id });
        return answer.usage === undefined ? undefined : answer;
      });
      expect(found.instance).to.include({ id, hostId: 'host-1', state: InstanceState.RUNNING });
      expect(found.usage?.cpuMillis).to.equal(70);
      const all = await at.fleet.listUsage({});
      expect(all.hosts.map(({ hostId }) => hostId)).to.deep.equal(['host-1']);
      expect(all.instances.map(({ instanceId }) => instanceId)).to.deep.equal([id]);
      expect((await at.fleet.listUsage({ miner: 'beta' })).instances).to.deep.equal([]);
      expect((await at.hosts.getHost({ host: 'host-1' })).host?.usage?.cpuMillis).to.equal(500);
    });

    it('suggests the id that was meant', async () => {
      const id = await start();
      for (const wrong of ['alpha', 'alpha-999999', 'beta-1', '!']) {
        const error = await expectReason(at.fleet.getInstance({ id: wrong }), 'instance_not_found');
        expect(error).to.include({ code: 'not_found' });
      }
      const near = await expectReason(at.fleet.getInstance({ id: `${id}0` }), 'instance_not_found');
      expect(near.metadata['meant']).to.equal(id);
    });

    it('shows how far a pull is, and calls a fleet settled whose image does not exist', async () => {
      await agent.close();
      const slow = await at.connect('host-1', { obedient: false });
      await at.apply({ replicas: 1 });
      const serial = await waitFor('the assignment', () => [...slow.held.keys()][0]);
      const progress = { activity: 'pull', doneBytes: 10, totalBytes: 20, text: 'layer 1 of 2' };
      const pulling = sampleReport(serial, { state: 'preparing', reason: 'image_pulling', containerId: '', progress });
      await slow.report(pulling);
      const answer = await waitFor('progress', async () => {
        const found = await at.fleet.getInstance({ id: `alpha-${serial}` });
        return found.progress === undefined ? undefined : found;
      });
      expect(answer.progress).to.include({ activity: 'pull', doneBytes: 10n, totalBytes: 20n });
      expect((await at.fleet.getFleetStatus({})).settled).to.equal(false);
      await slow.report({ ...pulling, reason: 'image_not_found', progress: undefined });
      await waitFor('a settled fleet', async () => (await at.fleet.getFleetStatus({})).settled);
      expect((await at.fleet.getInstance({ id: `alpha-${serial}` })).progress).to.equal(undefined);
    });
  });

  describe('logs', () => {
    it('gives what there is and ends', async () => {
      const id = await start();
      const chunks = await collect(at.fleet.streamLogs({ instance: id }));
      expect(chunks.map(({ data }) => Buffer.from(data?.data ?? []).toString()).join('')).to.equal('one\ntwo\nthree\n');
    });

    it('follows until the client leaves, and frees the tunnel then', async () => {
      const id = await start();
      const reader = new StreamReader((signal) => at.fleet.streamLogs({ instance: id, follow: true }, { signal }));
      await reader.until('four chunks', (messages) => messages.length === 4);
      await reader.close();
      await waitFor('the tunnel to end', () => agent.openTunnels === 0);
    });

    it('refuses an instance that has no host yet, and one whose agent is away', async () => {
      const id = await start();
      await at.apply({
        name: 'huge',
        resources: { cpuMillis: 100_000, memoryBytes: 2 ** 30, diskBytes: 2 ** 20, gpus: 0, pids: 0 },
      });
      const pending = await waitFor('a pending one', async () => {
        return (await at.fleet.listInstances({ miner: 'huge' })).instances[0]?.id;
      });
      const refused = await expectReason(collect(at.fleet.streamLogs({ instance: pending })), 'not_running');
      expect(refused).to.include({ code: 'failed_precondition' });
      await agent.close();
      await waitFor('no session', async () => {
        const error = await rejectionOf(collect(at.fleet.streamLogs({ instance: id })));
        return error instanceof Error && 'reason' in error && error.reason === 'host_not_connected';
      });
    });
  });

  describe('exec', () => {
    const call = (...messages: ExecRequest['message'][]) => {
      const exec = at.fleet.exec();
      for (const message of messages) void exec.requests.write({ message }).catch(() => undefined);
      return exec;
    };
    const startOf = (instance: string, ...command: string[]): ExecRequest['message'] => {
      const rest = { tty: false, stdin: true, columns: 0, rows: 0 };
      return { case: 'start', value: { $typeName: 'headframe.v1.ExecStart', instance, command, ...rest } };
    };
    const stdin = (text: string): ExecRequest['message'] => ({ case: 'stdin', value: Buffer.from(text) });

    it('passes input and output, and the exit code last', async () => {
      const id = await start();
      const exec = call(startOf(id, 'cat'), stdin('a'), stdin('b'), { case: 'stdinEnd', value: true });
      const messages = (await collect(exec.responses)).map(({ message }) => message);
      const output = messages.flatMap((message) =>
        message.case === 'data' ? Buffer.from(message.value.data).toString() : [],
      );
      expect(output.join('')).to.equal('ab');
      expect(messages.at(-1)).to.deep.include({ case: 'exitCode', value: 7 });
    });

    it('tells what the agent could not do', async () => {
      const id = await start();
      const error = await expectReason(collect(call(startOf(id, 'missing')).responses), 'command_not_found');
      expect(error).to.include({ code: 'failed_precondition' });
      expect(error.remedy).to.be.a('string');
    });

    it('refuses a call that does not begin as it must, or goes on as it must not', async () => {
      const id = await start();
      await expectReason(collect(call(stdin('a')).responses), 'request_invalid');
      await expectReason(collect(call(startOf(id)).responses), 'request_invalid');
      await expectReason(collect(call(startOf(id, 'cat'), startOf(id, 'cat')).responses), 'request_invalid');
      await waitFor('the tunnels to end', () => agent.openTunnels === 0);
    });

    it('ends the command when the client leaves', async () => {
      const id = await start();
      const exec = call(startOf(id, 'cat'), stdin('a'));
      await waitFor('an open tunnel', () => agent.openTunnels === 1);
      exec.cancel();
      await waitFor('the tunnel to end', () => agent.openTunnels === 0);
    });
  });
});
