import type { Planck } from './intent.js';

/** How it is known what a hotkey earned. */
export const REWARD_BASES = ['emission', 'growth', 'least'] as const;

/**
 * One of `REWARD_BASES`. `emission`: what the chain itself says that it paid for an epoch; on runtimes that pay in every block,
 * `growth`: by how much its owner's stake on it grew, less what the events of all blocks say that was moved; `least`: by how
 * much the shares grew that its owner held all the time, where those events cannot be read.
 */
export type RewardBasis = (typeof REWARD_BASES)[number];

/** What a hotkey earned in a subnet in one epoch, or over some blocks. Stake that anybody moved is never in it. */
export interface RewardEntry {
  /** Blocks after the first, up to the second. */
  readonly fromBlock: number;
  readonly toBlock: number;
  /** When it was read, unix milliseconds. */
  readonly atMs: number;
  readonly basis: RewardBasis;
  /** In the token of the subnet. */
  readonly earned: Planck;
  /** That in the base token at the price of then, and what would have come out of the pool; undefined where nobody can tell. */
  readonly spot?: Planck;
  readonly out?: Planck;
  /** Epochs among those blocks that were not read, and are not in `earned`. */
  readonly missed: number;
}

/** What a hotkey earned in a subnet on one day (UTC), oldest first. */
export interface RewardDay {
  readonly network: string;
  readonly netuid: number;
  /** SS58. */
  readonly hotkey: string;
  readonly coldkey: string;
  /** Such as 2026-05-01. */
  readonly day: string;
  readonly entries: readonly RewardEntry[];
}

/** A holding of shares, as `HotkeyMark` keeps it. */
interface Shares {
  readonly total: Planck;
  readonly shares: string;
  readonly share: string;
}

/** What a hotkey held when it was read last. */
export interface HotkeyMark {
  readonly coldkey: string;
  readonly stake: Planck;
  /** Where stake is by shares. */
  readonly holding?: Shares;
}

/** A subnet that is read once a tempo: what is kept of the last reading. */
export interface SubnetRecord {
  readonly network: string;
  readonly netuid: number;
  /** Whether somebody asked to have it read, and not only because of a hotkey there. */
  readonly followed: boolean;
  /** Of the last reading; 0 before the first. */
  readonly block: number;
  readonly atMs: number;
  /** Block of the last epoch then, where it was known. */
  readonly lastEpoch?: number;
  /** Block from which on it is read again. */
  readonly dueAt: number;
  /** True once the chain had it no longer. */
  readonly gone: boolean;
  /** Hyper-parameters that do not change by themselves, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the fleet's own hotkeys there, by address. */
  readonly marks: Readonly<Record<string, HotkeyMark>>;
}

/** Key of a subnet's record. */
export function subnetKey(network: string, netuid: number): string {
  return `${network}/${String(netuid)}`;
}

/** Key of a day's record. */
export function rewardKey({ network, netuid, hotkey, day }: Omit<RewardDay, 'entries' | 'coldkey'>): string {
  return `${subnetKey(network, netuid)}/${hotkey}/${day}`;
}
