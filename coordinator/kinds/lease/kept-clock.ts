import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetPort } from '../../fleet/port.js';
import { leaseNowMs, tick } from './lease-clock.js';
import type { LeaseTime } from './lease-clock.js';

/** What the clock works with. */
interface KeptClockParts {
  readonly fleet: Pick<FleetPort, 'setting' | 'transact'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bootId: string;
}

const SETTING = 'lease.clock';
/** A jump while the coordinator is away is seen against what was kept last. */
const KEEP_EVERY_MS = 60_000;

/** The leases' clock, kept with the fleet, so that a jump is seen also where it happened while nobody looked. */
export class KeptClock {
  readonly #parts: KeptClockParts;
  #time: LeaseTime;
  #keptAtMs = -Infinity;

  constructor(parts: KeptClockParts) {
    this.#parts = parts;
    const { clock, bootId, fleet } = parts;
    const now = { wallMs: clock.nowMs(), bootMs: clock.bootMs(), bootId };
    const kept = fleet.setting(SETTING);
    this.#time = isTime(kept) ? tick(kept, now) : { ...now, offsetMs: 0 };
  }

  /** What is to be added to a time of this clock to have it on the wall clock. */
  get wallOffsetMs(): number {
    return -this.#time.offsetMs;
  }

  /** The time, as far as it has come since the last tick. */
  nowMs(): number {
    const { clock } = this.#parts;
    return leaseNowMs(this.#time) + Math.max(0, clock.bootMs() - this.#time.bootMs);
  }

  /** Reads the clocks and gives the time; keeps it every so often while there is a lease. */
  tick(): number {
    const { clock, bootId, logger } = this.#parts;
    const { jumpMs, ...time } = tick(this.#time, { wallMs: clock.nowMs(), bootMs: clock.bootMs(), bootId });
    this.#time = time;
    if (jumpMs !== 0)
      logger.warn({ jumpMs }, 'the wall clock was set: terms of leases and what is counted for them do not follow it');
    if (jumpMs !== 0 || time.bootMs - this.#keptAtMs >= KEEP_EVERY_MS) this.#keep(time);
    return leaseNowMs(time);
  }

  #keep(time: LeaseTime): void {
    this.#keptAtMs = time.bootMs;
    this.#parts.fleet.transact((tx) => {
      // A fleet without leases needs no record a minute.
      if (!isEmpty(tx.leases())) tx.putSetting(SETTING, time);
    });
  }
}

function isEmpty(records: Iterable<unknown>): boolean {
  return records[Symbol.iterator]().next().done === true;
}

function isTime(value: object | undefined): value is LeaseTime {
  if (value === undefined) return false;
  const kept: Partial<Record<keyof LeaseTime, unknown>> = value;
  const numbers = [kept.wallMs, kept.bootMs, kept.offsetMs];
  return numbers.every((one) => typeof one === 'number') && typeof kept.bootId === 'string';
}
