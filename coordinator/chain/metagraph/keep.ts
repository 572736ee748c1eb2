import { rewardKey } from '../../../common/model/reward.js';
import type { Transaction } from '../../fleet/port.js';
import { hotkeyNames } from '../wallets/index.js';
import { dayOf, withEntry } from '../rewards/days.js';
import type { Metagraph } from './metagraph.js';
import { dueAfterGone } from './plan.js';
import type { Moves } from './read-moves.js';
import { takeReading, unreadSubnet } from './take-reading.js';
import type { Earning, StakeChange } from './take-reading.js';

/** Changes of one reading that are told at most. */
const MOST_CHANGES = 30;

/** What was read, and for whom. */
interface Kept {
  readonly now: Metagraph;
  /** What was staked and taken since the reading before, where that was read. */
  readonly moves: Moves | undefined;
  /** Addresses of the fleet's own. */
  readonly hotkeys: ReadonlySet<string>;
}

/** Keeps what a reading of a subnet means, rewards and the mark for the next reading together: none counts twice. Answers what was earned. */
export function keepTaken(tx: Transaction, { now, moves, hotkeys }: Kept): readonly Earning[] {
  const { network, netuid } = now;
  const before = tx.subnet(network, netuid) ?? unreadSubnet(network, netuid);
  const taken = takeReading(before, now, { hotkeys, moves, atMs: tx.atMs });
  if (taken === undefined) return [];
  tx.putSubnet(taken.record);
  const day = dayOf(tx.atMs);
  for (const { hotkey, coldkey, entry } of taken.earnings) {
    const place = { network, netuid, hotkey, coldkey, day };
    tx.putReward(withEntry(tx.reward(rewardKey(place)) ?? { ...place, entries: [] }, entry));
  }
  for (const { name, before: was = 'not there', after: is = 'not there' } of taken.changes.slice(0, MOST_CHANGES)) {
    const text = `Network ${network}, subnet ${String(netuid)}: ${name} was ${was}, is ${is}.`;
    tx.event({ subject: 'fleet', id: '', reason: 'subnet_parameter_changed', text });
  }
  tellStakes(tx, now, taken.stakes);
  return taken.earnings;
}

/** To whom a miner's namespace is open, the stake of its hotkey is. */
function tellStakes(tx: Transaction, { network, netuid, block }: Metagraph, stakes: readonly StakeChange[]): void {
  if (stakes.length === 0) return;
  const names = hotkeyNames(tx);
  const miners = new Map<string, string>(
    [...tx.miners()].flatMap(({ spec }) => {
      const chain = spec.module?.chain;
      if (chain?.network !== network || chain.netuid !== netuid) return [];
      return [[`${chain.wallet}/${chain.hotkey}`, spec.name] as const];
    }),
  );
  for (const { hotkey, before, after } of stakes.slice(0, MOST_CHANGES)) {
    const name = names.get(hotkey) ?? hotkey;
    const where = `Network ${network}, subnet ${String(netuid)}, block ${String(block.number)}`;
    const text = `${where}: ${after} are staked on ${name}, and were ${before}, in the smallest unit.`;
    const miner = miners.get(name);
    const subject =
      miner === undefined ? ({ subject: 'fleet', id: '' } as const) : ({ subject: 'miner', id: miner } as const);
    tx.event({ ...subject, reason: 'stake_changed', text });
  }
}

/** Keeps that a chain has a subnet no longer, and tells it once. */
export function keepGone(
  tx: Transaction,
  { network, netuid, block }: { readonly network: string; readonly netuid: number; readonly block: number },
): void {
  const before = tx.subnet(network, netuid) ?? unreadSubnet(network, netuid);
  tx.putSubnet({ ...before, gone: true, dueAt: dueAfterGone(block), marks: {} });
  if (before.gone) return;
  const text = `Network ${network} has no subnet ${String(netuid)}.`;
  tx.event({ subject: 'fleet', id: '', reason: 'subnet_gone', text });
}
