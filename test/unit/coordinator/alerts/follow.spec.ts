import { expect } from 'chai';
import { MOST_ENTRIES, followAlarms } from '../../../../coordinator/alerts/follow.js';
import type { Alarm } from '../../../../coordinator/alarms.js';
import type { AlertEntry } from '../../../../coordinator/alerts/book.js';
import { sampleAlarm } from '../../../support/alert-samples.js';

const TERMS = { raiseAfterMs: 60, clearAfterMs: 300 };
const KEY = 'host_lost host-1';
const up = [sampleAlarm()];

/** The entry of host-1 after looks at these times. */
function after(...looks: readonly (readonly [number, readonly Alarm[]])[]): AlertEntry | undefined {
  let entries: Readonly<Record<string, AlertEntry>> = {};
  for (const [atMs, alarms] of looks) entries = followAlarms(entries, alarms, atMs, TERMS).entries;
  return entries[KEY];
}

describe('followAlarms', () => {
  it('raises what lasts, from its first sight, and not before', () => {
    expect(after([1000, up], [1059, up])).to.not.have.property('raisedAtMs');
    expect(after([1000, up], [1060, up])).to.include({ seenAtMs: 1000, raisedAtMs: 1060 });
  });

  it('forgets what went before it was raised', () => {
    expect(after([1000, up], [1059, []])).to.equal(undefined);
    expect(after([1000, up], [1059, []], [1060, up])).to.not.have.property('raisedAtMs');
  });

  it('clears what stays away, and not what comes and goes', () => {
    const raised = [
      [1000, up],
      [1060, up],
    ] as const;
    expect(after(...raised, [2000, []], [2299, []])).to.not.have.property('clearedAtMs');
    expect(after(...raised, [2000, []], [2300, []])).to.include({ goneAtMs: 2000, clearedAtMs: 2300 });
    const flapping = after(...raised, [2000, []], [2299, up], [2300, []], [2500, []]);
    expect(flapping).to.include({ raisedAtMs: 1060, goneAtMs: 2300 });
    expect(flapping).to.not.have.property('clearedAtMs');
  });

  it('raises anew what comes back once it was cleared', () => {
    const back = after([1000, up], [1060, up], [2000, []], [2300, []], [3000, up]);
    expect(back).to.include({ raisedAtMs: 3000 });
    expect(back).to.not.have.any.keys('goneAtMs', 'clearedAtMs');
  });

  it('waits no longer than its terms when the clock is set back', () => {
    expect(after([900_000, up], [1000, up], [1060, up])).to.include({ raisedAtMs: 1060 });
  });

  it('follows so many at once, and the others when there is room', () => {
    const many = Array.from({ length: MOST_ENTRIES + 2 }, (_none, at) => sampleAlarm(`host-${String(at)}`));
    const full = followAlarms({}, many, 0, TERMS);
    expect(Object.keys(full.entries)).to.have.lengthOf(MOST_ENTRIES);
    expect(full.leftOut).to.equal(2);
    const next = followAlarms(full.entries, many.slice(2), 1, TERMS);
    expect(next.leftOut).to.equal(0);
    expect(next.entries).to.have.property(`host_lost host-${String(MOST_ENTRIES + 1)}`);
  });
});
