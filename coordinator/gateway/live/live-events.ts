import type { Event } from '../../../common/gen/headframe/v1/event_pb.js';
import { Severity } from '../../../common/gen/headframe/v1/event_pb.js';
import { INTENT_REASONS } from '../../../common/model/intent-reasons.js';
import { NETWORK_REASONS } from '../../../common/model/network-reasons.js';
import { REGISTRATION_REASONS } from '../../../common/model/registration-reasons.js';
import { REWARD_REASONS } from '../../../common/model/reward-reasons.js';
import { STAKE_REASONS } from '../../../common/model/stake-reasons.js';
import { WALLET_REASONS } from '../../../common/model/wallet-reasons.js';

/** Why a stake is as it is, and what becomes of the calls that pay. */
const STAKE = reasonsOf(STAKE_REASONS, INTENT_REASONS);
/** What becomes of chains, keys and places in subnets, and of the calls that pay. */
const CHAIN = reasonsOf(NETWORK_REASONS, WALLET_REASONS, REGISTRATION_REASONS, REWARD_REASONS, INTENT_REASONS);
/** Refusals of chains that miners wait for have reasons of their own. */
const STAKE_LIKE = /^(?:stake|balance|slippage)_/;
const CHAIN_LIKE = /^(?:network|endpoint|chain|wallet|hotkey|subnet|registration|serving|serve|weights)_/;

const WORDS: Readonly<Record<Severity, string>> = {
  [Severity.UNSPECIFIED]: 'info',
  [Severity.INFO]: 'info',
  [Severity.WARNING]: 'warning',
  [Severity.ERROR]: 'error',
};

/** Whether an event belongs to a topic; those of paying calls belong to both. */
export function isOf(topic: 'stake' | 'chain', { reason }: Pick<Event, 'reason'>): boolean {
  if (topic === 'stake') return STAKE.has(reason) || STAKE_LIKE.test(reason);
  return CHAIN.has(reason) || CHAIN_LIKE.test(reason);
}

function reasonsOf(...tables: readonly object[]): ReadonlySet<string> {
  return new Set(tables.flatMap((table) => Object.keys(table)));
}

/** An event in JSON. */
export function eventData({ revision, atMs, reason, text, severity, miner, hostId }: Event) {
  return {
    revision: String(revision),
    at: new Date(Number(atMs)).toISOString(),
    ...{ reason, text, miner, host: hostId },
    severity: WORDS[severity],
  };
}

/** The revision that a stream of events can be resumed from after a batch; a full one may not hold the whole of its last. */
export function resumeAfter(events: readonly Event[], mostEvents: number): bigint | undefined {
  const last = events.at(-1)?.revision;
  if (last === undefined) return undefined;
  return events.length < mostEvents ? last : last - 1n;
}
