import type { ApiPromise } from '@polkadot/api';
import { HeadframeError } from '../../../common/model/error.js';
import type { ChainCall, JsonValue } from '../../../common/model/intent.js';
import type { Proxied } from './proxies.js';

/** An extrinsic that is not signed yet. */
export type UnsignedCall = ReturnType<ApiPromise['tx']>;

/**
 * Builds a call by the names of the chain's metadata, as a proxy where that is given. An argument `{"call": {…}}` is a
 * call itself. Throws `HeadframeError` (invalid_argument 'call_unknown', 'call_invalid').
 */
export function buildCall(api: ApiPromise, call: ChainCall, proxied: Proxied | undefined): UnsignedCall {
  const inner = named(api, call);
  if (proxied === undefined) return inner;
  const { real, type = null } = proxied;
  return named(api, { pallet: 'proxy', method: 'proxy', args: [] }, [real, type, inner]);
}

function named(api: ApiPromise, { pallet, method, args }: ChainCall, given?: readonly unknown[]): UnsignedCall {
  const make = api.tx[pallet]?.[method];
  if (make === undefined) throw unknownCall(pallet, method);
  try {
    return make(...(given ?? args.map((value) => argument(api, value))));
  } catch (cause) {
    if (cause instanceof HeadframeError) throw cause;
    throw invalidCall(pallet, method, cause);
  }
}

function argument(api: ApiPromise, value: JsonValue): unknown {
  if (isList(value)) return value.map((one) => argument(api, one));
  if (!isObject(value) || !isCall(value.call)) return value;
  return named(api, value.call);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCall(value: JsonValue | undefined): value is JsonValue & ChainCall {
  return (
    isObject(value) && typeof value.pallet === 'string' && typeof value.method === 'string' && Array.isArray(value.args)
  );
}

function unknownCall(pallet: string, method: string): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'call_unknown',
    message: `the chain has no call ${pallet}.${method}`,
    remedy: 'Upgrade Headframe if the chain has changed, or choose another network.',
    metadata: { class: 'switch_path' },
  });
}

function invalidCall(pallet: string, method: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'call_invalid',
    message: `these are no arguments of ${pallet}.${method}: ${cause instanceof Error ? cause.message : ''}`,
    metadata: { class: 'never' },
    cause,
  });
}
