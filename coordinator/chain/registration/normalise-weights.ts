import type { ChainWeights } from './operation.js';
import { weightsInvalid } from './refusals.js';

/** How much a validator thinks of one. */
export interface Score {
  readonly uid: number;
  /** From 0; only the ratio to the others matters. */
  readonly score: number;
}

const MOST = 65_535;

/**
 * Scores as a chain keeps weights: the highest is 65535, the others in proportion, those of nothing left out, by uid. Throws
 * `HeadframeError` (invalid_argument, 'weights_invalid'). Pure.
 */
export function normaliseWeights(scores: readonly Score[]): ChainWeights {
  const seen = new Set<number>();
  for (const { uid, score } of scores) {
    const path = `weights.${String(uid)}`;
    if (!Number.isFinite(score) || score < 0) throw weightsInvalid(path, String(score), 'a number from 0 on');
    if (seen.has(uid)) throw weightsInvalid(path, String(uid), 'named once, by its uid or by its hotkey');
    seen.add(uid);
  }
  const highest = Math.max(0, ...scores.map(({ score }) => score));
  if (highest === 0) throw weightsInvalid('weights', '0', 'above zero for one at least');
  // Divided first: the product of the largest numbers would be none.
  const kept = scores
    .map(({ uid, score }) => ({ uid, value: Math.round((score / highest) * MOST) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => a.uid - b.uid);
  return { uids: kept.map(({ uid }) => uid), values: kept.map(({ value }) => value) };
}
