import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { coordinatorConfigSchema } from '../../../common/config/coordinator-config.js';
import { Health, HealthCheckResponse_ServingStatus } from '../../../common/gen/grpc/health/v1/health_pb.js';
import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import { ServerReflection } from '../../../common/gen/grpc/reflection/v1/reflection_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { createClient } from '../../../common/rpc/index.js';
import { openCoordinator } from '../../../coordinator/coordinator.js';
import { runCoordinator } from '../../../coordinator/main.js';
import { openLowdbStore } from '../../../coordinator/store/index.js';
import { openCoordinatorFixture } from '../../support/coordinator-fixture.js';
import { expectReason } from '../../support/expect-reason.js';
import { MemoryStore } from '../../support/memory-store.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

const parts = { clock: systemClock, random: Math.random, newId: randomUUID, version: 'test', logger: silentLogger };

describe('Coordinator', () => {
  it('tells where it listens as long as it does', async () => {
    const at = await openCoordinatorFixture();
    const file = join(at.folder, 'coordinator.addr');
    expect(await readFile(file, 'utf8')).to.equal(`${at.coordinator.address}\n`);
    await at.coordinator.stop();
    expect(await stat(file).catch(() => undefined)).to.equal(undefined);
    await at.close();
  });

  it('answers health checks and describes its services to clients of any kind', async () => {
    const at = await openCoordinatorFixture();
    const health = createClient(Health, at.channel);
    for (const service of ['', 'headframe.v1.FleetService', 'headframe.v1.HostService', 'headframe.v1.AgentService'])
      expect((await health.check({ service })).status).to.equal(HealthCheckResponse_ServingStatus.SERVING);
    const call = createClient(ServerReflection, at.channel).serverReflectionInfo();
    await call.requests.write({ messageRequest: { case: 'listServices', value: '' } });
    call.requests.end();
    for await (const { messageResponse } of call.responses)
      if (messageResponse.case === 'listServicesResponse')
        expect(messageResponse.value.service.map(({ name }) => name)).to.include.members([
          'headframe.v1.FleetService',
          'headframe.v1.HostService',
          'headframe.v1.AgentService',
        ]);
    await at.close();
  });

  it('serves metrics without a label for each miner or instance', async () => {
    const at = await openCoordinatorFixture({ metrics: '127.0.0.1:0' });
    await at.connect('host-1');
    await at.apply({ name: 'lantern', replicas: 1 });
    await waitFor('it to run', async () => (await at.fleet.getFleetStatus({})).instancesRunning === 1);
    const response = await fetch(`http://${at.coordinator.metricsAddress ?? ''}/metrics`);
    const text = await response.text();
    expect(text).to.include('headframe_instances{state="running"} 1');
    expect(text).to.include('headframe_grpc_calls_total{method="/headframe.v1.FleetService/ApplyMiners",code="ok"} 1');
    expect(text).not.to.include('lantern');
    await at.close();
  });

  it('refuses plaintext at an address that other machines reach, before it touches anything', async () => {
    await using folder = await makeTempDir();
    const dataDir = join(folder.path, 'data');
    const security = { mode: 'plaintext' };
    const config = coordinatorConfigSchema.parse({ listen: '0.0.0.0:0', dataDir, security });
    const opened = openCoordinator(config, { ...parts, store: openLowdbStore(dataDir) });
    await expectReason(opened, 'plaintext_refused');
    expect(await stat(dataDir).catch(() => undefined)).to.equal(undefined);
  });

  it('lets everything go when it cannot listen', async () => {
    await using folder = await makeTempDir();
    const at = await openCoordinatorFixture();
    const config = coordinatorConfigSchema.parse({ listen: at.coordinator.address, dataDir: folder.path });
    await expectReason(openCoordinator(config, { ...parts, store: openLowdbStore(folder.path) }), 'listen_failed');
    const free = coordinatorConfigSchema.parse({ listen: '127.0.0.1:0', dataDir: folder.path });
    const second = await openCoordinator(free, { ...parts, store: openLowdbStore(folder.path) });
    await second.stop();
    await at.close();
  });

  it('tells that it cannot go on when its store has failed, and refuses changes until it is stopped', async () => {
    const store = new MemoryStore();
    const at = await openCoordinatorFixture({}, store);
    store.fail(new Error('disk broke'));
    await expectReason(at.apply({}), 'store_failed');
    expect(await at.coordinator.failed).to.be.instanceOf(Error);
    await at.close();
  });

  it('keeps over a restart what was applied, with a higher epoch and no instance started twice', async () => {
    await using folder = await makeTempDir();
    const open = () => openCoordinatorFixture({ dataDir: folder.path }, undefined, openLowdbStore(folder.path));
    const first = await open();
    const agent = await first.connect('host-1');
    await first.apply({ replicas: 3 });
    await waitFor('three running', async () => (await first.fleet.getFleetStatus({})).instancesRunning === 3);
    const before = await first.fleet.listInstances({});
    const held = [...agent.held.keys()];
    const { epoch } = await first.fleet.getFleetStatus({});
    await first.close();
    const second = await open();
    const after = await second.fleet.listInstances({});
    expect(after.instances.map(({ id, state }) => [id, state])).to.deep.equal(
      before.instances.map(({ id, state }) => [id, state]),
    );
    expect((await second.fleet.getFleetStatus({})).epoch > epoch).to.equal(true);
    const again = await second.connect('host-1', { hello: { agentRunId: 'another' } });
    expect([...again.held.keys()]).to.deep.equal(held);
    await second.close();
  });

  it('does not suspect its hosts for its own end', async () => {
    const first = await openCoordinatorFixture();
    const agent = await first.connect('host-1');
    await first.coordinator.stop();
    await waitFor('the end of the session', () => agent.ended);
    const second = await openCoordinatorFixture({}, first.store.reopen());
    const { host } = await second.hosts.getHost({ host: 'host-1' });
    expect(host).to.include({ state: HostState.READY, reason: 'host_joined' });
    await first.close();
    await second.close();
  });

  it('ends with exit code 0 when it is asked to', async () => {
    await using folder = await makeTempDir();
    const config = coordinatorConfigSchema.parse({
      listen: '127.0.0.1:0',
      dataDir: folder.path,
      log: { level: 'silent' },
    });
    const stop = new AbortController();
    const ended = runCoordinator(config, () => config, stop.signal);
    const file = join(folder.path, 'coordinator.addr');
    await waitFor('the address', () => readFile(file, 'utf8').catch(() => undefined));
    stop.abort();
    expect(await ended).to.equal(0);
  });
});
