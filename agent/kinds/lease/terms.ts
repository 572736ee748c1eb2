import type { LeaseTerm } from '../../../common/wire/agent.js';

/** How long a lease lasts, as the coordinator said last; kept on disk. */
export interface StoredTerm {
  readonly serial: number;
  /** Of the boot that `endsAtBootMs` counts from; '' where that is not known. */
  readonly bootId: string;
  /** On the clock that counts suspend. */
  readonly endsAtBootMs: number;
  /** What was left when it was said. */
  readonly remainingMs: number;
  /** When that was, unix milliseconds. */
  readonly atMs: number;
}

/** The clocks of the host at one moment. */
export interface HostTime {
  readonly bootId: string;
  readonly bootMs: number;
  readonly nowMs: number;
}

/** A term that was just told. Pure. */
export function toldTerm({ serial, remainingMs }: LeaseTerm, { bootId, bootMs, nowMs }: HostTime): StoredTerm {
  return { serial, bootId, endsAtBootMs: bootMs + remainingMs, remainingMs, atMs: nowMs };
}

/**
 * Milliseconds that are left of a term; 0 once it is over. Within the boot that it was told in by the clock that nobody sets; after
 * another boot by the wall clock, the only one that has gone on, until the coordinator says it again. Never more than was told.
 * Pure.
 */
export function leftMs(term: StoredTerm, { bootId, bootMs, nowMs }: HostTime): number {
  const isSameBoot = bootId !== '' && term.bootId === bootId;
  const left = isSameBoot ? term.endsAtBootMs - bootMs : term.remainingMs - Math.max(0, nowMs - term.atMs);
  return Math.min(term.remainingMs, Math.max(0, left));
}
