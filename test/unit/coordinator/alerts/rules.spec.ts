import { expect } from 'chai';
import type { CredentialRecord } from '../../../../common/model/access.js';
import type { HostRecord } from '../../../../common/model/host.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import { ruledAlarms } from '../../../../coordinator/alerts/rules.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleRollout } from '../../../support/fleet-samples.js';
import { sampleVerdict } from '../../../support/verdict-samples.js';

const DAY = 86_400_000;

describe('ruledAlarms', () => {
  let at: FleetFixture;

  beforeEach(async () => {
    at = await openFleetFixture();
  });

  const found = (nowMs = 0): string[] =>
    ruledAlarms(at.fleet, nowMs, 7 * DAY).map(({ reason, about }) => `${reason} ${about}`);
  const putHost = (patch: Partial<HostRecord> = {}): void => {
    at.fleet.transact((tx) => {
      tx.putHost(sampleHost('host-1', patch));
    });
  };
  const patchMiner = (patch: Partial<MinerRecord>): void => {
    at.fleet.transact((tx) => {
      const miner = tx.miner('alpha');
      if (miner !== undefined) tx.putMiner({ ...miner, ...patch });
    });
  };
  const putCredential = (serial: string, patch: Partial<CredentialRecord>): void => {
    at.fleet.transact((tx) => {
      const times = { issuedAtMs: 0, notAfterMs: 30 * DAY };
      tx.putCredential({ serial, role: 'agent', hostId: 'host-1', keyHash: '', labels: {}, ...times, ...patch });
    });
  };

  it('finds a host that is lost, and none that is well or removed', () => {
    putHost();
    expect(found()).to.deep.equal([]);
    putHost({ state: 'suspect' });
    expect(found()).to.deep.equal([]);
    putHost({ state: 'lost' });
    expect(found()).to.deep.equal(['host_lost host-1']);
    putHost({ state: 'removed' });
    expect(found()).to.deep.equal([]);
  });

  it('finds what agents say is wrong, such as too little disk, under their own reason', () => {
    putHost({ conditions: [{ reason: 'disk_pressure', text: '1 GiB is free', sinceMs: 7 }] });
    expect(ruledAlarms(at.fleet, 9, DAY)).to.deep.equal([
      { reason: 'disk_pressure', about: 'host-1', text: 'host-1: 1 GiB is free', sinceMs: 7 },
    ]);
  });

  it('finds a miner of which nothing runs healthily, and none that is stopped or comes on', () => {
    putHost();
    const serial = addMiner(at.fleet, {}, 1);
    expect(found()).to.deep.equal(['miner_not_useful alpha']);
    patchMiner({ rollout: sampleRollout({ state: 'progressing' }) });
    expect(found()).to.deep.equal([]);
    patchMiner({ rollout: sampleRollout({ state: 'progressing', paused: true }) });
    expect(found()).to.deep.equal(['miner_not_useful alpha']);
    assign(at.fleet, serial);
    at.fleet.transact((tx) => {
      tx.updateInstance(serial, { state: 'running', health: 'unhealthy' });
    });
    expect(found()).to.deep.equal(['miner_not_useful alpha']);
    at.fleet.transact((tx) => {
      tx.updateInstance(serial, { health: 'healthy' });
    });
    expect(found()).to.deep.equal([]);
    const given = { reason: 'exited', text: '', atMs: 0, failures: 1, instance: '' };
    patchMiner({ quarantine: given });
    expect(found()).to.deep.equal(['miner_not_useful alpha']);
    patchMiner({ quarantine: given, stopped: true });
    expect(found()).to.deep.equal([]);
  });

  it('finds a certificate that ends soon, unless its owner has a later one or is gone', () => {
    putHost();
    putCredential('1', {});
    expect(found(24 * DAY - 1)).to.deep.equal([]);
    expect(found(24 * DAY)).to.deep.equal(['certificate_expiring host host-1']);
    putCredential('2', { issuedAtMs: 20 * DAY, notAfterMs: 50 * DAY });
    expect(found(24 * DAY)).to.deep.equal([]);
    putCredential('2', { issuedAtMs: 20 * DAY, notAfterMs: 50 * DAY, revokedAtMs: 1 });
    expect(found(24 * DAY)).to.deep.equal(['certificate_expiring host host-1']);
    putHost({ state: 'removed' });
    expect(found(24 * DAY)).to.deep.equal([]);
  });

  it('looks at a long life within the time that was set', () => {
    at.fleet.transact((tx) => {
      const times = { issuedAtMs: 0, notAfterMs: 365 * DAY };
      tx.putCredential({ serial: '1', role: 'operator', name: 'kim', keyHash: '', labels: {}, ...times });
    });
    expect(found(358 * DAY - 1)).to.deep.equal([]);
    expect(found(358 * DAY)).to.deep.equal(['certificate_expiring operator kim']);
  });

  it('finds a host whose last proof came too late', () => {
    putHost();
    const add = (id: string, patch = {}): void => {
      at.fleet.transact((tx) => {
        tx.addVerdict(sampleVerdict(id, patch));
      });
    };
    add('1', { outcome: 'failed', reason: 'challenge_late' });
    add('2', { outcome: 'void', reason: 'challenge_interrupted' });
    expect(found()).to.deep.equal(['challenge_late host-1 cpu']);
    add('3');
    expect(found()).to.deep.equal([]);
  });
});
