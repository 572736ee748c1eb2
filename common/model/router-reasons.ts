import { error } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with the ways to ports of instances. */
export const ROUTER_REASONS = {
  port_not_held: error(
    'A port was asked for that the instance does not declare, or of an instance that the host does not hold.',
    'See the ports of the manifest and the state of the instance: headframe miners show NAME.',
  ),
  port_silent: error(
    'Nothing answers at the port inside the container.',
    'See that the server in it runs and listens at 0.0.0.0: headframe instances logs INSTANCE, or headframe lease ssh LEASE --exec.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
