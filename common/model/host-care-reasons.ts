import { info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';
import { PROVIDER_REASONS } from './provider-reasons.js';

/** What an agent does for its host's sake, and where machines come from that are hosts. */
export const HOST_CARE_REASONS = {
  ...PROVIDER_REASONS,
  image_removed: info('An image that Headframe brought and nothing uses was removed from the host.'),
  ended_removed: info('The container of an ended instance was removed from the host, its logs with it.'),
  logs_trimmed: info('Older parts of logs were removed from the host.'),
  runtime_restarted: warning('The agent restarted the container engine, which did not answer.', 'Read its log.'),
  instance_stuck: warning(
    'The engine shows the container running and gives no answer about it.',
    'Read the log of the container engine on the host.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
