import { addressOf, textOfAddress } from './endpoint-address.js';
import { requireDue } from './judge-registration.js';
import type { Endpoint } from './operation.js';
import { notRegistered } from './refusals.js';
import type { Place } from './refusals.js';

/** An endpoint that a chain tells of a hotkey. */
export interface Axon extends Endpoint {
  /** Of the last call that changed it. */
  readonly block: number;
  /** Of the miner's program, as that says. */
  readonly version: number;
}

/** What a chain has of a hotkey's endpoint. */
export interface ServingTerms {
  readonly best: number;
  readonly uid: number | undefined;
  readonly axon: Axon | undefined;
  /** Blocks between two changes; undefined where there is no limit. */
  readonly rateLimit: number | undefined;
}

/** Nothing to do; or to be served. */
export type ServingVerdict = { readonly same: true } | { readonly same: false; readonly version: number };

/**
 * Whether the endpoint is to be told to the chain: on a difference alone, for every call uses up the limit that the miner's own
 * program shares. Throws `HeadframeError`: 'hotkey_not_registered', 'too_soon', and 'serving_invalid' for an
 * address that leads nowhere. Pure.
 */
export function judgeServing(terms: ServingTerms, endpoint: Endpoint, place: Place): ServingVerdict {
  const { axon, best, rateLimit } = terms;
  if (terms.uid === undefined) throw notRegistered(place);
  // People write one of family 6 in many ways.
  const ip = textOfAddress(addressOf(endpoint.ip));
  if (axon !== undefined && axon.ip === ip && axon.port === endpoint.port) return { same: true };
  if (axon !== undefined && rateLimit !== undefined)
    requireDue('the endpoint was changed of late', axon.block + rateLimit, best);
  return { same: false, version: axon?.version ?? 0 };
}
