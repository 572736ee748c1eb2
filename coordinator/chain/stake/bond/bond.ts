/** Where the rewards of a bond go: to the bond itself, to the balance of its stash, or to another account (SS58). */
export type RewardsTo = 'staked' | 'stash' | { readonly account: string };

/** What is to be done with a bond. Amounts in the base token's smallest unit. */
export type BondOperation =
  | { readonly kind: 'add'; readonly amount: bigint; readonly rewardsTo?: RewardsTo | undefined }
  | { readonly kind: 'remove'; readonly amount: bigint }
  /** Takes back what has been unlocking for long enough. */
  | { readonly kind: 'withdraw' }
  /** SS58; none ends nominating and validating. */
  | { readonly kind: 'nominate'; readonly validators: readonly string[] };

/** A part of a bond that was unbonded, and can be taken back later. */
export interface Unlocking {
  readonly amount: bigint;
  /** From which on it can be withdrawn. */
  readonly era: number;
  readonly free: boolean;
  /** Unix milliseconds, by how long eras last; undefined where it is free, or where the chain does not tell. */
  readonly freeAtMs: number | undefined;
}

/** What an account has staked to secure a chain, by its pallet Staking. Addresses as the chain writes them. */
export interface Bond {
  /** Who owns it, and signs what adds to it. */
  readonly stash: string;
  /** Who signs everything else; the stash itself, but for bonds of before. */
  readonly controller: string;
  /** With what is unlocking. */
  readonly total: bigint;
  /** What counts. */
  readonly active: bigint;
  readonly unlocking: readonly Unlocking[];
  /** `Staked`, `Stash`, `None`, or an account; undefined where the chain does not tell. */
  readonly rewardsTo: string | undefined;
  readonly nominations: readonly string[];
  readonly validates: boolean;
}

/** What of a bond can be taken back now. Pure. */
export function withdrawableOf({ unlocking }: Pick<Bond, 'unlocking'>): bigint {
  return unlocking.reduce((sum, { amount, free }) => sum + (free ? amount : 0n), 0n);
}
