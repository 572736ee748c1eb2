import { info } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** What happens to the coordinators of a fleet, and to the authority that is theirs. */
export const COORDINATOR_REASONS = {
  authority_rotated: info(
    'The authority that signs certificates was replaced; the former one is good until it is retired.',
  ),
  authority_retired: info('The former authority is trusted no more.'),
  coordinator_started: info('The coordinator started.'),
  coordinator_added: info('A further coordinator was announced, or one that was removed may lead again.'),
  coordinator_removed: info('A coordinator was taken out of the cluster: it leads no more.'),
} as const satisfies Record<string, ReasonMeaning>;
