import { LEAF_BYTES } from '../format/leaf.js';
import { countOf } from '../format/scan-order.js';
import type { ScanRules } from '../format/scan.js';

/** A plot that is scanned. */
export interface ScanPlot {
  readonly path: string;
  readonly leafCount: number;
  /** 32 bytes: another file under the same name is not taken for the plot. */
  readonly headerHash: Uint8Array;
}

/** What a thread of a disk is asked. */
export type ThreadJob = ScanJob | PathJob;

/** To prove a leaf: for one of the threads. */
export interface PathJob {
  readonly kind: 'path';
  readonly id: number;
  readonly plot: ScanPlot & { readonly merkleRoot: Uint8Array; readonly cachePath: string | undefined };
  readonly index: number;
  /** `Counters` of one thread and no plots. */
  readonly shared: SharedArrayBuffer;
}

/** To scan plots: for all threads. */
export interface ScanJob {
  readonly kind: 'scan';
  readonly id: number;
  readonly challenge: Uint8Array;
  readonly plots: readonly ScanPlot[];
  readonly rules: ScanRules;
  /** Counters that the threads share: see `Counters`. */
  readonly shared: SharedArrayBuffer;
}

/** What a thread tells of a job. */
export type ScanNews =
  | {
      readonly job: number;
      readonly kind: 'best';
      readonly plot: number;
      readonly index: number;
      readonly leaf: Uint8Array;
      readonly score: Uint8Array;
    }
  | {
      readonly job: number;
      readonly kind: 'failed';
      readonly plot: number;
      readonly reason: string;
      readonly message: string;
    }
  | { readonly job: number; readonly kind: 'answered'; readonly plot: number }
  | {
      readonly job: number;
      readonly kind: 'path';
      readonly siblings: readonly Uint8Array[];
      readonly siblingIsRight: readonly boolean[];
      /** Why the cache was of no use. */
      readonly cacheProblem?: string;
      /** As `ProvenPath` has it. */
      readonly top?: readonly Uint8Array[];
    }
  | { readonly job: number; readonly kind: 'no-path'; readonly reason: string; readonly message: string }
  | { readonly job: number; readonly kind: 'ended' };

/** Leaves that are read at once: 2 MiB. */
export const UNIT_LEAVES = (2 * 1024 * 1024) / LEAF_BYTES;
/** Of a unit of samples that stand far apart: as many seeks. */
const LEAST_SAMPLES = 64;

/** All leaves, however long that takes. */
export const FULL_SCAN: ScanRules = { strategy: { kind: 'full' }, maxLeaves: 0 };

/** Some leaves of one plot, by their places in the order of the scan; where that is the full one, these are their indices. */
export interface ScanUnit {
  readonly plot: number;
  readonly first: number;
  readonly count: number;
}

/** What of a plot is looked at. */
export interface ScanExtent {
  /** Leaves in all. */
  readonly leaves: number;
  readonly perUnit: number;
  /** Whether places are indices. */
  readonly isDense: boolean;
}

/** What of a plot is looked at by some rules: as many leaves a unit as stand in 2 MiB, about. */
export function extentOf(leafCount: number, { strategy, maxLeaves }: ScanRules): ScanExtent {
  const all = countOf(strategy, leafCount);
  const leaves = maxLeaves === 0 ? all : Math.min(all, maxLeaves);
  if (all === leafCount) return { leaves, perUnit: UNIT_LEAVES, isDense: true };
  const perUnit = Math.max(LEAST_SAMPLES, Math.floor((UNIT_LEAVES * all) / leafCount));
  return { leaves, perUnit, isDense: false };
}

/** Which unit of a job has a number; undefined behind the last. Plots come one after the other, so that a disk is read in order. */
export function unitAt(
  plots: readonly Pick<ScanPlot, 'leafCount'>[],
  number: number,
  rules = FULL_SCAN,
): ScanUnit | undefined {
  let left = number;
  for (const [plot, { leafCount }] of plots.entries()) {
    const { leaves, perUnit } = extentOf(leafCount, rules);
    const units = Math.ceil(leaves / perUnit);
    if (left < units) {
      const first = left * perUnit;
      return { plot, first, count: Math.min(perUnit, leaves - first) };
    }
    left -= units;
  }
  return undefined;
}

/** Units of a plot. */
export function unitsOf(leafCount: number, rules: ScanRules): number {
  const { leaves, perUnit } = extentOf(leafCount, rules);
  return Math.ceil(leaves / perUnit);
}
