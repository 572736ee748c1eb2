import { HeadframeError } from '../../common/model/error.js';
import type { FieldViolation } from '../../common/model/error.js';

/** A request that is refused for its values. */
export function requestInvalid(violations: readonly FieldViolation[]): HeadframeError {
  const message = violations.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ');
  return new HeadframeError({ code: 'invalid_argument', reason: 'request_invalid', message, violations });
}

/** A path and verb that nothing is served at. */
export function routeUnknown(verb: string, path: string): HeadframeError {
  const message = `nothing is served at ${verb} ${path.slice(0, 200)}`;
  const remedy = 'See the list of routes in docs/gateway.md.';
  return new HeadframeError({ code: 'not_found', reason: 'route_unknown', message, remedy });
}

/** A route that has nothing behind it; `instead` says what to use. */
export function notServed(message: string, instead: string): HeadframeError {
  return new HeadframeError({ code: 'unimplemented', reason: 'route_not_served', message, remedy: instead });
}

/** A route that is not served again for a reason. */
export function routeGone(message: string, instead: string): HeadframeError {
  return new HeadframeError({ code: 'unimplemented', reason: 'route_gone', message, remedy: instead });
}

/** A stake for a miner that works on no chain. */
export function stakeless(name: string): HeadframeError {
  const message = `the miner ${name} works on no chain, so that nothing can be staked for it`;
  const remedy = 'Say where by module.chain of its manifest: network, netuid, wallet and hotkey.';
  return new HeadframeError({ code: 'failed_precondition', reason: 'miner_without_stake', message, remedy });
}

/** A stake for a miner whose name is that of a policy for another stake. */
export function stakeOfAnother(name: string): HeadframeError {
  const message = `the stake policy ${name} is not for the stake of the miner ${name}`;
  const remedy = `Remove it, or keep the stake of the miner by a policy of another name: headframe stake policy set.`;
  return new HeadframeError({ code: 'already_exists', reason: 'stake_of_another', message, remedy });
}

/** A call that a page of another origin makes in somebody's browser. */
export function originRefused(): HeadframeError {
  const message = 'pages of other origins may not call here';
  const remedy = 'Call from a program, or from a page of the same host and port.';
  return new HeadframeError({ code: 'permission_denied', reason: 'origin_refused', message, remedy });
}

/** A call in clear by a name that is not of this machine: what a page reaches whose name was made to lead here. */
export function hostRefused(): HeadframeError {
  const message = 'what is served in clear is called by a name of this machine';
  const remedy = 'Call it as localhost or 127.0.0.1.';
  return new HeadframeError({ code: 'permission_denied', reason: 'host_refused', message, remedy });
}

/** A route that takes bytes, and got none. */
export function bodyMissing(): HeadframeError {
  const message = 'the body has to be the file itself';
  const remedy = 'Send it with the content type application/x-tar, application/gzip or application/octet-stream.';
  return new HeadframeError({ code: 'invalid_argument', reason: 'request_invalid', message, remedy });
}

/** A condition on a route whose method has none. */
export function conditionUnknown(): HeadframeError {
  const message = 'If-Match is not heeded here';
  const remedy = 'Leave it out, or see in /openapi.json which operations take it.';
  return new HeadframeError({ code: 'invalid_argument', reason: 'condition_unknown', message, remedy });
}

/** A key that was used for another request. */
export function keyReused(): HeadframeError {
  const message = 'the Idempotency-Key was that of another request';
  const remedy = 'Make a new key for each thing that is to be done; repeat a request unchanged.';
  return new HeadframeError({ code: 'failed_precondition', reason: 'idempotency_key_reused', message, remedy });
}

/** A request under way when the coordinator ended. */
export function outcomeUnknown(): HeadframeError {
  const message = 'the request had begun when the coordinator ended, and what came of it is not known';
  const remedy = 'See whether it was done; where it was not, ask again under a new Idempotency-Key.';
  return new HeadframeError({ code: 'failed_precondition', reason: 'idempotency_outcome_unknown', message, remedy });
}

/** A request that was done, and whose answer was too large to be kept. */
export function answerGone(): HeadframeError {
  const message = 'the request was done under this key, and its answer was not kept';
  const remedy = 'Read what it has made or changed.';
  return new HeadframeError({ code: 'failed_precondition', reason: 'idempotency_answer_gone', message, remedy });
}

/** A key that is none. */
export function keyInvalid(): HeadframeError {
  return requestInvalid([{ path: 'Idempotency-Key', expected: '8-128 visible characters of ASCII' }]);
}

/** A key on a route whose answers are not kept. */
export function keyUnheeded(): HeadframeError {
  return requestInvalid([{ path: 'Idempotency-Key', expected: 'none: what a model answers is not kept' }]);
}

/** A body beyond what is taken. */
export function bodyTooLarge(mostBytes: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'body_too_large',
    message: `the body of the request is larger than ${String(mostBytes)} bytes`,
    remedy: 'Send less, or raise http.maxBody of the coordinator, and for questions to models router.maxRequest.',
  });
}

/** What the HTTP library found wrong with a request, by its own code; undefined for what is none of the client's doing. */
export function httpFault(code: string, bodyBytes: number): HeadframeError | undefined {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge(bodyBytes);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new HeadframeError({
        code: 'invalid_argument',
        reason: 'media_type_unsupported',
        message: 'bodies are JSON',
        remedy: 'Send content-type: application/json.',
      });
    default:
      return /^FST_ERR_(?:CTP_|BAD_URL)|^FST_ERR_ASYNC_CONSTRAINT|^FST_ERR_MAX_PARAM/.test(code)
        ? malformed()
        : undefined;
  }
}

function malformed(): HeadframeError {
  const message = 'the request is not well-formed';
  const remedy = 'Check its URL and its body.';
  return new HeadframeError({ code: 'invalid_argument', reason: 'request_malformed', message, remedy });
}
