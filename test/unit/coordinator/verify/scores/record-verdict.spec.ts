import { expect } from 'chai';
import type { VerdictRecord } from '../../../../../common/model/verdict.js';
import {
  clearVerification,
  recordVerdict,
  refreshVerification,
} from '../../../../../coordinator/verify/scores/index.js';
import { VALID_MS } from '../../../../../coordinator/verify/scores/standing.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleHost } from '../../../../support/fleet-samples.js';
import { sampleVerdict } from '../../../../support/verdict-samples.js';

const LATE = { outcome: 'failed', reason: 'challenge_late', units: 0 } as const;

async function openScene() {
  const { fleet, clock, store } = await openFleetFixture();
  fleet.transact((tx) => tx.putHost(sampleHost()));
  let drawn = 0;
  return {
    fleet,
    clock,
    record: (patch: Partial<VerdictRecord> = {}): void => {
      const verdict = sampleVerdict(`v${String((drawn += 1))}`, { atMs: clock.nowMs(), ...patch });
      fleet.transact((tx) => {
        recordVerdict(tx, verdict);
      });
    },
    reasons: (): string[] => store.commits.flatMap(({ events }) => events.map(({ reason }) => reason)),
    host: () => {
      const host = fleet.host('host-1');
      if (host === undefined) throw new RangeError('host-1 is gone');
      return host;
    },
  };
}

describe('A recorded verdict', () => {
  it('is kept, and moves its host in the same transaction', async () => {
    const { fleet, record, host } = await openScene();
    const { revision } = fleet;
    record();
    expect(fleet.revision).to.equal(revision + 1);
    expect(fleet.verdictsOf('host-1')).to.have.lengthOf(1);
    expect(host().verification?.verified.cpu?.amount).to.equal(8000);
  });

  it('is told of where it changes what the host counts for', async () => {
    const { fleet, clock, record, reasons, host } = await openScene();
    record();
    record();
    record({ outcome: 'void' });
    record(LATE);
    record(LATE);
    await fleet.transact(() => undefined).durable;
    expect(reasons()).to.deep.equal(['capacity_verified', 'verification_unconfirmed', 'verification_failed']);
    expect(host().verification).to.deep.include({ verified: {} });
    clock.advance(1000);
    fleet.transact((tx) => clearVerification(tx, host(), 'by ada'));
    expect(host().verification).to.deep.equal({ verified: {}, clearedAtMs: clock.nowMs() });
    expect(fleet.transact((tx) => clearVerification(tx, host(), 'by ada')).value).to.equal(false);
    await fleet.transact(() => undefined).durable;
    expect(reasons().at(-1)).to.equal('verification_cleared');
  });

  it('lapses with its time', async () => {
    const { fleet, clock, record, reasons, host } = await openScene();
    record();
    clock.advance(VALID_MS);
    await fleet.transact((tx) => refreshVerification(tx, host())).durable;
    expect(host().verification?.verified).to.deep.equal({});
    expect(reasons().at(-1)).to.equal('verification_lapsed');
  });
});
