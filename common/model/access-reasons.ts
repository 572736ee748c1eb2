import { LEASE_ACCESS_REASONS } from './lease-access-reasons.js';
import type { ReasonMeaning } from './reason-meaning.js';
import { ROUTER_REASONS } from './router-reasons.js';

/** Reasons that have to do with the ways into instances. */
export const ACCESS_REASONS = {
  ...LEASE_ACCESS_REASONS,
  ...ROUTER_REASONS,
} as const satisfies Record<string, ReasonMeaning>;
