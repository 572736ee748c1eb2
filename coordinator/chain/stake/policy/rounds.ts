import type { IntentRecord } from '../../../../common/model/intent.js';
import { hasEnded } from '../../../../common/model/intent.js';
import type { StakePolicyRecord } from '../../../../common/model/stake-policy.js';

/**
 * The key of a policy's present round: whatever is paid under it is paid once, for a round is over only when its call has ended,
 * and that is durable before the next begins. Pure.
 */
export function roundKey({ spec, createdAtMs, rounds }: StakePolicyRecord): string {
  return `stake-policy/${spec.name}/${String(createdAtMs)}/${String(rounds + 1)}`;
}

/** A policy whose round has ended by this call; undefined while it has not. Pure. */
export function afterRound(record: StakePolicyRecord, intent: IntentRecord): StakePolicyRecord | undefined {
  if (!hasEnded(intent)) return undefined;
  const { id, state, failure, block, changedAtMs } = intent;
  const last = {
    intent: id,
    state,
    error: failure?.error,
    class: failure?.class,
    askAtBlock: failure?.askAtBlock,
    endedAtMs: changedAtMs,
    block: block?.number,
  };
  return { ...record, rounds: record.rounds + 1, last };
}

/** A policy with what was seen of its hotkey; the same one where that is nothing new. Pure. */
export function withSeen(
  record: StakePolicyRecord,
  seen: {
    readonly registered: boolean | undefined;
    readonly block: number;
    readonly dark: boolean;
    readonly nowMs: number;
  },
): StakePolicyRecord {
  const wasRegistered = record.wasRegistered || seen.registered === true;
  const darkSinceMs = seen.dark ? (record.darkSinceMs ?? seen.nowMs) : undefined;
  if (wasRegistered === record.wasRegistered && darkSinceMs === record.darkSinceMs) return record;
  const registeredBlock = record.wasRegistered || !wasRegistered ? record.registeredBlock : seen.block;
  return { ...record, wasRegistered, registeredBlock, darkSinceMs };
}
