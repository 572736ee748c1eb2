import { expect } from 'chai';
import fc from 'fast-check';
import {
  contender,
  holderOf,
  isHeld,
  lapsed,
  nextStep,
  observed,
  sending,
  settled,
  steppedDown,
  unread,
} from '../../../../coordinator/leadership/contender.js';
import type { Contender, WriteOutcome } from '../../../../coordinator/leadership/contender.js';
import type { LeaseEntry } from '../../../../coordinator/leadership/lease-entry.js';
import { leaseTimes } from '../../../../coordinator/leadership/lease-terms.js';
import { Contest } from '../../../support/leadership-simulation.js';
import type { ContestFaults } from '../../../support/leadership-simulation.js';
import { seededRandom } from '../../../support/seeded-random.js';

const TTL_MS = 5_000;
const times = leaseTimes(TTL_MS);
const terms = { id: 'me', times };
const by = (id: string, revision: number, attempt = 1): LeaseEntry => ({
  revision,
  value: { id, address: `${id}:7700`, attempt },
});
const answer = (one: Contender, outcome: WriteOutcome, nowMs: number): Contender =>
  settled(one, { attempt: one.attempts, outcome }, nowMs, terms);
/** Leads by revision 2, of a write sent at 0 and answered at 100. */
const leader = (): Contender => {
  const free = observed(contender(0), { revision: 1, value: 'released' }, 0, terms);
  return answer(sending(free, 0), { revision: 2 }, 100);
};

describe('a contender for leadership', () => {
  it('reads what stands there first, and takes at once what its holder gave back', () => {
    expect(nextStep(contender(0), 0, terms)).to.deep.equal({ kind: 'read' });
    const free = observed(contender(0), { revision: 7, value: 'released' }, 10, terms);
    expect(nextStep(free, 10, terms)).to.deep.equal({ kind: 'write', revision: 7 });
  });

  it('takes what another holds only when it has stayed the same for the whole lease by its own clock', () => {
    const held = observed(contender(0), by('other', 7), 10, terms);
    expect(holderOf(held)).to.include({ id: 'other', address: 'other:7700' });
    const again = observed(held, by('other', 7), 10 + times.waitMs - 1, terms);
    expect(nextStep(again, 10 + times.waitMs - 1, terms)).to.deep.include({ kind: 'wait' });
    expect(nextStep(again, 10 + times.waitMs, terms)).to.deep.equal({ kind: 'write', revision: 7 });
    const renewed = observed(again, by('other', 8), 10 + times.waitMs - 1, terms);
    expect(nextStep(renewed, 10 + times.waitMs, terms)).to.deep.include({ kind: 'wait' });
  });

  it("waits anew for what is there under a revision that was another's, as where servers have lost the last ones", () => {
    const held = observed(contender(0), by('other', 7), 0, terms);
    const soon = times.waitMs - 1;
    for (const entry of [by('third', 7), by('other', 7, 2), { revision: 7, value: undefined }]) {
      const later = observed(held, entry, soon, terms);
      expect(nextStep(later, times.waitMs, terms), JSON.stringify(entry)).to.deep.include({ kind: 'wait' });
      const still = observed(later, entry, soon + times.waitMs, terms);
      expect(nextStep(still, soon + times.waitMs, terms)).to.deep.equal({ kind: 'write', revision: 7 });
    }
  });

  it('waits as long before it takes what is empty or cannot be read, for somebody may have held it', () => {
    const nothing = { revision: 0, value: undefined };
    const empty = observed(contender(0), nothing, 0, terms);
    expect(nextStep(empty, times.renewMs - 1, terms)).to.deep.include({ kind: 'wait' });
    const later = observed(empty, nothing, times.waitMs, terms);
    expect(nextStep(later, times.waitMs, terms)).to.deep.equal({ kind: 'write', revision: 0 });
  });

  it('holds from the sending of what was stored, and less than the lease', () => {
    expect(times.holdMs).to.be.below(TTL_MS - 200);
    expect(times.waitMs).to.be.above(TTL_MS);
    expect(isHeld(leader(), times.holdMs - 1)).to.equal(true);
    expect(isHeld(leader(), times.holdMs)).to.equal(false);
  });

  it('renews every third of the lease, by the revision that it wrote', () => {
    expect(nextStep(leader(), times.renewMs - 1, terms)).to.deep.include({ kind: 'wait' });
    expect(nextStep(leader(), times.renewMs, terms)).to.deep.equal({ kind: 'write', revision: 2 });
    const renewed = answer(sending(leader(), times.renewMs), { revision: 5 }, times.renewMs + 900);
    expect(isHeld(renewed, times.renewMs + times.holdMs - 1)).to.equal(true);
    expect(nextStep(renewed, 2 * times.renewMs, terms)).to.deep.equal({ kind: 'write', revision: 5 });
  });

  it('reads before it writes again when an answer is lost, and counts what came through', () => {
    const sent = answer(sending(leader(), times.renewMs), 'unknown', 2 * times.renewMs);
    expect(nextStep(sent, 2 * times.renewMs, terms)).to.deep.equal({ kind: 'read' });
    expect(isHeld(sent, times.holdMs)).to.equal(false);
    const found = observed(sent, by('me', 3, sent.attempts), 2 * times.renewMs, terms);
    expect(isHeld(found, times.renewMs + times.holdMs - 1)).to.equal(true);
    expect(nextStep(found, 2 * times.renewMs, terms)).to.deep.equal({ kind: 'write', revision: 3 });
  });

  it('sends again what did not come through, after a pause', () => {
    const sent = answer(sending(leader(), times.renewMs), 'unknown', times.renewMs);
    const found = observed(sent, by('me', 2, 1), times.renewMs, terms);
    expect(nextStep(found, times.renewMs, terms)).to.deep.include({ kind: 'wait' });
    expect(nextStep(found, times.renewMs + times.retryMs, terms)).to.deep.equal({ kind: 'write', revision: 2 });
    expect(isHeld(found, times.holdMs)).to.equal(false);
  });

  it('takes a conflict for lost only when another stands there', () => {
    const refused = answer(sending(leader(), times.renewMs), 'conflict', times.renewMs);
    const own = observed(refused, by('me', 3, 2), times.renewMs, terms);
    expect(own.standing.role).to.equal('leader');
    const taken = observed(refused, by('other', 3), times.renewMs, terms);
    expect(taken.standing).to.include({ role: 'lost', why: 'taken' });
    expect(isHeld(taken, times.renewMs)).to.equal(false);
    expect(holderOf(taken)).to.include({ id: 'other' });
  });

  it('does not believe what is older than what it wrote, and does not ask without a pause', () => {
    const refused = answer(sending(leader(), times.renewMs), 'conflict', times.renewMs);
    const late = observed(refused, by('other', 1), times.renewMs, terms);
    expect(late.standing.role).to.equal('leader');
    expect(nextStep(late, times.renewMs, terms)).to.deep.include({ kind: 'wait' });
  });

  it('leads no more once its lease may have ended, whatever comes through after that', () => {
    const late = lapsed(sending(leader(), times.renewMs), times.holdMs);
    expect(late.standing).to.include({ role: 'lost', why: 'lapsed', revision: 2 });
    const answered = answer(late, { revision: 3 }, times.holdMs);
    expect(isHeld(answered, times.holdMs)).to.equal(false);
    expect(observed(answered, by('me', 3, 2), times.holdMs, terms).standing.role).to.equal('lost');
    expect(nextStep(answered, times.holdMs, terms)).to.deep.equal({ kind: 'end' });
  });

  it('leads no more where nobody has looked before what comes through', () => {
    const sent = sending(leader(), times.renewMs);
    const lost = { role: 'lost', why: 'lapsed', revision: 2 };
    expect(answer(sent, { revision: 3 }, times.holdMs).standing).to.include(lost);
    expect(observed(sent, by('me', 3, 2), times.holdMs, terms).standing).to.include(lost);
  });

  it('takes what it holds no more itself at once, but by a new write', () => {
    const again = contender(9_000, lapsed(leader(), 9_000));
    const own = observed(again, by('me', 2, 1), 9_000, terms);
    expect(own.standing.role).to.equal('follower');
    expect(nextStep(own, 9_000, terms)).to.deep.equal({ kind: 'write', revision: 2 });
  });

  it('lets others go first after it has stepped down', () => {
    const again = contender(1_000, steppedDown(leader()), 3_000);
    const free = observed(again, { revision: 3, value: 'released' }, 1_000, terms);
    expect(nextStep(free, 2_000, terms)).to.deep.include({ kind: 'wait' });
    const still = observed(free, { revision: 3, value: 'released' }, 4_000, terms);
    expect(nextStep(still, 4_000, terms)).to.deep.equal({ kind: 'write', revision: 3 });
  });

  it('becomes leader by what it finds of its own write whose answer was lost, and a follower by a refusal', () => {
    const free = observed(contender(0), { revision: 1, value: 'released' }, 0, terms);
    const sent = answer(sending(free, 0), 'unknown', 1_000);
    expect(sent.standing.role).to.equal('follower');
    expect(isHeld(observed(sent, by('me', 2, 1), 1_000, terms), 1_000)).to.equal(true);
    const refused = answer(sending(free, 0), 'conflict', 1_000);
    expect(nextStep(refused, 1_000, terms)).to.deep.equal({ kind: 'read' });
  });

  it('follows on when its answer comes after the lease that it won', () => {
    const free = observed(contender(0), { revision: 1, value: 'released' }, 0, terms);
    const late = answer(sending(free, 0), { revision: 2 }, times.holdMs);
    expect(late.standing.role).to.equal('follower');
    expect(nextStep(late, times.holdMs, terms)).to.deep.equal({ kind: 'read' });
  });

  it('tries what cannot be read again after a pause', () => {
    const failed = unread(contender(0), 0, terms);
    expect(nextStep(failed, 0, terms)).to.deep.equal({ kind: 'wait', untilMs: times.retryMs });
    expect(nextStep(failed, times.retryMs, terms)).to.deep.equal({ kind: 'read' });
  });
});

describe('a contest for leadership', () => {
  const faults: fc.Arbitrary<ContestFaults> = fc.record({
    contenders: fc.integer({ min: 2, max: 3 }),
    ttlMs: fc.integer({ min: 1_000, max: 20_000 }),
    lossShare: fc.double({ min: 0, max: 0.4, noNaN: true }),
    longestDelayMs: fc.integer({ min: 1, max: 30_000 }),
    staleShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
    stopShare: fc.double({ min: 0, max: 0.2, noNaN: true }),
    drift: fc.double({ min: 0, max: 0.001, noNaN: true }),
  });

  it('never has two that hold at one instant, and has one once all goes well', () => {
    let terms = 0;
    fc.assert(
      fc.property(faults, fc.integer(), (fault, seed) => {
        const outcome = new Contest(fault, seededRandom(seed)).run(40 * fault.ttlMs);
        terms += outcome.terms;
        expect(outcome.doubles).to.deep.equal([]);
        expect(outcome.calmLeaderAtMs).to.be.a('number');
      }),
      { numRuns: 150 },
    );
    // Else nothing was contested.
    expect(terms).to.be.above(150);
  });
});
