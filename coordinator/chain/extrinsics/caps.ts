import type { IntentRecord } from '../../../common/model/intent.js';
import { OUTCOME_UNKNOWN } from './settle.js';

/** What a wallet may spend on a network, in the smallest unit, fees and tips included. */
export interface SpendingCaps {
  readonly perCall: bigint;
  readonly perDay: bigint;
}

/** A cap that a call would break. */
export interface CapBreach {
  readonly cap: 'call' | 'day';
  readonly allowed: bigint;
  readonly asked: bigint;
  /** Spent or promised in the last day. */
  readonly spent: bigint;
}

const DAY_MS = 86_400_000;

/** What of an intent counts against its wallet: all it may cost while it can still be paid, then what it did cost. */
function costOf(intent: Pick<IntentRecord, 'state' | 'cap' | 'amount' | 'fee' | 'tip' | 'block' | 'failure'>): bigint {
  const fee = BigInt(intent.fee ?? 0) + BigInt(intent.tip ?? 0);
  switch (intent.state) {
    case 'journalled':
    case 'signed':
    case 'in_block':
      return BigInt(intent.cap);
    case 'finalised':
      return intent.block === undefined ? 0n : BigInt(intent.amount) + fee;
    case 'failed':
      if (intent.block === undefined) return 0n;
      return intent.failure?.error === OUTCOME_UNKNOWN ? BigInt(intent.cap) : fee;
    case 'abandoned':
      return 0n;
  }
}

/** What of these calls was spent or promised in 24 hours. */
export function spentIn(intents: Iterable<IntentRecord>, nowMs: number): bigint {
  let spent = 0n;
  for (const intent of intents) if (countsNow(intent, nowMs)) spent += costOf(intent);
  return spent;
}

/** Whether a call that may cost `cost` keeps to the wallet's caps, with what that wallet spent or promised in 24 hours. */
export function judgeCaps(
  cost: bigint,
  caps: SpendingCaps,
  intents: Iterable<IntentRecord>,
  nowMs: number,
): CapBreach | undefined {
  const spent = spentIn(intents, nowMs);
  if (cost > caps.perCall) return { cap: 'call', allowed: caps.perCall, asked: cost, spent };
  if (spent + cost > caps.perDay) return { cap: 'day', allowed: caps.perDay, asked: cost, spent };
  return undefined;
}

function countsNow({ state, changedAtMs }: IntentRecord, nowMs: number): boolean {
  const open = state === 'journalled' || state === 'signed' || state === 'in_block';
  return open || changedAtMs > nowMs - DAY_MS;
}
