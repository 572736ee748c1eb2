import type { Clock } from '../../common/model/clock.js';
import { quotaRoom } from './allowance.js';
import type { Demand } from './demand.js';
import { leftOutBy } from './fit.js';
import type { FleetMirror } from './fleet-mirror.js';
import type { Preemption } from './preemption/preemption.js';
import type { Redeemed } from './preemption/redeem.js';

/** What wakes, and what it is woken by. */
interface WakeUpParts {
  readonly mirror: FleetMirror;
  readonly preemption: Preemption;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Writes into the records who got the place it had booked. */
  readonly commit: (redeemed: readonly Redeemed[]) => void;
}

/** Hosts looked at between two pauses: given to who booked them, compared with what is free, asked who would give way. */
const PIECES = { settled: 64, compared: 1024, cleared: 16 } as const;

/** Asks those that wait whom a change of hosts or quotas could help: who has booked a place first, then who is blocked. */
export class WakeUps {
  readonly #parts: WakeUpParts;
  #waking: Generator<undefined, void> | undefined;

  constructor(parts: WakeUpParts) {
    this.#parts = parts;
  }

  /** Whether some of those whom the last changes could help have yet to be asked. */
  get isUnderWay(): boolean {
    return this.#waking !== undefined;
  }

  /** False when time ran out before everyone was asked whom a change could help. */
  run(isLate: () => boolean): boolean {
    const { mirror, preemption } = this.#parts;
    const { queue, grown } = mirror;
    if (!queue.hasBlocked && !preemption.hasBookings && !this.isUnderWay) mirror.clearGrown();
    while (this.#waking !== undefined || grown.size > 0 || queue.quotaWaits.eased.size > 0) {
      this.#waking ??= this.#next();
      while (this.#waking.next().done !== true) if (isLate()) return false;
      this.#waking = undefined;
    }
    return true;
  }

  #next(): Generator<undefined, void> {
    const { mirror, clock } = this.#parts;
    const { queue, grown } = mirror;
    if (queue.quotaWaits.eased.size > 0)
      return queue.wakeEased((group) => quotaRoom(queue, group, 1, clock.monotonicMs()) > 0);
    const hosts = [...grown];
    mirror.clearGrown();
    return this.#wakeFor(hosts);
  }

  *#wakeFor(hosts: readonly number[]): Generator<undefined, void> {
    const { mirror, preemption, commit } = this.#parts;
    for (const some of piecesOf(hosts, PIECES.settled)) {
      commit(preemption.settle(some));
      yield;
    }
    yield* preemption.giveBack(hosts);
    yield* mirror.queue.wake((demand) => this.#couldTake(demand, hosts));
  }

  /** What is free first: that is asked quickly. */
  *#couldTake(demand: Demand, hosts: readonly number[]): Generator<undefined, boolean> {
    const { mirror, preemption } = this.#parts;
    for (const some of piecesOf(hosts, PIECES.compared)) {
      if (some.some((host) => leftOutBy(mirror.index, demand, host) === undefined)) return true;
      yield;
    }
    for (const some of piecesOf(hosts, PIECES.cleared)) {
      if (preemption.couldHelp(demand, some)) return true;
      yield;
    }
    return false;
  }
}

function* piecesOf(hosts: readonly number[], size: number): Generator<readonly number[]> {
  for (let at = 0; at < hosts.length; at += size) yield hosts.slice(at, at + size);
}
