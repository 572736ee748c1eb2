import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStatus } from '../../agent/status-socket.js';
import { describeWith } from '../support/describe-with.js';
import { noDocker } from '../support/docker.js';
import { freePort } from '../support/free-port.js';
import { natsUrl } from '../support/nats.js';
import { startJetStream } from '../support/nats-jetstream.js';
import { Program } from '../support/program.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

interface Row {
  readonly address: string;
  readonly role: string;
}

const noServers = natsUrl === '' ? 'no NATS server: HEADFRAME_TEST_NATS_URL is not set' : undefined;

describeWith(noDocker ?? noServers)('coordinators that are upgraded one after the other', function () {
  this.timeout(90_000);
  it('leave every container alone, and agents that were given one address find the other, the followers first and the leader last', async () => {
    await using server = await startJetStream();
    await using folder = await makeTempDir();
    const keyFile = join(folder.path, 'key');
    await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
    const jetstream = { servers: server.url, replicas: '1', 'accept-durability': 'async', 'leadership-ttl': '2s' };
    const store = Object.entries(jetstream).flatMap(([name, value]) => [`--store-jetstream-${name}`, value]);
    const flags = [
      '--store-kind',
      'jetstream',
      ...store,
      '--security-key-file',
      keyFile,
      '--heartbeat-period',
      '500ms',
    ];
    const fleet = await RunningFleet.open({ alpha: {} }, { coordinator: flags });
    const second = `127.0.0.1:${String(await freePort())}`;
    const own = ['--listen', second, '--data-dir', join(folder.path, 'second')];
    const start = () => new Program(['coordinator', 'start', ...own, ...flags], join(folder.path, 'second.log'));
    let other = start();
    try {
      const both = ['--address', `${fleet.address},${second}`];
      const becomes = (roles: Readonly<Record<string, string>>): Promise<unknown> =>
        fleet.until(`roles to be ${JSON.stringify(roles)}`, async () => {
          const { stdout } = await fleet.headframe(['coordinator', 'ls', '-o', 'json', ...both]);
          const { coordinators } = JSON.parse(stdout) as { coordinators: Row[] };
          return coordinators.every(({ address, role }) => roles[address] === role);
        });
      const handOver = async (): Promise<void> => {
        expect((await fleet.headframe(['coordinator', 'step-down', ...both])).code).to.equal(0);
      };
      await fleet.apply({ name: 'steady', replicas: 2 });
      await fleet.running('steady', 2);
      const before = (await fleet.containers('steady')).map(lifeOf);

      // The follower, for which nobody has to wait.
      await becomes({ [fleet.address]: 'leader', [second]: 'follower' });
      await other.end('SIGTERM');
      other = start();
      await becomes({ [fleet.address]: 'leader', [second]: 'follower' });
      // Then the leader, which hands over before.
      await handOver();
      await becomes({ [fleet.address]: 'follower', [second]: 'leader' });
      await fleet.coordinator.end('SIGTERM');
      await fleet.until('the agent to find the other', async () => {
        const { connected, coordinator } = await readStatus(fleet.agentFolder('alpha'));
        return connected && coordinator === second;
      });
      const restarted = fleet.startCoordinator();
      await becomes({ [fleet.address]: 'follower', [second]: 'leader' });
      await handOver();
      await restarted;

      await fleet.hostsReady(1);
      await fleet.running('steady', 2);
      expect((await fleet.containers('steady')).map(lifeOf)).to.deep.equal(before);
    } finally {
      await fleet.close().finally(() => other.end('SIGKILL'));
    }
  });
});
