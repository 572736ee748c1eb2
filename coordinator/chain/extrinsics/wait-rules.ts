/** How the block is found from which a call that came too early is accepted. */
export type WaitRule =
  | 'next_block'
  | 'serving'
  | 'weights'
  | 'registrations'
  | 'staking'
  | 'key_change'
  | 'key_swap'
  | 'new_subnet'
  | 'reveal'
  | 'epoch';

/** A storage item and the arguments of the call that are its keys; `uid` is looked up by netuid and hotkey. */
export interface WaitSource {
  readonly item: string;
  readonly keys: readonly ('netuid' | 'hotkey')[];
  /** Field of a struct; or `uid`, the place in a vector that is the hotkey's. */
  readonly part?: 'block' | 'uid';
}

/** From what block, how many more; without a source, from the block that refused it. */
export interface WaitTerms {
  readonly since?: WaitSource;
  readonly limit: WaitSource | number;
  /** Blocks after which it is worth asking at the latest. */
  readonly most: number;
}

const A_DAY = 7_200;

/** The limits of each rule, as Subtensor's storage names them. */
export const WAIT_TERMS: Readonly<Record<WaitRule, WaitTerms>> = {
  next_block: { limit: 1, most: 1 },
  serving: {
    since: { item: 'axons', keys: ['netuid', 'hotkey'], part: 'block' },
    limit: { item: 'servingRateLimit', keys: ['netuid'] },
    most: A_DAY,
  },
  weights: {
    since: { item: 'lastUpdate', keys: ['netuid'], part: 'uid' },
    limit: { item: 'weightsSetRateLimit', keys: ['netuid'] },
    most: A_DAY,
  },
  registrations: {
    since: { item: 'lastAdjustmentBlock', keys: ['netuid'] },
    limit: { item: 'adjustmentInterval', keys: ['netuid'] },
    most: 396,
  },
  staking: { limit: { item: 'stakeInterval', keys: [] }, most: 360 },
  key_change: { limit: { item: 'txRateLimit', keys: [] }, most: A_DAY },
  key_swap: { limit: A_DAY, most: A_DAY },
  new_subnet: {
    since: { item: 'networkLastRegistered', keys: [] },
    limit: { item: 'networkRateLimit', keys: [] },
    most: A_DAY,
  },
  reveal: { limit: { item: 'tempo', keys: ['netuid'] }, most: 50_400 },
  epoch: { limit: { item: 'tempo', keys: ['netuid'] }, most: 50_400 },
};

/** The block from which to ask again: never before the next, never later than the rule allows; without a reading, the latest. */
export function blockToAsk(
  rule: WaitRule,
  refusedAt: number,
  read: { readonly since: number | undefined; readonly limit: number | undefined },
): number {
  const { most } = WAIT_TERMS[rule];
  const latest = refusedAt + most;
  if (read.limit === undefined) return latest;
  const from = (read.since ?? refusedAt) + read.limit;
  return Math.min(latest, Math.max(refusedAt + 1, from));
}
