import { info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with subnets and what is earned in them. */
export const REWARD_REASONS = {
  subnet_parameter_changed: info(
    'A hyper-parameter of a subnet that concerns the fleet was changed by whoever governs it.',
  ),
  subnet_gone: warning(
    'The chain has a subnet no longer that concerns the fleet.',
    'See who else has it with headframe networks subnets; stop what works for it.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
