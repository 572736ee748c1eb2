import { HeadframeError } from '../../../common/model/error.js';
import type { RetryClass } from '../../../common/model/intent.js';
import { NETWORK_REASONS } from '../../../common/model/network-reasons.js';
import { cleanText } from './clean-text.js';

/** Why a connection to an endpoint could not be made, or ended. */
export type EndpointFault =
  'endpoint_unreachable' | 'endpoint_lost' | 'endpoint_silent' | 'endpoint_invalid' | 'wrong_chain';

const MOST_TEXT = 300;

/** A connection that could not be made, or ended. */
export function endpointFault(reason: EndpointFault, message: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: reason === 'wrong_chain' ? 'failed_precondition' : 'unavailable',
    ...{ reason, message: cleanText(message, MOST_TEXT), cause },
    remedy: NETWORK_REASONS[reason].remedy,
    metadata: classed(reason === 'wrong_chain' ? 'never' : 'wait_poll'),
  });
}

/** There is no connection to the chain. */
export function chainAway(network: string, why: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'chain_away',
    message: `the network ${network} is away: ${why}`,
    remedy: `headframe networks show ${network} tells more; it is tried again and again.`,
    metadata: { network, ...classed('wait_poll') },
    cause,
  });
}

/** No answer came in time; what was asked for may yet have been done. */
export function chainSlow(what: string, deadlineMs: number): HeadframeError {
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'chain_slow',
    message: `${what}: the chain did not answer within ${String(deadlineMs / 1000)} s`,
    remedy: NETWORK_REASONS.chain_slow.remedy,
    metadata: classed('wait_poll'),
  });
}

/** More calls than are waited for at a time. */
export function chainBusy(network: string, most: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'chain_busy',
    message: `${String(most)} calls to the network ${network} are under way`,
    remedy: NETWORK_REASONS.chain_busy.remedy,
    metadata: { network, ...classed('wait_poll') },
  });
}

/** The chain, or its library, refused; its own error is the cause. */
export function chainFailed(what: string, cause: unknown): HeadframeError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new HeadframeError({
    code: 'internal',
    reason: 'chain_failed',
    message: `${what}: ${cleanText(message, MOST_TEXT)}`,
    remedy: NETWORK_REASONS.chain_failed.remedy,
    metadata: classed('unknown'),
    cause,
  });
}

function classed(retry: RetryClass): { readonly class: RetryClass } {
  return { class: retry };
}
