import { jitterOf } from '../../../../common/model/jitter.js';

/** How often nodes are tried. */
export interface RetryPolicy {
  /** Between sweeps over all nodes: as it is at start, and as the first of growing delays later. */
  readonly intervalMs: number;
  /** Sweeps after the first one while no node has ever been heard; then the miner gives up. */
  readonly mostAtStart: number;
  /** What delays grow to, once a node has been heard. */
  readonly longestMs: number;
}

/** What there was until now. */
export interface Attempts {
  /** Connections in a row that came to nothing or did not last; 1 or more. */
  readonly failures: number;
  /** 1 or more. */
  readonly nodes: number;
  /** Whether any node has said anything since the start. */
  readonly wasHeard: boolean;
}

/** Milliseconds until the next node of the list is tried; undefined to give up. Nodes not yet tried in this sweep are tried at once. */
export function retryDelayMs({ failures, nodes, wasHeard }: Attempts, policy: RetryPolicy): number | undefined {
  if (failures % nodes !== 0) return 0;
  const sweeps = failures / nodes;
  if (!wasHeard) return sweeps > policy.mostAtStart ? undefined : policy.intervalMs;
  const grown = Math.min(policy.longestMs, policy.intervalMs * 2 ** Math.min(sweeps - 1, 30));
  // Miners that lost one node do not all come back to it at once.
  return grown * (0.5 + jitterOf(failures) / 2);
}
