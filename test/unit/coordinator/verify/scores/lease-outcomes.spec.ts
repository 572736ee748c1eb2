import { expect } from 'chai';
import type { LeaseRecord } from '../../../../../common/model/lease-record.js';
import { leaseOutcomes } from '../../../../../coordinator/verify/scores/index.js';
import { LEASE_TIMES, leaseRecord, readyLease } from '../../../../support/lease-scene.js';

const { now, hour } = LEASE_TIMES;
const WAS_READY = now - hour;

/** How one lease that ended counts for its host; undefined where it counts for nothing. */
function countedEnd(reason: string, patch: Partial<LeaseRecord> = {}): number | undefined {
  const lease = leaseRecord({ hostId: 'host-1', end: { reason, text: '', atMs: now }, ...patch });
  return leaseOutcomes([lease]).get('host-1')?.leases[0]?.success;
}

describe('what leases say of a host', () => {
  const probe = { passed: false, reason: 'lease_no_ssh', text: '', failures: 9, atMs: now };
  const cases: readonly [string, Partial<LeaseRecord>, number | undefined][] = [
    ['lease_term_over', { startsAtMs: WAS_READY }, 1],
    ['lease_released', { startsAtMs: WAS_READY }, 1],
    ['lease_released', {}, undefined],
    ['lease_given_up', { startsAtMs: WAS_READY }, 0],
    ['lease_not_ready', { probe }, 0],
    ['lease_not_ready', {}, undefined],
    ['lease_failed', { startsAtMs: WAS_READY }, undefined],
    ['lease_host_removed', { startsAtMs: WAS_READY }, undefined],
  ];
  for (const [reason, patch, expected] of cases)
    it(`is ${String(expected)} for the end ${reason} of one with ${Object.keys(patch).join() || 'nothing'} set`, () => {
      expect(countedEnd(reason, patch)).to.equal(expected);
    });

  it('is the share of the time for which each could be used, while it lasts and afterwards', () => {
    const seen = { usableMs: 3 * hour, doubtfulMs: hour, atMs: now - hour };
    const { probes, leases } = leaseOutcomes([readyLease({ seen })]).get('host-1') ?? {};
    expect(probes).to.deep.equal([{ success: 0.75, atMs: now - hour, voice: 'ada' }]);
    expect(leases).to.deep.equal([]);
  });

  it('is told by host, and is nothing for one that was neither placed nor seen', () => {
    const seen = { usableMs: 1, doubtfulMs: 0, atMs: now };
    const unseen = readyLease({ id: 'c', seen: { ...seen, usableMs: 0 } });
    const found = leaseOutcomes([
      readyLease({ id: 'a', seen }),
      readyLease({ id: 'b', hostId: 'host-2', seen }),
      ...[unseen, leaseRecord({ id: 'd' })],
    ]);
    expect([...found.keys()]).to.deep.equal(['host-1', 'host-2']);
    expect(found.get('host-1')?.probes).to.have.length(1);
  });
});
