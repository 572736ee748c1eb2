import { systemClock } from '../common/model/clock.js';
import { Channel } from '../common/rpc/index.js';
import type { AgentOptions } from './options.js';

/** The assignments of a whole host may come in one message. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;

/** A connection to the coordinator. */
export function openChannel({ coordinator, security }: Pick<AgentOptions, 'coordinator' | 'security'>): Channel {
  return new Channel({ address: coordinator, security, clock: systemClock, maxReceiveBytes: MAX_MESSAGE_BYTES });
}
