import { expect } from 'chai';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { LeaseState } from '../../../../common/gen/headframe/v1/lease_pb.js';
import { LeaseService } from '../../../../common/gen/headframe/v1/lease_service_pb.js';
import { SecretService } from '../../../../common/gen/headframe/v1/secret_service_pb.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { Client } from '../../../../common/rpc/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openRoleFixture } from '../../../support/role-fixture.js';
import type { RoleFixture } from '../../../support/role-fixture.js';
import { SSH_KEYS } from '../../../support/ssh-keys.js';
import { waitFor } from '../../../support/wait-for.js';

const WISH = { image: 'ubuntu:24.04', authorizedKeys: [SSH_KEYS.ed25519.line], termMs: 3_600_000n };

describe('the service of leases', () => {
  let at: RoleFixture;
  let ada: Client<typeof LeaseService>;
  let bob: Client<typeof LeaseService>;
  let operator: Client<typeof LeaseService>;

  before(async () => {
    at = await openRoleFixture();
    ada = createClient(LeaseService, await at.channelOf('renter', ['default'], 'ada'));
    bob = createClient(LeaseService, await at.channelOf('renter', ['default'], 'bob'));
    operator = createClient(LeaseService, await at.channelOf('operator'));
  });

  after(() => at.close());

  it('makes a lease of its caller’s, with a key of its own, that waits for a host and says why', async () => {
    const { lease } = await ada.createLease({ ...WISH, id: 'mine', ports: [{ name: 'http', containerPort: 8080 }] });
    expect(lease).to.include({ id: 'mine', owner: 'ada', namespace: 'default', termMs: 3_600_000n, endsAtMs: 0n });
    expect(lease?.ports.map(({ name, containerPort }) => [name, containerPort])).to.deep.equal([
      ['ssh', 22],
      ['http', 8080],
    ]);
    expect(lease?.hostKey).to.match(/^ssh-ed25519 /);
    const waiting = await waitFor('a why', async () => {
      const { lease: found } = await ada.getLease({ id: 'mine' });
      // Not only the word with which it begins.
      return found?.why?.text.includes('no host has joined') === true && found;
    });
    expect(waiting.state).to.equal(LeaseState.REQUESTED);
    const secrets = createClient(SecretService, await at.channelOf('admin'));
    const { secrets: kept } = await secrets.listSecrets({});
    expect(kept.map(({ name }) => name)).to.deep.equal(['lease-mine-host-key']);
    await expectReason(ada.createLease({ ...WISH, id: 'mine' }), 'lease_exists');
  });

  it('is as if others’ leases were not there, but for those who look after all', async () => {
    await expectReason(bob.getLease({ id: 'mine' }), 'lease_not_found');
    await expectReason(bob.releaseLease({ id: 'mine' }), 'lease_not_found');
    await expectReason(bob.extendLease({ id: 'mine', byMs: 60_000n }), 'lease_not_found');
    await expectReason(bob.getLeaseLedger({ id: 'mine' }), 'lease_not_found');
    expect((await bob.listLeases({})).leases).to.deep.equal([]);
    expect((await ada.listLeases({})).leases.map(({ id }) => id)).to.deep.equal(['mine']);
    expect((await operator.listLeases({ owner: 'ada' })).leases.map(({ id }) => id)).to.deep.equal(['mine']);
    await expectReason(ada.createLease({ ...WISH, namespace: 'others' }), 'namespace_forbidden');
  });

  it('releases what no host takes within the wait limit, with the why of that and nothing left', async () => {
    const { lease } = await ada.createLease({ ...WISH, id: 'vain', waitLimitMs: 1_000n });
    expect(lease?.waitLimitMs).to.equal(1_000n);
    const over = await waitFor('its end', async () => {
      const { lease: found } = await ada.getLease({ id: 'vain' });
      return found?.state === LeaseState.RELEASED && found;
    });
    expect(over.end?.reason).to.equal('lease_no_host');
    expect(over.end?.text).to.match(/waited 1s .*2 CPU, 512 MiB memory, 5 GiB disk: .*\(no_hosts\)/);
    const secrets = createClient(SecretService, await at.channelOf('admin'));
    expect((await secrets.listSecrets({})).secrets.map(({ name }) => name)).to.deep.equal(['lease-mine-host-key']);
    expect((await ada.getLease({ id: 'mine' })).lease?.waitLimitMs).to.equal(600_000n);
  });

  it('refuses by field what is no lease', async () => {
    const refusedAt = async (patch: object, reason = 'request_invalid'): Promise<string[]> => {
      const { violations } = await expectReason(ada.createLease({ ...WISH, ...patch }), reason);
      return violations.map(({ path }) => path);
    };
    expect(await refusedAt({ termMs: 1_000n })).to.deep.equal(['term_ms']);
    expect(await refusedAt({ waitLimitMs: 2n ** 40n })).to.deep.equal(['wait_limit_ms']);
    expect(await refusedAt({ authorizedKeys: ['ssh-ed25519 AAAA'] })).to.deep.equal(['authorized_keys[0]']);
    expect(await refusedAt({ runtime: 'chroot' })).to.deep.equal(['runtime']);
    expect(await refusedAt({ ports: [{ name: 'x', containerPort: 80, hostPort: 80 }] })).to.deep.equal([
      'ports[0].host_port',
    ]);
    expect(await refusedAt({ ports: [{ name: 'ssh', containerPort: 23 }] })).to.deep.equal(['ports[0]']);
    expect(await refusedAt({ bandwidthBytes: 2n ** 50n })).to.deep.equal(['lease.bandwidthBytes']);
    expect(await refusedAt({ image: '' }, 'manifest_invalid')).to.deep.equal(['container.image']);
    expect(await refusedAt({ id: 'NO' }, 'manifest_invalid')).to.include('name');
  });

  it('lets nobody change a lease as miners are changed', async () => {
    const fleet = createClient(FleetService, await at.channelOf('admin'));
    for (const change of [fleet.stopMiner, fleet.deleteMiner, fleet.restartMiner])
      await expectReason(change({ name: 'mine' }), 'miner_leased');
    await expectReason(fleet.scaleMiner({ name: 'mine', replicas: 2 }), 'miner_leased');
    const { miner } = await fleet.getMiner({ name: 'mine' });
    await expectReason(
      fleet.applyMiners({ miners: miner?.spec === undefined ? [] : [miner.spec] }),
      'manifest_invalid',
    );
  });

  it('extends and ends leases, tells each change, and leaves nothing', async () => {
    const states: LeaseState[] = [];
    const watched = (async () => {
      for await (const { lease } of ada.watchLease({ id: 'mine' })) if (lease !== undefined) states.push(lease.state);
    })();
    await waitFor('the watch to begin', () => states.length > 0);
    expect((await ada.extendLease({ id: 'mine', byMs: 60_000n })).lease?.termMs).to.equal(3_660_000n);
    await ada.releaseLease({ id: 'mine' });
    await watched;
    expect(states.at(-1)).to.equal(LeaseState.RELEASED);
    const { lease } = await ada.getLease({ id: 'mine' });
    expect(lease?.end?.text).to.equal('Released by ada.');
    expect(await ada.getLeaseLedger({ id: 'mine' })).to.include({ usableMs: 0n, owner: 'ada' });
    await expectReason(ada.extendLease({ id: 'mine', byMs: 60_000n }), 'lease_over');
    expect((await ada.listLeases({})).leases).to.deep.equal([]);
    expect((await ada.listLeases({ all: true })).leases.map(({ id }) => id)).to.deep.equal(['vain', 'mine']);
    const admin = await at.channelOf('admin');
    expect((await createClient(SecretService, admin).listSecrets({})).secrets).to.deep.equal([]);
    await expectReason(createClient(FleetService, admin).getMiner({ name: 'mine' }), 'miner_not_found');
  });
});
