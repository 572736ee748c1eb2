/** States of a lease in their order; `ready` and `suspect` alternate, and any of them may go to `expiring`. */
export const LEASE_STATES = [
  'requested',
  'placed',
  'provisioning',
  'probing',
  'ready',
  'suspect',
  'expiring',
  'released',
] as const;

/** State of a lease. */
export type LeaseState = (typeof LEASE_STATES)[number];

/** A time for which a lease was usable, as probes from outside have proven it. */
export interface UsableInterval {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What of a lease counts for its price: time between probes that passed, and nothing else. */
export interface LeaseLedger {
  /** Of all intervals that are over, also of those that are no longer listed. */
  readonly closedMs: number;
  /** The latest that are over, in their order. */
  readonly intervals: readonly UsableInterval[];
  /** Number of earlier ones, of which `closedMs` alone tells. */
  readonly folded: number;
  /** The one that goes on; `untilMs` is the last probe that passed. */
  readonly open?: UsableInterval | undefined;
}

/** What a probe of a lease by its tenant's way in found. */
export interface LeaseProbe {
  readonly passed: boolean;
  /** Code of `common/model/reason.ts`. */
  readonly reason: string;
  readonly text: string;
  /** Probes that failed in a row, this one included. */
  readonly failures: number;
  readonly atMs: number;
}

/** How a lease was found since it was ready first; each time weighs e^(−age / 7 days), by its score's rules. */
export interface LeaseSeen {
  /** Milliseconds for which it could be used. */
  readonly usableMs: number;
  /** Milliseconds for which it was suspect. */
  readonly doubtfulMs: number;
  /** When either was counted last, to which they have faded. */
  readonly atMs: number;
}

/** Why a lease ends, or has ended. */
export interface LeaseEnd {
  /** Code of `common/model/reason.ts`. */
  readonly reason: string;
  readonly text: string;
  readonly atMs: number;
}

/**
 * A lease as the fleet keeps it. Times are unix milliseconds of the leases' own clock, which is the wall clock without its
 * jumps; 0 stands for what has not been yet.
 */
export interface LeaseRecord {
  /** Also the name of its miner. */
  readonly id: string;
  /** Name of the caller who made it. */
  readonly owner: string;
  readonly namespace: string;
  readonly state: LeaseState;
  /** Why it is in its state. */
  readonly reason: string;
  readonly text: string;
  /** Since when. */
  readonly atMs: number;
  /** Of its one instance; 0 once that is gone. */
  readonly serial: number;
  /** '' until it is placed. */
  readonly hostId: string;
  readonly termMs: number;
  /** When it was ready first: the term runs from then on. */
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** How long it may be suspect before it is given up; 0 means for as long as its term lasts. */
  readonly graceMs: number;
  /** How long it may wait for a host, from its request on. */
  readonly waitLimitMs: number;
  /** When it was placed, from which on it has to become ready within a time. */
  readonly placedAtMs: number;
  readonly releasedAtMs: number;
  /** Host ports in the order of the container's ports: SSH first. */
  readonly hostPorts: readonly number[];
  /** Public key of its SSH server, as OpenSSH writes it, and the fingerprint of that. */
  readonly hostKey: string;
  readonly fingerprint: string;
  readonly ledger: LeaseLedger;
  readonly probe?: LeaseProbe | undefined;
  /** Undefined until it has been ready for a while. */
  readonly seen?: LeaseSeen | undefined;
  /** Set from `expiring` on. */
  readonly end?: LeaseEnd | undefined;
  readonly createdAtMs: number;
  /** Fleet revision of the last change. */
  readonly revision: number;
}

/** A ledger in which nothing is yet. */
export const EMPTY_LEDGER: LeaseLedger = { closedMs: 0, intervals: [], folded: 0 };

/** Milliseconds for which the lease was usable until its last probe. */
export function usableMs({ closedMs, open }: LeaseLedger): number {
  return closedMs + (open === undefined ? 0 : open.untilMs - open.fromMs);
}
