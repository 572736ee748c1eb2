import { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { isLoopback, splitAddress } from '../../common/model/address.js';
import { LOCAL_CALLER, NO_CREDENTIAL } from '../../common/model/caller.js';
import type { Caller } from '../../common/model/caller.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { handOnTo } from '../../common/rpc/index.js';
import type { Authorize, HandedOutcome, HandingOn } from '../../common/rpc/index.js';
import { notLeader } from '../leadership/index.js';
import type { LeaseHolder } from '../leadership/index.js';
import { createAuthorize, issueCoordinatorIdentity } from '../security/index.js';
import type { Trust } from '../security/index.js';

/** What a follower hands calls on by. */
export interface ForwardingParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined in clear. */
  readonly trust: Trust | undefined;
  /** How the others know this one. */
  readonly name: string;
  /** Of its certificate, in milliseconds. */
  readonly lifeMs: number;
  /** Who leads, as far as is known. */
  readonly leader: () => LeaseHolder | undefined;
  /** Whether calls of a method (its path) are served here at this moment. */
  readonly serves: (method: string) => boolean;
  /** Told of a call that was refused here. */
  readonly onRefused: (refused: object) => void;
  /** Told of each call that is over. */
  readonly onOver: (outcome: HandedOutcome) => void;
}

/** Who shows a token, which only the one that leads can judge. */
const SHOWS_TOKEN: Caller = { role: 'viewer', name: 'token', namespaces: [], credential: NO_CREDENTIAL };

/** Hands on to the one that leads what a follower does not serve, on behalf of whoever calls. */
export async function openForwarding(parts: ForwardingParts): Promise<HandingOn> {
  const { clock, logger, trust, leader, serves, onOver } = parts;
  const source = trust && (await issueCoordinatorIdentity(trust, parts));
  const target = (): string | undefined => forwardTarget(leader(), source !== undefined);
  let isReached = true;
  return handOnTo({
    ...{ clock, target, source, onOver },
    takes: (method) => isForwarded(method) && !serves(method) && target() !== undefined,
    authorize: trust === undefined ? () => LOCAL_CALLER : knownFrom(trust, parts.onRefused),
    refusal: () => notLeader(leader()?.address),
    onConnect: (address, error) => {
      if (error !== undefined && isReached)
        logger.warn({ err: error, leader: address }, 'the coordinator that leads cannot be reached to hand calls on');
      isReached = error === undefined;
    },
  });
}

/** Where calls are handed to; undefined where nobody leads, or one that is not to be called so from here. */
export function forwardTarget(holder: LeaseHolder | undefined, isPrivate: boolean): string | undefined {
  // One of a version that knows nothing of it would refuse whoever calls.
  if (holder?.takesForwarded !== true) return undefined;
  return isPrivate || isLoopback(splitAddress(holder.address).host) ? holder.address : undefined;
}

/** Agents go to the one that leads themselves: their streams are long, and many. */
export function isForwarded(method: string): boolean {
  return !method.startsWith(`/${AgentService.typeName}/`);
}

/** Certificates are looked at here, too; whether they were revoked, and whose a token is, is known where the fleet is. */
function knownFrom({ authority }: Trust, onRefused: (refused: object) => void): Authorize {
  return createAuthorize({ authority, isRevoked: () => false, bearer: () => SHOWS_TOKEN, onRefused });
}
