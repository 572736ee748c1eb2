import type { Clock } from '../../../common/model/clock.js';
import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetPort, Transaction } from '../../fleet/port.js';
import { minersIn } from '../../instances/instance-rows.js';
import type { StoreCommit } from '../../store/store.js';
import { freeLease, loseInstance, stopInstance, tellChange } from './change.js';
import { KeptClock } from './kept-clock.js';
import type { LeasePlan, LeaseRules, LeaseView } from './lease-view.js';
import { planLease } from './plan.js';
import type { LeaseProber } from './prober.js';
import { Probing } from './probing.js';

/** What the loop works with. */
export interface LeasesParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined where the coordinator serves in clear: it makes no leases. */
  readonly prober: LeaseProber | undefined;
  /** Whether so many hosts are silent at once that nothing is given up. */
  readonly isBraked: () => boolean;
  /** Of the boot that `clock.bootMs` counts from. */
  readonly bootId: string;
  readonly rules?: LeaseRules | undefined;
}

/** Rules of time unless others are given. */
const LEASE_RULES: LeaseRules = { provisionMs: 900_000, probeGapMs: 180_000, keepMs: 90 * 86_400_000 };

/** Terms end on the second. */
const PERIOD_MS = 1_000;
/** Between two looks, each of which goes over all leases: changes that come closer together are looked at together. */
const GATHER_MS = 20;
/** Plans made of one lease in one pass: each either changes its record or is the last. */
const MOST_PLANS = 6;

/**
 * Carries leases from request to release, from records alone: whatever a restart interrupts goes on where it was.
 *
 * Invariants: one pass at a time; each change of a lease is one transaction with all that goes with it; what is told to hosts
 * rests on durable records; time is read once a pass, off a clock that knows no jumps.
 */
export class Leases {
  readonly #parts: LeasesParts;
  readonly #rules: LeaseRules;
  readonly #clock: KeptClock;
  readonly #probing: Probing | undefined;
  #poke: () => void = () => undefined;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
    this.#rules = parts.rules ?? LEASE_RULES;
    this.#clock = new KeptClock(parts);
    this.#probing = parts.prober && new Probing({ ...parts, prober: parts.prober, onDone: () => this.#poke() });
  }

  /** The leases' time in unix milliseconds. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** What is to be added to a time of a lease to have it on the wall clock. */
  get wallOffsetMs(): number {
    return this.#clock.wallOffsetMs;
  }

  /** How long the leases on a host last still; those that are not ready yet have the time for that besides. */
  termsOn(hostId: string): { readonly serial: number; readonly remainingMs: number }[] {
    const nowMs = this.nowMs();
    return [...this.#parts.fleet.leases()].flatMap(({ hostId: on, end, serial, ...lease }) => {
      if (on !== hostId || end !== undefined) return [];
      const endsAtMs = lease.endsAtMs || lease.placedAtMs + this.#rules.provisionMs + lease.termMs;
      return [{ serial, remainingMs: Math.max(0, endsAtMs - nowMs) }];
    });
  }

  /** Runs until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, fleet } = this.#parts;
    const ended = (): boolean => signal.aborted;
    const letGo = fleet.onApplied((commit) => {
      if (this.#concerns(commit)) this.#poke();
    });
    while (!ended()) {
      const nap = new AbortController();
      this.#poke = () => {
        nap.abort();
      };
      const lookedAtMs = clock.monotonicMs();
      this.#pass(signal);
      await clock.sleep(PERIOD_MS, AbortSignal.any([signal, nap.signal])).catch(() => undefined);
      const waitMs = lookedAtMs + GATHER_MS - clock.monotonicMs();
      if (!ended() && waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined);
    }
    letGo();
  }

  #concerns({ changes }: StoreCommit): boolean {
    const { fleet } = this.#parts;
    // Most fleets have none, and this is asked of every commit.
    if (fleet.leases()[Symbol.iterator]().next().done === true) return false;
    return changes.some((change) => {
      if ('table' in change) return change.table === 'host' || change.table === 'lease';
      for (const miner of minersIn(change)) if (fleet.lease(miner) !== undefined) return true;
      return false;
    });
  }

  #pass(signal: AbortSignal): void {
    const { fleet, logger } = this.#parts;
    const nowMs = this.#clock.tick();
    for (const { id } of [...fleet.leases()])
      try {
        this.#follow(id, nowMs, signal);
      } catch (error) {
        logger.error({ err: error, lease: id }, 'a lease could not be followed; it is tried again');
      }
  }

  #follow(id: string, nowMs: number, signal: AbortSignal): void {
    const { fleet } = this.#parts;
    for (let left = MOST_PLANS; left > 0; left -= 1) {
      const before = fleet.lease(id);
      if (before === undefined) return;
      const view = this.#view(before, nowMs);
      const plan = planLease(view);
      if (plan.effect === 'look') this.#probing?.lookAtPorts(plan.lease, signal);
      if (!isChange(before, plan)) break;
      fleet.transact((tx) => {
        carryOut(tx, before, plan);
      });
    }
    this.#tryOut(id, signal);
  }

  /** Has a lease tried that goes on, and forgets one that is no more. */
  #tryOut(id: string, signal: AbortSignal): void {
    const lease = this.#parts.fleet.lease(id);
    if (lease === undefined || lease.state === 'released') this.#probing?.forget(id);
    else if (lease.end === undefined) this.#probing?.probe(lease, signal);
  }

  #view(lease: LeaseRecord, nowMs: number): LeaseView {
    const { fleet, isBraked } = this.#parts;
    return {
      lease,
      instance: lease.serial === 0 ? undefined : fleet.instance(lease.serial),
      asked: fleet.miner(lease.id)?.spec,
      host: fleet.host(hostOf(lease, fleet.instance(lease.serial)?.hostId)),
      verdict: this.#probing?.takeVerdict(lease.id),
      // Where nobody can look there was never a way in.
      isClosed: this.#probing === undefined ? true : this.#probing.isClosed(lease.id),
      braked: isBraked(),
      nowMs,
      rules: this.#rules,
    };
  }
}

function hostOf({ hostId }: LeaseRecord, ofInstance: string | undefined): string {
  return ofInstance ?? hostId;
}

function isChange(before: LeaseRecord, { lease, effect }: LeasePlan): boolean {
  return lease !== before || (effect !== 'none' && effect !== 'look');
}

function carryOut(tx: Transaction, before: LeaseRecord, { lease, effect }: LeasePlan): void {
  if (effect === 'stop') stopInstance(tx, lease);
  if (effect === 'lose') loseInstance(tx, lease);
  if (effect === 'free') freeLease(tx, before, before.serial);
  if (effect === 'forget') {
    tx.removeLease(lease.id);
    return;
  }
  if (lease === before) return;
  tx.putLease({ ...lease, revision: tx.revision });
  if (lease.state !== before.state || lease.reason !== before.reason) tellChange(tx, lease);
}
