import { systemClock } from '../common/model/clock.js';
import { Channel } from '../common/rpc/index.js';
import type { CoordinatorRoute } from '../common/model/coordinator-route.js';
import type { AgentOptions } from './options.js';

/** The assignments of a whole host may come in one message. */
const MAX_MESSAGE_BYTES = 16 * 2 ** 20;

/** A connection to the coordinator that leads, as far as the route knows at each call. */
export function openChannel({ security }: Pick<AgentOptions, 'security'>, route: CoordinatorRoute): Channel {
  const address = { current: () => route.current };
  return new Channel({ address, security, clock: systemClock, maxReceiveBytes: MAX_MESSAGE_BYTES });
}
