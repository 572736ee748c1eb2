import { expect } from 'chai';
import fc from 'fast-check';
import { HostLease } from '../../../../agent/session/host-lease.js';
import { CLOCK_DRIFT, GUARD_PERIOD_MS, latestEndMs, lostAfterMs } from '../../../../common/model/host-lease.js';
import { judgeLiveness } from '../../../../coordinator/sessions/liveness.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** What is left of the margin for a guard's kill; in true milliseconds. */
const KILL_MS = latestEndMs(0) / (1 + CLOCK_DRIFT) - GUARD_PERIOD_MS;

/** A heartbeat: when it is sent, how long it and its answer take, and whether either gets lost. True milliseconds. */
interface Heartbeat {
  readonly afterMs: number;
  readonly thereMs: number;
  readonly backMs: number;
  readonly isLost: boolean;
  readonly isAnswerLost: boolean;
}

interface History {
  readonly leaseMs: number;
  /** Rates of the two machines' clocks. */
  readonly hostRate: number;
  readonly coordinatorRate: number;
  readonly heartbeats: readonly Heartbeat[];
  /** The agent is killed and comes back before the heartbeat of this number, with a lease that was stored a little earlier. */
  readonly restartBefore: number;
  /** A coordinator takes over at this moment. */
  readonly failoverAtMs: number;
}

interface Happening {
  readonly atMs: number;
  readonly what: 'heard' | 'answered';
  readonly sentAtMs: number;
  /** Its answer comes then; never when undefined. */
  readonly answeredAtMs: number | undefined;
  readonly number: number;
}

const delay = fc.oneof(fc.double({ min: 0, max: 50, noNaN: true }), fc.double({ min: 0, max: 40_000, noNaN: true }));
const rate = fc.double({ min: 1 - CLOCK_DRIFT, max: 1 + CLOCK_DRIFT, noNaN: true });
const heartbeat = fc.record({
  afterMs: fc.double({ min: 50, max: 8_000, noNaN: true }),
  thereMs: delay,
  backMs: delay,
  isLost: fc.boolean(),
  isAnswerLost: fc.boolean(),
});
const history: fc.Arbitrary<History> = fc.record({
  leaseMs: fc.oneof(fc.integer({ min: 1_000, max: 30_000 }), fc.integer({ min: 1_000, max: 3_600_000 })),
  hostRate: rate,
  coordinatorRate: rate,
  heartbeats: fc.array(heartbeat, { minLength: 1, maxLength: 12 }),
  restartBefore: fc.integer({ min: 0, max: 15 }),
  failoverAtMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
});

function happeningsOf({ heartbeats }: History): Happening[] {
  let sentAtMs = 0;
  const happenings = heartbeats.flatMap(({ afterMs, thereMs, backMs, isLost, isAnswerLost }, number): Happening[] => {
    sentAtMs += afterMs;
    if (isLost) return [];
    const answeredAtMs = isAnswerLost ? undefined : sentAtMs + thereMs + backMs;
    return [{ atMs: sentAtMs + thereMs, what: 'heard', sentAtMs, answeredAtMs, number }];
  });
  return happenings.sort((a, b) => a.atMs - b.atMs);
}

/** When the coordinator gives the host up, and which heartbeats it answers until then. */
function coordinatorOf(told: History): { lostAtMs: number; answered: Happening[] } {
  const { leaseMs, coordinatorRate, failoverAtMs } = told;
  const isLost = (silentTrueMs: number): boolean =>
    judgeLiveness(silentTrueMs * coordinatorRate, { heartbeatPeriodMs: 50, leaseMs }).state === 'lost';
  const waitMs = lostAfterMs(leaseMs) / coordinatorRate;
  let heardAtMs = 0;
  const answered: Happening[] = [];
  // Whoever takes over counts every host as heard then, if it was not given up before.
  const marks = [...happeningsOf(told), { atMs: failoverAtMs, what: 'failover' as const }];
  for (const mark of marks.sort((a, b) => a.atMs - b.atMs)) {
    if (isLost(mark.atMs - heardAtMs)) break;
    heardAtMs = mark.atMs;
    if (mark.what === 'heard') answered.push(mark);
  }
  return { lostAtMs: heardAtMs + waitMs, answered };
}

/** The last moment at which the host can run what is exclusive: what its guard goes by. */
function endOf({ leaseMs, hostRate, restartBefore }: History, answered: readonly Happening[]): number {
  const clock = new ManualClock();
  const bootMs = (trueMs: number): number => Math.floor((trueMs * hostRate) / 10) * 10;
  const originMs = clock.bootMs();
  let lease = new HostLease(clock, 'boot', undefined);
  let guardedUntilMs = 0;
  let isRestarted = false;
  const answers = answered.flatMap(({ sentAtMs, answeredAtMs, number }) =>
    answeredAtMs === undefined ? [] : [{ sentAtMs, answeredAtMs, number }],
  );
  let first = true;
  let stored: ReturnType<HostLease['renew']>;
  for (const { sentAtMs, answeredAtMs, number } of answers.sort((a, b) => a.answeredAtMs - b.answeredAtMs)) {
    clock.suspend(Math.max(0, bootMs(answeredAtMs) - (clock.bootMs() - originMs)));
    if (number >= restartBefore && !isRestarted) {
      isRestarted = true;
      lease = new HostLease(clock, 'boot', stored);
    }
    // The first comes after the assignments; one that has run out does not come back without a new session.
    const renewed = lease.renew(originMs + bootMs(sentAtMs), leaseMs, first ? -Infinity : Infinity);
    if (renewed === undefined) continue;
    first = false;
    stored = renewed;
    guardedUntilMs = Math.max(guardedUntilMs, renewed.expiresAtBootMs - originMs);
  }
  // 10 ms is the resolution of the clock that the guard reads.
  return guardedUntilMs === 0 ? 0 : (guardedUntilMs + 10 + GUARD_PERIOD_MS) / hostRate + KILL_MS - 10;
}

describe('the host lease, with clocks that stray, messages that are late or lost, and restarts on both sides', () => {
  it('is over on the host, its guard and the kill included, before the coordinator gives the host up', () => {
    fc.assert(
      fc.property(history, (told) => {
        const { lostAtMs, answered } = coordinatorOf(told);
        expect(endOf(told, answered)).to.be.below(lostAtMs);
      }),
      { numRuns: 30_000 },
    );
  }).timeout(240_000);

  it('leaves the coordinator less than a second more than that to wait, for the leases that are usual', () => {
    expect(lostAfterMs(30_000) - latestEndMs(30_000)).to.be.within(0, 1_000);
  });
});
