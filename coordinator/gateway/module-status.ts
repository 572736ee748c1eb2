import type { Miner } from '../../common/gen/headframe/v1/miner_pb.js';

/** A miner as the seed has it, `ModuleStatus`, with ours beside. What is not known is null. */
export interface ModuleStatus {
  readonly module: string;
  readonly kind: string;
  /** One instance runs at least. */
  readonly is_active: boolean;
  /** On its hotkey in its subnet as last read, in the smallest unit, as a decimal text. */
  readonly current_stake: string | null;
  /** Seconds since the oldest of its running instances started. */
  readonly uptime: number | null;
  /** ISO time of the last change of its record. */
  readonly last_update: string;
  readonly stopped: boolean;
  readonly instances: {
    readonly desired: number;
    readonly running: number;
    readonly healthy: number;
    readonly pending: number;
  };
  /** Why instances wait or are missing. */
  readonly why: { readonly reason: string; readonly text: string } | null;
}

/** What else is known of a miner. */
export interface StatusFacts {
  readonly nowMs: number;
  /** Unix milliseconds at which the oldest of its running instances started. */
  readonly startedAtMs?: number | undefined;
}

const NONE = { desired: 0, running: 0, healthy: 0, pending: 0 } as const;

/** Maps a miner. */
export function moduleStatus(miner: Miner, { startedAtMs, nowMs }: StatusFacts): ModuleStatus {
  const { spec, why, stopped, updatedAtMs, stakePlanck } = miner;
  const { desired, running, healthy, pending } = miner.counts ?? NONE;
  return {
    module: spec?.name ?? '',
    kind: spec?.kind ?? '',
    is_active: running > 0,
    current_stake: stakePlanck ?? null,
    uptime: startedAtMs === undefined ? null : Math.max(0, Math.floor((nowMs - startedAtMs) / 1000)),
    last_update: new Date(Number(updatedAtMs)).toISOString(),
    stopped,
    instances: { desired, running, healthy, pending },
    why: why === undefined ? null : { reason: why.reason, text: why.text },
  };
}
