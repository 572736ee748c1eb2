import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with weights which are committed first and revealed later. */
export const WEIGHT_REASONS = {
  weights_committing: info('Weights are being committed: the chain is given their hash.'),
  weights_committed: info('Weights are committed, and are revealed by themselves as soon as the chain takes that.'),
  weights_revealing: info('Committed weights are being revealed.'),
  weights_revealed: info('Committed weights were revealed, and count.'),
  weights_expired: error(
    'Committed weights were not revealed while the chain took that: they never count.',
    'See why: was the chain away, or the coordinator? Set them again: headframe hotkeys weights.',
  ),
  weights_failed: error(
    'Weights could not be committed, or not revealed once they were: they never count.',
    'See the text, mend the cause, and set them again: headframe hotkeys weights.',
  ),
  weights_delayed: warning(
    'What is next for committed weights is not possible now.',
    'See the text; it is tried again until the blocks for it have gone by.',
  ),
} as const satisfies Record<string, ReasonMeaning>;

/** One of them, or that the endpoint lags. */
export type WeightReason = keyof typeof WEIGHT_REASONS | 'chain_behind';
