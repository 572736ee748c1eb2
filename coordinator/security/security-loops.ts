import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../fleet/port.js';
import type { Security } from './open-security.js';
import { RenewalOrders } from './rotation/index.js';
import { ForgetLoop } from './ssh/index.js';
import { StandingWatch } from './standing-watch.js';
import type { StandingParts } from './standing-watch.js';

/** What the loops reach callers by. */
export interface SecurityLoopParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly server: Pick<StandingParts, 'endStreams'>;
  /** Has a host renew its certificate now; false for one that is not connected. */
  readonly sessions: { orderRenewal(hostId: string): boolean };
}

/** What has to run until a signal, so that who is nobody any more is ended, and who has to move on does; none in clear. */
export function securityLoops(
  security: Security | undefined,
  { fleet, clock, server, sessions }: SecurityLoopParts,
): readonly { start(signal: AbortSignal): Promise<void> }[] {
  if (security === undefined) return [];
  const endStreams: StandingParts['endStreams'] = (why) => {
    server.endStreams(why);
  };
  const order = (hostId: string): boolean => sessions.orderRenewal(hostId);
  const orders = new RenewalOrders({ rotation: security.rotation, order, clock });
  const forget = new ForgetLoop(security.ssh.users, clock);
  return [...security.loops, new StandingWatch({ fleet, clock, endStreams }), orders, forget];
}
