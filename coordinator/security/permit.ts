import type { Caller } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import type { CallRequest, Permit } from '../../common/rpc/index.js';
import type { RefusedCall } from './authorize.js';
import type { CallerLimiter } from './limits/index.js';
import { isOpen, whyForbidden } from './roles/index.js';
import type { Forbidden } from './roles/index.js';

/** What decides whether somebody who is known may make a call. */
export interface PermitParts {
  readonly limiter: Pick<CallerLimiter, 'enter'>;
  /** Told why a call was refused. */
  readonly onRefused: (refused: RefusedCall) => void;
}

/** Lets callers do what their role and namespaces allow, as often as their limits do. */
export function createPermit({ limiter, onRefused }: PermitParts): Permit {
  return (caller, request) => {
    // Strangers have no identity to count by; what they may send is bounded by their address.
    if (isOpen(request.method)) return () => undefined;
    const why = whyForbidden(caller, request.method);
    if (why !== undefined) {
      onRefused({ ...factsOf(request), reason: why, name: caller.name });
      throw forbidden(caller, why);
    }
    try {
      return limiter.enter(caller);
    } catch (error) {
      if (error instanceof HeadframeError) onRefused({ ...factsOf(request), reason: error.reason, name: caller.name });
      throw error;
    }
  };
}

function factsOf({ method, peer, requestId }: CallRequest) {
  return { method, peer, requestId };
}

function forbidden({ role }: Caller, why: Forbidden): HeadframeError {
  const held = why === 'scope';
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'permission_denied',
    innerReason: why,
    message: held ? 'this identity is held to its namespaces, and this is not' : `the role ${role} does not allow this`,
    remedy: `Ask an admin for an identity ${held ? 'without namespaces' : 'whose role does'}.`,
    metadata: { role, why: held ? 'namespaces' : 'role' },
  });
}
