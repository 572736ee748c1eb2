import type { ModuleChain } from './module-spec.js';

/** Whether a miner that works on a chain may run, as judged last. */
export interface AdmissionRecord {
  /** What it was judged for: see `placeOf`. */
  readonly place: string;
  /** `held` until its duties there are done for the first time; `withdrawn` once its place there is lost for good. */
  readonly state: 'held' | 'admitted' | 'withdrawn';
  /** Why, as of the last look at the chain. */
  readonly reason: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** The best block of a look that counted: what an endpoint says that is behind it counts for nothing. */
  readonly block?: number | undefined;
}

/** That a miner is about to lose its place on its chain, for as long as that is so. */
export interface DangerRecord {
  /** See `placeOf`. */
  readonly place: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

/** Where a miner works: a miner that is told to work elsewhere is judged anew. */
export function placeOf({ network, netuid, wallet, hotkey }: ModuleChain): string {
  return `${network}/${String(netuid)}/${wallet}/${hotkey}`;
}
