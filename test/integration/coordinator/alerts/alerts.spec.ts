import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import { AlertState } from '../../../../common/gen/headframe/v1/alert_pb.js';
import { runCli } from '../../../../coordinator/cli/program.js';
import { AlertServer } from '../../../support/alert-server.js';
import { captureWorld } from '../../../support/captured-world.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { freePort } from '../../../support/free-port.js';
import { MemoryStore } from '../../../support/memory-store.js';
import { describeWithNats, natsUrl } from '../../../support/nats.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const QUICK = { raiseAfter: '0s', clearAfter: '0s' };

/** The store with a lost host more, as after the death of its coordinator. */
async function withLostHost(store: MemoryStore, id: string): Promise<MemoryStore> {
  const { fleet } = await openFleetFixture(store.reopen());
  await fleet.transact((tx) => {
    tx.putHost(sampleHost(id, { state: 'lost' }));
  }).durable;
  return store.reopen();
}

describe('alerts of a coordinator', () => {
  let server: AlertServer;

  beforeEach(async () => {
    server = await AlertServer.open();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const webhook = () => ({ url: `http://127.0.0.1:${String(server.port)}/`, privateAddresses: true });

  it('are posted once, and not again by the coordinator after it', async () => {
    const alerts = { ...QUICK, webhook: webhook() };
    let store = new MemoryStore();
    for (const id of ['host-1', 'host-2']) {
      store = await withLostHost(store, id);
      const at = await openCoordinatorFixture({ alerts }, store);
      try {
        await waitFor(`the alert of ${id}`, () => server.heard.includes(`raised host_lost ${id}`));
      } finally {
        await at.close();
      }
    }
    expect(server.heard).to.deep.equal(['raised host_lost host-1', 'raised host_lost host-2']);
  });

  it('are listed with who was told, what was told last, and what is looked for, over gRPC and by a command', async () => {
    const store = await withLostHost(new MemoryStore(), 'host-1');
    const at = await openCoordinatorFixture(
      { alerts: { ...QUICK, webhook: webhook(), ignore: ['disk_pressure'] } },
      store,
    );
    try {
      const told = async (): Promise<boolean> => ((await at.fleet.getAlerts({})).alerts[0]?.told.length ?? 0) > 0;
      await waitFor('the delivery', () => server.heard.length > 0);
      for (let tries = 0; !(await told()) && tries < 200; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      const listed = await at.fleet.getAlerts({});
      expect(listed.alerts).to.have.lengthOf(1);
      expect(listed.alerts[0]).to.deep.include({ reason: 'host_lost', about: 'host-1', told: ['webhook'] });
      expect(listed.alerts[0]?.state).to.equal(AlertState.RAISED);
      expect(listed.targets).to.have.lengthOf(1);
      expect(listed.targets[0]).to.include({
        name: 'webhook',
        failures: 0,
        where: `http://127.0.0.1:${String(server.port)}`,
      });
      expect(listed.deliveries[0]).to.include({ target: 'webhook', alerts: 1, reason: '' });
      expect(listed.terms).to.deep.include({ ignored: ['disk_pressure'], remindAfterMs: 14_400_000n });
      expect(listed.rules.map(({ reason }) => reason)).to.include('host_lost');
      const world = captureWorld();
      const identity = ['--address', at.coordinator.address, '--identity', join(at.folder, 'admin')];
      expect(await runCli([...identity, 'alerts', 'ls'], world), world.stderr.text).to.equal(0);
      for (const word of ['raised', 'host-1', 'webhook', 'taken', 'ignored'])
        expect(world.stdout.text).to.contain(word);
    } finally {
      await at.close();
    }
  });

  it('do not let a coordinator start whose secret cannot be read', async () => {
    const alerts = { webhook: { ...webhook(), secretFile: '/nonexistent/secret' } };
    const started = await openCoordinatorFixture({ alerts }).catch((error: unknown) => error);
    expect(started).to.include({ code: 'failed_precondition', reason: 'alert_secret_unreadable' });
  });

  it('are tried out by a command, which tells what failed and why', async () => {
    await using folder = await makeTempDir();
    const secretFile = join(folder.path, 'secret');
    await writeFile(secretFile, 'sixteen bytes or more\n');
    const env = {
      HEADFRAME_COORDINATOR_ALERTS_WEBHOOK_URL: webhook().url,
      HEADFRAME_COORDINATOR_ALERTS_WEBHOOK_PRIVATE_ADDRESSES: 'true',
      HEADFRAME_COORDINATOR_ALERTS_WEBHOOK_SECRET_FILE: secretFile,
    };
    const well = captureWorld({ env });
    expect(await runCli(['alerts', 'test'], well), well.stderr.text).to.equal(0);
    expect(server.heard).to.deep.equal(['test alert_test']);
    expect(server.posted[0]?.headers).to.have.property('headframe-signature');
    server.status = 503;
    const ill = captureWorld({ env });
    expect(await runCli(['-o', 'json', 'alerts', 'test'], ill)).to.equal(1);
    const { targets } = JSON.parse(ill.stdout.text) as { targets: readonly object[] };
    expect(targets).to.have.lengthOf(1);
    expect(targets[0]).to.deep.include({ target: 'webhook' });
    expect(targets[0]).to.have.nested.include({ 'delivery.kind': 'failed', 'delivery.reason': 'alert_refused' });
    const none = captureWorld();
    expect(await runCli(['alerts', 'test'], none)).to.not.equal(0);
    expect(none.stderr.text).to.contain('alerts.webhook.url');
  });

  it('are tried out where no NATS server is', async () => {
    const env = {
      HEADFRAME_COORDINATOR_NATS_URL: `nats://127.0.0.1:${String(await freePort())}`,
      HEADFRAME_COORDINATOR_ALERTS_NATS: 'true',
    };
    const world = captureWorld({ env });
    expect(await runCli(['-o', 'json', 'alerts', 'test'], world), world.stderr.text).to.equal(1);
    expect(world.stdout.text).to.contain('alert_no_bus');
  });
});

describeWithNats('alerts over NATS', () => {
  it('reach a client that is not part of the product', async () => {
    const id = `host-${String(process.pid)}-${String(Date.now())}`;
    const nats = await connect({ servers: natsUrl });
    const heard: { state: string; about: string }[] = [];
    nats.subscribe('headframe.v1.alerts.host_lost', {
      callback: (_error, message) => {
        const notice = message.json<{ state: string; about: string }>();
        if (notice.about === id) heard.push(notice);
      },
    });
    await nats.flush();
    const store = await withLostHost(new MemoryStore(), id);
    const at = await openCoordinatorFixture({ nats: { url: natsUrl }, alerts: { ...QUICK, nats: true } }, store);
    try {
      // The connection may come up after the first look; the next try is ten seconds later.
      await waitFor('the alert', () => heard.length > 0, 18_000);
      expect(heard[0]).to.include({ state: 'raised', reason: 'host_lost', severity: 'error', about: id });
    } finally {
      await at.close();
      await nats.close();
    }
    expect(heard).to.have.lengthOf(1);
    const world = captureWorld({
      env: { HEADFRAME_COORDINATOR_NATS_URL: natsUrl, HEADFRAME_COORDINATOR_ALERTS_NATS: 'true' },
    });
    expect(await runCli(['alerts', 'test'], world), world.stderr.text).to.equal(0);
  }).timeout(40_000);
});
