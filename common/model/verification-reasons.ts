import { CHALLENGE_REASONS } from './challenge-reasons.js';
import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** What becomes of a host by the verdicts on it. */
export const VERIFICATION_REASONS = {
  ...CHALLENGE_REASONS,
  capacity_verified: info('A challenge has proven something of the host that was not proven before.'),
  insufficient_verified: warning(
    'Enough is free on the host, but too little of it is proven.',
    'Have hosts prove more, or ask for less proven capacity (host.verified).',
  ),
  verification_lapsed: warning(
    'A proof of the host is older than seven days and counts no more.',
    'Challenge it again.',
  ),
  verification_failed: error(
    'The host failed a challenge: nothing that it claims is taken for proven, and nothing new is placed on it.',
    'See headframe challenge ls HOST for what was seen. Once that is explained, headframe challenge clear HOST.',
  ),
  verification_unconfirmed: warning(
    'The host was too slow for a challenge. One such verdict alone changes nothing; a second in a row does.',
    'See headframe challenge ls HOST; is the host overloaded, or are the limits of its containers wrong?',
  ),
  host_parts_changed: warning(
    'Parts of the machine behind a host were changed.',
    'If nobody has changed disks, cards or GPUs, look at the host.',
  ),
  host_other_machine: error(
    'The machine behind a host is hardly the one that it was. What it had proven counts no more.',
    'Look who runs the agent where; if that is as it should be, headframe challenge clear HOST.',
  ),
  host_duplicate: error(
    'Two hosts are one machine by their parts: what both claim is there once.',
    'Look who runs both agents, and remove one: headframe hosts rm.',
  ),
  verification_cleared: info('An operator cleared the host of what it had failed; it has to prove everything again.'),
} as const satisfies Record<string, ReasonMeaning>;
