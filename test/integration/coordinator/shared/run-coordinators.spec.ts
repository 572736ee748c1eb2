import { expect } from 'chai';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { Channel, createClient } from '../../../../common/rpc/index.js';
import type { Certificates, Client } from '../../../../common/rpc/index.js';
import { runCoordinator } from '../../../../coordinator/main.js';
import { expectReason } from '../../../support/expect-reason.js';
import { adminCertificates, securityBy } from '../../../support/host-certificates.js';
import { wireModel } from '../../../support/model-manifest.js';
import { describeWithNats } from '../../../support/nats.js';
import { startJetStream } from '../../../support/nats-jetstream.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

describeWithNats('coordinators with folders of their own and one store in NATS', () => {
  it('are one to who knows the first, and serve what it took in', async () => {
    await using server = await startJetStream();
    await using temp = await makeTempDir();
    const keyFile = join(temp.path, 'key');
    await writeFile(keyFile, 'k'.repeat(32));
    const configOf = (name: string, security: object = { keyFile }) =>
      coordinatorConfigSchema.parse({
        ...{ listen: '127.0.0.1:0', dataDir: join(temp.path, name), log: { level: 'silent' }, security },
        store: {
          kind: 'jetstream',
          jetstream: { servers: server.url, replicas: 1, acceptDurability: 'async', leadershipTtl: '1s' },
        },
      });
    /** Runs one for as long as `use` takes, called as the admin that `admin` has made; gives its own admin's certificates. */
    const withCoordinator = async (
      name: string,
      admin: string,
      use: (fleet: Client<typeof FleetService>) => Promise<void>,
    ): Promise<Certificates> => {
      const stop = new AbortController();
      const config = configOf(name);
      const ended = runCoordinator(config, () => config, stop.signal);
      const started = waitFor('the address', () => readFile(join(config.dataDir, 'coordinator.addr'), 'utf8'));
      const address = String(await Promise.race([started, ended])).trim();
      const security = securityBy(await adminCertificates(join(temp.path, admin)));
      const channel = new Channel({ address, security, clock: systemClock });
      try {
        await use(createClient(FleetService, channel));
      } finally {
        channel.close();
        stop.abort();
        expect(await ended).to.equal(0);
      }
      return adminCertificates(config.dataDir);
    };
    const contentsOf = (name: string): Promise<string[]> => readdir(join(temp.path, name, 'modules', 'content'));

    const one = await withCoordinator('one', 'one', async (fleet) => {
      await fleet.applyMiners({ miners: [wireModel('parrot')] });
    });
    const [archive = ''] = await contentsOf('one');
    const upload = `sha256:${archive.replace('.tar', '')}`;
    const two = await withCoordinator('two', 'one', async (fleet) => {
      await fleet.applyMiners({ miners: [wireModel('cockatoo', { upload })] });
      expect((await fleet.listMiners({})).miners).to.have.length(2);
    });
    expect(await contentsOf('two')).to.deep.equal([archive]);
    expect(two.authorities.toString()).to.equal(one.authorities.toString());
    const keyless = configOf('three', {});
    await expectReason(
      runCoordinator(keyless, () => keyless, new AbortController().signal),
      'protector_not_shared',
    );
  });
});
