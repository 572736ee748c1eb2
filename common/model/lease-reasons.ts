import { warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with leases. */
export const LEASE_REASONS = {
  host_cannot_lease: warning(
    'No host that is left keeps leases.',
    'See headframe agent doctor on the hosts that are to keep them: it says what they lack.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
