import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../../../common/gen/headframe/v1/host_service_pb.js';
import { SecretRefSchema } from '../../../../common/gen/headframe/v1/miner_pb.js';
import { SecretService } from '../../../../common/gen/headframe/v1/secret_service_pb.js';
import type { FleetChange } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { Client } from '../../../../common/rpc/index.js';
import { wireSpec } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openRoleFixture } from '../../../support/role-fixture.js';
import type { RoleFixture } from '../../../support/role-fixture.js';
import { StreamReader } from '../../../support/stream-reader.js';

type Fleet = Client<typeof FleetService>;

describe('a caller who is held to a namespace', function () {
  this.timeout(30_000);
  let at: RoleFixture;
  let admin: Fleet;
  let farm: Fleet;
  let hosts: Client<typeof HostService>;
  let mineId = '';
  let theirsId = '';

  before(async () => {
    at = await openRoleFixture();
    admin = createClient(FleetService, await at.channelOf('admin'));
    const channel = await at.channelOf('scheduler', ['farm']);
    farm = createClient(FleetService, channel);
    hosts = createClient(HostService, channel);
    for (const name of ['farm', 'mill']) await admin.applyNamespace({ namespace: { name } });
    await farm.applyMiners({ miners: [wireSpec({ name: 'mine', namespace: 'farm', replicas: 1 })] });
    await admin.applyMiners({ miners: [wireSpec({ name: 'theirs', namespace: 'mill', replicas: 2 })] });
    mineId = await instanceOf(admin, 'mine');
    theirsId = await instanceOf(admin, 'theirs');
  });
  after(() => at.close());

  it('sees its own and nothing else, whatever it asks for by name', async () => {
    expect((await farm.getMiner({ name: 'mine' })).miner?.spec?.name).to.equal('mine');
    expect((await farm.getMinerHistory({ name: 'mine' })).revisions).to.have.length(1);
    expect((await farm.getInstance({ id: mineId })).instance?.miner).to.equal('mine');
    expect((await farm.getNamespace({ name: 'farm' })).namespace?.miners).to.equal(1);
    const missing = await expectReason(farm.getMiner({ name: 'theirs' }), 'miner_not_found');
    expect(missing.metadata).not.to.have.property('meant');
    const typo = await expectReason(farm.getMiner({ name: 'their' }), 'miner_not_found');
    expect(typo.metadata).not.to.have.property('meant');
    await expectReason(farm.getMinerHistory({ name: 'theirs' }), 'miner_not_found');
    await expectReason(farm.getInstance({ id: theirsId }), 'instance_not_found');
    await expectReason(farm.getNamespace({ name: 'mill' }), 'namespace_not_found');
    await expectReason(farm.getNamespace({ name: 'default' }), 'namespace_not_found');
  });

  it('hears what its own instances say alone, and enters none of others', async () => {
    const said = (id: string) => first(farm.streamLogs({ instance: id }));
    await expectReason(said(mineId), 'not_running');
    await expectReason(said(theirsId), 'instance_not_found');
    const operator = createClient(FleetService, await at.channelOf('operator', ['farm']));
    const enter = async (instance: string): Promise<void> => {
      const { requests, responses } = operator.exec();
      await requests.write({ message: { case: 'start', value: { instance, command: ['true'] } } });
      await first(responses);
    };
    await expectReason(enter(mineId), 'not_running');
    await expectReason(enter(theirsId), 'instance_not_found');
  });

  it('lists its own alone, also when it filters for others', async () => {
    expect((await farm.listMiners({})).miners.map(({ spec }) => spec?.name)).to.deep.equal(['mine']);
    expect((await farm.listMiners({ namespace: 'mill' })).miners).to.deep.equal([]);
    expect((await farm.listInstances({})).instances.map(({ miner }) => miner)).to.deep.equal(['mine']);
    for (const filter of [{ namespace: 'mill' }, { miner: 'theirs' }])
      expect((await farm.listInstances(filter)).instances).to.deep.equal([]);
    expect((await farm.listNamespaces({})).namespaces.map(({ name }) => name)).to.deep.equal(['farm']);
    expect((await farm.listUsage({ miner: 'theirs' })).instances).to.deep.equal([]);
    const status = await farm.getFleetStatus({});
    expect([status.miners, status.instancesPending]).to.deep.equal([1, 1]);
    expect((await hosts.listHosts({})).hosts).to.deep.equal([]);
  });

  it('keeps secrets in its own alone, and hears of no others', async () => {
    const own = createClient(SecretService, await at.channelOf('scheduler', ['farm']));
    const all = createClient(SecretService, await at.channelOf('admin'));
    const value = Buffer.from('not to be shown');
    await own.setSecret({ namespace: 'farm', name: 'key', value });
    await all.setSecret({ namespace: 'mill', name: 'key', value });
    const theirs = { namespace: 'mill', name: 'key' };
    await expectReason(own.setSecret({ ...theirs, value }), 'namespace_not_found');
    await expectReason(own.rotateSecret({ name: 'key', value }), 'namespace_not_found');
    await expectReason(own.removeSecret({ ...theirs, force: true }), 'namespace_not_found');
    const listed = await own.listSecrets({});
    expect(listed.secrets.map(({ namespace, name }) => [namespace, name])).to.deep.equal([['farm', 'key']]);
    expect((await all.listSecrets({})).secrets).to.have.length(2);
    // One that is there in another namespace is not there for its miners.
    const spec = wireSpec({ name: 'reader', namespace: 'farm' });
    await all.setSecret({ namespace: 'mill', name: 'other', value });
    if (spec.section.case === 'container') spec.section.value.secrets = [create(SecretRefSchema, { name: 'other' })];
    await expectReason(farm.applyMiners({ miners: [spec] }), 'secret_missing');
    await all.removeSecret(theirs);
    await all.removeSecret({ namespace: 'mill', name: 'other' });
    await expectReason(admin.deleteNamespace({ name: 'farm' }), 'namespace_in_use');
    for (const size of [0, 64 * 1024 + 1]) {
      const wrong = { namespace: 'farm', name: 'size', value: Buffer.alloc(size) };
      await expectReason(own.setSecret(wrong), 'request_invalid');
    }
    const misnamed = await expectReason(own.setSecret({ namespace: 'farm', name: '../x', value }), 'request_invalid');
    expect(JSON.stringify(misnamed)).not.to.contain(value.toString());
  });

  it('changes nothing of others, and is told as if there were nothing', async () => {
    const name = 'theirs';
    const before = await admin.getMiner({ name });
    const tries = [
      farm.scaleMiner({ name, replicas: 0 }),
      farm.restartMiner({ name }),
      farm.stopMiner({ name }),
      farm.deleteMiner({ name }),
      farm.rollbackMiner({ name }),
      farm.pauseMiner({ name }),
      farm.resumeMiner({ name }),
      farm.releaseMiner({ name }),
    ];
    for (const one of tries) await expectReason(one, 'miner_not_found');
    expect((await admin.getMiner({ name })).miner?.revision).to.equal(before.miner?.revision);
  });

  it('applies and plans nothing into another namespace, nor over the name of what is there', async () => {
    for (const ask of [farm.applyMiners, farm.planMiners]) {
      const other = [wireSpec({ name: 'fresh', namespace: 'farm' }), wireSpec({ name: 'new', namespace: 'mill' })];
      const refused = await expectReason(ask({ miners: other }), 'namespace_forbidden');
      expect([refused.code, refused.metadata['namespace']]).to.deep.equal(['permission_denied', 'mill']);
      expect(refused.violations.map(({ path }) => path)).to.deep.equal(['miners[1].namespace']);
      const over = [wireSpec({ name: 'theirs', namespace: 'farm' })];
      const taken = await expectReason(ask({ miners: over }), 'miner_name_taken');
      expect(taken.code).to.equal('already_exists');
      const away = [wireSpec({ name: 'mine', namespace: 'mill' })];
      await expectReason(ask({ miners: away }), 'namespace_forbidden');
    }
    expect((await admin.listMiners({})).miners.map(({ spec }) => spec?.name)).to.deep.equal(['mine', 'theirs']);
  });

  it('watches its own alone, from the beginning, later, and when others are removed', async () => {
    const { revision } = await admin.getFleetStatus({});
    const whole = new StreamReader((signal) => farm.watchFleet({}, { signal }));
    const resumed = new StreamReader((signal) => farm.watchFleet({ fromRevision: revision }, { signal }));
    const asked = new StreamReader((signal) => farm.watchFleet({ miner: 'theirs' }, { signal }));
    const readers = [whole, resumed, asked];
    try {
      for (const reader of readers) await reader.until('all there is', (told) => told.some(({ synced }) => synced));
      await admin.applyMiners({ miners: [wireSpec({ name: 'brief', namespace: 'mill', replicas: 1 })] });
      await admin.deleteMiner({ name: 'brief' });
      await admin.scaleMiner({ name: 'theirs', replicas: 3 });
      await farm.applyMiners({ miners: [wireSpec({ name: 'last', namespace: 'farm', replicas: 1 })] });
      await farm.deleteMiner({ name: 'last' });
      for (const reader of [whole, resumed])
        await reader.until('the end of a miner', (told) =>
          told.some(({ changes }) => changes.some(({ change }) => change.case === 'minerRemoved')),
        );
      const named = readers.map((reader) => reader.messages.flatMap(({ changes }) => changes.flatMap(minersIn)));
      expect(new Set(named[0])).to.deep.equal(new Set(['mine', 'last']));
      expect(new Set(named[1])).to.deep.equal(new Set(['last']));
      expect(named[2]).to.deep.equal([]);
    } finally {
      for (const reader of readers) await reader.close();
    }
  });

  it('hears of events of its own miners, those that are gone included, and of none of the fleet', async () => {
    const about = new Set<string>();
    const subjects = new Set<string>();
    for await (const { events } of farm.streamEvents({}))
      for (const { miner, id, subject } of events) {
        about.add(miner === '' ? id : miner);
        subjects.add(subject);
      }
    expect(about).to.deep.equal(new Set(['mine', 'last']));
    const all = new Set<string>();
    for await (const { events } of admin.streamEvents({})) for (const { subject } of events) all.add(subject);
    expect(all.size).to.be.greaterThan(subjects.size);
    for (const filter of [{ miner: 'theirs' }, { namespace: 'mill' }, { instance: theirsId }])
      for await (const { events } of farm.streamEvents(filter)) expect(events).to.deep.equal([]);
  });

  it('sees nothing at all where its role has namespaces and it names none', async () => {
    const nobody = createClient(FleetService, await at.channelOf('scheduler', undefined, 'loose'));
    expect((await nobody.listMiners({})).miners).to.deep.equal([]);
    const apply = nobody.applyMiners({ miners: [wireSpec({ name: 'x' })] });
    await expectReason(apply, 'namespace_forbidden');
    const whole = createClient(FleetService, await at.channelOf('viewer'));
    expect((await whole.listMiners({})).miners).to.have.length(2);
  });
});

async function first(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of messages) return;
}

async function instanceOf(fleet: Fleet, miner: string): Promise<string> {
  for (;;) {
    const [instance] = (await fleet.listInstances({ miner })).instances;
    if (instance !== undefined) return instance.id;
  }
}

/** The miners that a change tells of. */
function minersIn({ change }: FleetChange): string[] {
  if (change.case === 'miner') return [change.value.spec?.name ?? ''];
  if (change.case === 'instance') return [change.value.miner];
  if (change.case === 'minerRemoved') return [change.value];
  if (change.case === 'instanceRemoved') return [change.value.replace(/-\d+$/, '')];
  return [];
}
