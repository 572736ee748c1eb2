import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with calls of chains that cost or publish. */
export const INTENT_REASONS = {
  intent_journalled: info('A call of a chain was written down; nothing of it has been sent.'),
  intent_signed: info('A call of a chain was signed, or is again in no block: it is sent until a block holds it.'),
  intent_in_block: info('A call of a chain is in a block that is not final yet.'),
  intent_finalised: info('A call of a chain is done for good, or was found to be done already.'),
  intent_failed: error(
    'A call of a chain has failed and is not repeated by itself.',
    'See its error and what to do about it: headframe intents show ID.',
  ),
  intent_abandoned: warning(
    'A call of a chain was given up before it was carried out: its time was over, or somebody gave it up.',
    'Ask for it again if it is still wanted.',
  ),
  spending_cap_missing: error(
    'The wallet was not allowed to spend anything on this network.',
    'Say what it may spend: headframe wallets caps NAME --network NETWORK --per-call AMOUNT --per-day AMOUNT.',
  ),
  payment_not_kept: error(
    'The NATS servers may lose what they have acknowledged, so that a payment might be made twice: none is begun.',
    'Set jetstream { sync_interval: always } on each of them, and store.jetstream.acceptDurability to always.',
  ),
  spending_cap_call: error(
    'The call may cost more than the wallet may spend per call on this network.',
    'Ask for less, or raise the cap with headframe wallets caps.',
  ),
  spending_cap_day: error(
    'The call may cost more than what the wallet may still spend in 24 hours on this network.',
    'Wait, or raise the cap with headframe wallets caps.',
  ),
  proxy_missing: error(
    'The account has not let the key of the wallet act for it.',
    'Its owner calls proxy.addProxy(ADDRESS OF THE WALLET, TYPE, 0), once for each type.',
  ),
  payer_full: warning(
    'Too many calls of the key are not done yet.',
    'Wait until some are: while the chain is away or the wallet is locked, none is.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
