import { create, toJson } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { FleetChangeSchema } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostState } from '../../../../../common/gen/headframe/v1/host_pb.js';
import { RolloutState } from '../../../../../common/gen/headframe/v1/miner_pb.js';
import { concernsOf } from '../../../../../coordinator/dashboard/page/state/attention.js';
import { capacityOf } from '../../../../../coordinator/dashboard/page/state/capacity.js';
import { FleetMirror } from '../../../../../coordinator/dashboard/page/state/fleet-mirror.js';
import { sourceOf } from '../../../../../coordinator/dashboard/page/state/spec.js';
import { byPriority } from '../../../../../coordinator/dashboard/page/state/priorities.js';
import type { FleetChangeJson } from '../../../../../coordinator/dashboard/page/state/wire.js';

type Change = MessageInitShape<typeof FleetChangeSchema>['change'];

/** A change as the gateway writes it, so that the page's own names are held against the contract's. */
function changes(...all: Change[]): FleetChangeJson[] {
  return all.map(
    (change) =>
      toJson(FleetChangeSchema, create(FleetChangeSchema, { change } as MessageInitShape<typeof FleetChangeSchema>), {
        alwaysEmitImplicit: true,
        // What the page takes it for.
      }) as FleetChangeJson,
  );
}

const host = (id: string, patch: object = {}): Change => ({
  case: 'host',
  value: { id, name: id, state: HostState.READY, allocatable: { cpuMillis: 4000, memoryBytes: 8n }, ...patch },
});
const miner = (name: string, patch: object = {}, priority = 500): Change => ({
  case: 'miner',
  value: { spec: { name, priority }, counts: { desired: 2, running: 2 }, ...patch },
});

function mirror(...all: Change[]): FleetMirror {
  const fleet = new FleetMirror();
  fleet.take({ revision: '5', synced: true, data: changes(...all) });
  return fleet;
}

describe('the mirror of the fleet', () => {
  it('holds what it was told, until that is gone', () => {
    const fleet = mirror(host('a'), miner('m'), { case: 'instance', value: { id: 'm-1', miner: 'm' } });
    expect([fleet.hosts.size, fleet.miners.size, fleet.instances.size]).to.deep.equal([1, 1, 1]);
    const gone = changes(
      { case: 'hostRemoved', value: 'a' },
      { case: 'minerRemoved', value: 'm' },
      { case: 'instanceRemoved', value: 'm-1' },
    );
    fleet.take({ revision: '6', synced: true, data: gone });
    expect([fleet.hosts.size, fleet.miners.size, fleet.instances.size]).to.deep.equal([0, 0, 0]);
  });

  it('is whole once all was told, and shows nothing half', () => {
    const fleet = new FleetMirror();
    fleet.take({ revision: '0', synced: false, data: changes(host('a')) });
    expect(fleet.isWhole).to.equal(false);
    fleet.take({ revision: '5', synced: true, data: [] });
    expect(fleet.isWhole).to.equal(true);
  });

  it('keeps what it knows while all is told anew, and then drops what was not', () => {
    const fleet = mirror(host('a'), host('b'), miner('m'));
    fleet.beginAnew();
    fleet.take({ revision: '0', synced: false, data: changes(host('b'), host('c')) });
    expect([...fleet.hosts.keys()]).to.deep.equal(['a', 'b', 'c']);
    fleet.take({ revision: '9', synced: true, data: [] });
    expect([...fleet.hosts.keys()]).to.deep.equal(['b', 'c']);
    expect(fleet.miners.size).to.equal(0);
  });

  it('sums up what hosts offer and give, without those that are lost', () => {
    const fleet = mirror(
      host('a', { allocated: { cpuMillis: 1000 } }),
      host('b'),
      host('c', { state: HostState.LOST, allocated: { cpuMillis: 4000 } }),
    );
    const { allocatable, allocated } = capacityOf(fleet);
    expect(allocatable).to.deep.equal({ cpuMillis: 8000, memoryBytes: 16, diskBytes: 0, gpus: 0 });
    expect(allocated.cpuMillis).to.equal(1000);
  });

  it('counts instances by classes of priority, by that of the stake where there is one', () => {
    const fleet = mirror(
      miner('a', {}, 900),
      miner('b', { counts: { desired: 3, running: 1, starting: 1, pending: 1 } }, 650),
      miner('c', { stakePriority: { priority: 950 } }, 100),
    );
    expect(byPriority(fleet)).to.deep.equal([
      { name: 'critical', miners: 2, wanted: 4, running: 4, starting: 0, pending: 0 },
      { name: 'normal', miners: 1, wanted: 3, running: 1, starting: 1, pending: 1 },
    ]);
  });

  it('tells what to look at, the worst first, each with its why', () => {
    const fleet = mirror(
      host('well'),
      host('ailing', { conditions: [{ reason: 'disk_pressure', text: 'full', sinceMs: 9n }] }),
      miner('fine'),
      miner('waits', {
        counts: { desired: 2, pending: 2 },
        why: { reason: 'insufficient_cpu', text: 'no room', atMs: 7n },
      }),
      miner('failed', { rollout: { state: RolloutState.FAILED, why: { reason: 'rollout_failed', text: 'slow' } } }),
      miner('given-up', { quarantine: { reason: 'exited_error', text: 'again' } }),
    );
    const alarms = [{ reason: 'mass_loss', text: 'many', sinceMs: '3' }];
    // Of a status the alarms alone are looked at.
    const concerns = concernsOf(fleet, { alarms } as unknown as Parameters<typeof concernsOf>[1]);
    expect(concerns.map(({ what, word, reason }) => `${what} ${word} ${reason}`)).to.deep.equal([
      'Fleet alarm mass_loss',
      'failed rollout failed rollout_failed',
      'given-up quarantined exited_error',
      'ailing ailing disk_pressure',
      'waits waiting insufficient_cpu',
    ]);
  });

  it('tells since when a host is silent, and of one that is there nothing that is not known', () => {
    const fleet = mirror(
      host('gone', { state: HostState.LOST, reason: 'host_lost', lastSeenMs: 4n }),
      host('closed', { cordoned: true, lastSeenMs: 5n }),
    );
    const concerns = concernsOf(fleet, undefined);
    expect(concerns.map(({ what, sinceMs }) => [what, sinceMs])).to.deep.equal([
      ['gone', 4],
      ['closed', 0],
    ]);
  });

  it('says what models are made of', () => {
    const sources = [
      { case: 'text', value: 'FROM scratch' },
      { case: 'upload', value: 'sha256:ab' },
      { case: 'url', value: { url: 'https://models.example/a.tar' } },
      { case: 'git', value: { url: 'https://git.example/a', commit: 'c0ffee' } },
    ];
    const fleet = mirror(
      ...sources.map((source, index) =>
        miner('m', { spec: { name: String(index), section: { case: 'model', value: { source } } } }),
      ),
    );
    const models = [...fleet.miners.values()].map(({ spec }) => spec?.model);
    expect(models.map((model) => model && sourceOf(model))).to.deep.equal([
      'a Dockerfile in its manifest',
      'upload sha256:ab',
      'https://models.example/a.tar',
      'https://git.example/a at c0ffee',
    ]);
  });

  it('tells what alerts know beside, once, and who is not told of them', () => {
    const fleet = mirror(
      host('full', { conditions: [{ reason: 'disk_pressure', text: 'full', sinceMs: 9n }] }),
      host('slow'),
      miner('near'),
      miner('given-up', { quarantine: { reason: 'exited_error', text: 'again' } }),
    );
    const alert = (reason: string, about: string, state = 'RAISED') => ({
      ...{ reason, about, text: '', severity: 'SEVERITY_WARNING', state: `ALERT_STATE_${state}`, sinceMs: '1' },
    });
    const alerts = [
      ...[alert('disk_pressure', 'full'), alert('miner_not_useful', 'given-up'), alert('challenge_late', 'slow cpu')],
      ...[alert('deregistration_near', 'near', 'WAITING'), alert('certificate_expiring', 'viewer anna')],
      ...[alert('reboot_overdue', 'slow', 'CLEARED'), alert('host_duplicate', 'slow', 'ENDING')],
    ];
    const target = { name: 'email', failures: 2, reason: 'alert_refused', text: 'no such mailbox' };
    const concerns = concernsOf(fleet, undefined, {
      alerts,
      targets: [target, { ...target, name: 'nats', failures: 0 }],
    });
    expect(concerns.map(({ what, href, word, reason }) => `${what} ${href} ${word} ${reason}`).sort()).to.deep.equal([
      'Alerts by email #/events untold alert_refused',
      'full #/hosts/full ailing disk_pressure',
      'given-up #/miners/given-up quarantined exited_error',
      'near #/miners/near alert deregistration_near',
      'slow #/hosts/slow alert challenge_late',
      'viewer anna #/hosts alert certificate_expiring',
    ]);
  });
});
