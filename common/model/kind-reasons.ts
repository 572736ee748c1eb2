import { LEASE_REASONS } from './lease-reasons.js';
import { MODEL_SCORE_REASONS } from './model-score-reasons.js';
import { MODEL_REASONS } from './model-reasons.js';
import { MODULE_REASONS } from './module-reasons.js';
import type { ReasonMeaning } from './reason-meaning.js';
import { SPACE_REASONS } from './space-reasons.js';

/** What is said of the kinds of miners alone. */
export const KIND_REASONS = {
  ...MODULE_REASONS,
  ...MODEL_REASONS,
  ...LEASE_REASONS,
  ...SPACE_REASONS,
  ...MODEL_SCORE_REASONS,
} as const satisfies Record<string, ReasonMeaning>;
