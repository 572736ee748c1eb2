import { HeadframeError } from '../../../common/model/error.js';
import type { FieldViolation } from '../../../common/model/error.js';
import { walletOf } from '../../../common/model/intent.js';
import type { CapBreach } from './caps.js';
import { ACTIONS_BY_NAME } from './error-classes.js';
import type { PayRequest } from './request.js';

const MOST_KEY = 200;
const MOST_CALL_BYTES = 64 * 1024;
const NAME = /^[a-zA-Z][a-zA-Z0-9]{0,63}$/;

/** Refuses a request that no chain could be asked. Throws `HeadframeError` (invalid_argument, 'intent_invalid'). */
export function requireSound(request: PayRequest): void {
  const violations = [...unsound(request)];
  if (violations.length === 0) return;
  const message = 'the call cannot be made as it is asked for';
  throw new HeadframeError({ code: 'invalid_argument', reason: 'intent_invalid', message, violations });
}

function* unsound({ key, call, amount, maxTip = 0n, cap = amount + maxTip }: PayRequest): Generator<FieldViolation> {
  if (key.length < 1 || key.length > MOST_KEY) yield { path: 'key', expected: `1 to ${String(MOST_KEY)} characters` };
  if (!NAME.test(call.pallet)) yield { path: 'call.pallet', value: call.pallet.slice(0, 80), expected: 'a pallet' };
  if (!NAME.test(call.method)) yield { path: 'call.method', value: call.method.slice(0, 80), expected: 'a call' };
  if (JSON.stringify(call.args).length > MOST_CALL_BYTES)
    yield { path: 'call.args', expected: `at most ${String(MOST_CALL_BYTES)} bytes` };
  if (amount < 0n) yield { path: 'amount', value: amount.toString(), expected: '0 or more' };
  if (maxTip < 0n) yield { path: 'maxTip', value: maxTip.toString(), expected: '0 or more' };
  if (cap < amount + maxTip)
    yield { path: 'cap', value: cap.toString(), expected: 'at least the amount and the highest tip' };
}

/** Refuses a second call under the key of another. */
export function keyReused(key: string, id: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'intent_key_reused',
    message: `the key ${key} belongs to another call, which is the intent ${id}`,
    remedy: 'Give another call a key of its own.',
    violations: [{ path: 'key', value: key.slice(0, 80), expected: 'a key that no other call has' }],
    metadata: { intent: id, class: 'never' },
  });
}

/** Refuses a call of a key that has too many that are not done. */
export function payerFull(most: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'payer_full',
    message: `${String(most)} calls of this key are not done yet`,
    remedy: 'Wait until some are; while the chain is away or the wallet is locked, none is.',
    metadata: { class: 'wait_poll' },
  });
}

/** Refuses to pay on a network that is not there. */
export function networkMissing(network: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'network_not_found',
    message: `there is no network ${network}`,
    remedy: 'See: headframe networks ls.',
    violations: [{ path: 'network', value: network.slice(0, 80), expected: 'a network that was added' }],
    metadata: { class: 'never' },
  });
}

/** Refuses to pay from a wallet that nobody allowed to spend there. */
export function capMissing({ network, wallet }: Pick<PayRequest, 'network' | 'wallet'>): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'spending_cap_missing',
    message: `the wallet ${wallet} has no caps on ${network}, and so may spend nothing there`,
    remedy: `Say first what it may spend: ${capsCommand(network, wallet)}.`,
    violations: [{ path: 'wallet', value: wallet.slice(0, 80), expected: 'one that has caps on this network' }],
    metadata: { class: 'never' },
  });
}

/** Nothing that costs is begun over a store that may lose it. */
export function notKept(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'payment_not_kept',
    message: 'the store may lose what it acknowledges, so a payment might be made twice',
    remedy: ACTIONS_BY_NAME.get('intent.not_kept') ?? '',
    metadata: { class: 'never' },
  });
}

function capsCommand(network: string, wallet: string): string {
  return `headframe wallets caps ${walletOf(wallet)} --network ${network} --per-call AMOUNT --per-day AMOUNT`;
}

/** Refuses what goes beyond a wallet's caps. */
export function capBroken(
  { network, wallet }: Pick<PayRequest, 'network' | 'wallet'>,
  { cap, allowed, asked, spent }: CapBreach,
): HeadframeError {
  const left = cap === 'call' ? allowed : allowed > spent ? allowed - spent : 0n;
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: `spending_cap_${cap}`,
    message: `the call may cost ${String(asked)} planck, and the wallet ${wallet} may spend ${String(left)} more on ${network}`,
    remedy:
      cap === 'day'
        ? `Wait until a day has gone by, or raise the cap per day: ${capsCommand(network, wallet)}.`
        : `Ask for less, or raise the cap: ${capsCommand(network, wallet)}.`,
    violations: [{ path: 'cap', value: asked.toString(), expected: `at most ${String(left)}` }],
    metadata: { class: 'money', allowed: allowed.toString(), spent: spent.toString() },
  });
}

/** An intent that is not there. */
export function intentNotFound(id: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'intent_not_found',
    message: `there is no intent ${id.slice(0, 80)}`,
    remedy: 'headframe intents ls --all shows those that are kept: 90 days after their end at most.',
    metadata: { intent: id.slice(0, 80) },
  });
}
