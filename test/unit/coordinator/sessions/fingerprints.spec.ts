import { expect } from 'chai';
import type { FingerprintKind, FingerprintPart } from '../../../../common/model/fingerprint.js';
import type { HostRecord } from '../../../../common/model/host.js';
import { fingerprintAlarms, withFingerprint } from '../../../../coordinator/sessions/fingerprints.js';
import { clearVerification, recordVerdict } from '../../../../coordinator/verify/scores/index.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { sampleVerdict } from '../../../support/verdict-samples.js';

type Parts = Partial<Record<FingerprintKind, string>>;

const partsOf = (parts: Parts): FingerprintPart[] =>
  Object.entries(parts).map(([kind, hash]) => ({ kind: kind as FingerprintKind, hash }));

function hostWith(id: string, parts: Parts, patch: Partial<HostRecord> = {}): HostRecord {
  const host = sampleHost(id, patch);
  return { ...host, description: { ...host.description, fingerprint: partsOf(parts) } };
}

async function openScene() {
  const { fleet, store, clock } = await openFleetFixture();
  const host = (id: string): HostRecord => fleet.host(id) ?? sampleHost('nobody');
  return {
    fleet,
    clock,
    host,
    meet: (id: string, parts: Parts): void => {
      fleet.transact((tx) => {
        const known = tx.host(id);
        tx.putHost(withFingerprint(tx, known, hostWith(id, parts, known)));
      });
    },
    reasons: async (): Promise<string[]> => {
      await fleet.transact(() => undefined).durable;
      return store.commits.flatMap(({ events }) => events.map(({ reason }) => reason));
    },
    alarms: () => fingerprintAlarms(fleet.hosts()).map(({ reason, text }) => [reason, text.split(' ')[0]]),
  };
}

const WHOLE = { machine: 'm', board: 'b', disk: 'd', nic: 'n' };

describe('The machine behind a host', () => {
  it('is nothing to speak of while it stays the same, or was not known', async () => {
    const { meet, reasons, alarms } = await openScene();
    meet('a', {});
    meet('a', WHOLE);
    meet('a', WHOLE);
    meet('b', {});
    expect(await reasons()).to.deep.equal([]);
    expect(alarms()).to.deep.equal([]);
  });

  it('is told of when a part changes, and nothing follows from that', async () => {
    const { fleet, meet, reasons, alarms, host } = await openScene();
    meet('a', WHOLE);
    fleet.transact((tx) => {
      recordVerdict(tx, sampleVerdict('v', { hostId: 'a', atMs: tx.atMs }));
    });
    meet('a', { ...WHOLE, disk: 'd2' });
    expect(await reasons()).to.deep.equal(['capacity_verified', 'host_parts_changed']);
    expect(host('a').verification?.verified.cpu).to.not.equal(undefined);
    expect(alarms()).to.deep.equal([]);
  });

  it('has to prove everything again once it is another one, with an alarm until somebody has looked', async () => {
    const { fleet, clock, meet, reasons, alarms, host } = await openScene();
    meet('a', WHOLE);
    fleet.transact((tx) => {
      recordVerdict(tx, sampleVerdict('v', { hostId: 'a', atMs: tx.atMs }));
    });
    clock.advance(1000);
    meet('a', { ...WHOLE, board: 'b2' });
    expect(await reasons()).to.deep.equal(['capacity_verified', 'host_other_machine']);
    expect(host('a').verification).to.deep.equal({ verified: {}, quarantine: undefined, clearedAtMs: clock.nowMs() });
    expect(alarms()).to.deep.equal([['host_other_machine', 'a:']]);
    meet('a', { ...WHOLE, board: 'b2' });
    expect(alarms()).to.have.lengthOf(1);
    expect(fleet.transact((tx) => clearVerification(tx, host('a'), 'new board')).value).to.equal(true);
    expect(alarms()).to.deep.equal([]);
  });

  it('raises an alarm for as long as another host has it too', async () => {
    const { fleet, meet, reasons, alarms } = await openScene();
    meet('a', WHOLE);
    meet('b', { machine: 'm', board: 'other' });
    expect(alarms()).to.deep.equal([]);
    meet('c', { ...WHOLE, machine: 'm2' });
    expect(await reasons()).to.deep.equal(['host_duplicate']);
    expect(alarms()).to.deep.equal([['host_duplicate', 'a']]);
    fleet.transact((tx) => tx.removeHost('c'));
    expect(alarms()).to.deep.equal([]);
  });
});
