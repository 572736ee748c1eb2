import type { SubnetRecord } from '../../../common/model/reward.js';
import { earnedBy, markOf } from '../rewards/earned.js';
import type { RewardEntry } from '../../../common/model/reward.js';
import type { Metagraph } from './metagraph.js';
import type { Moves } from './read-moves.js';
import { parameterChanges, settledParameters } from './parameters.js';
import type { ParameterChange } from './parameters.js';
import { dueAfter } from './plan.js';

/** What a hotkey of the fleet has earned. */
export interface Earning {
  readonly hotkey: string;
  readonly coldkey: string;
  readonly entry: RewardEntry;
}

/** What is staked on a hotkey of the fleet, in the smallest unit as a decimal text. */
export interface StakeChange {
  readonly hotkey: string;
  readonly before: string;
  readonly after: string;
}

/** What comes of a reading. */
export interface Taken {
  readonly record: SubnetRecord;
  readonly earnings: readonly Earning[];
  readonly changes: readonly ParameterChange[];
  readonly stakes: readonly StakeChange[];
}

/**
 * What a reading of a subnet means: what the fleet's hotkeys earned since the one before, which hyper-parameters somebody
 * changed, and what is kept for the next. A reading that is not of a later block than the one before means nothing:
 * undefined. Pure.
 */
export function takeReading(
  before: SubnetRecord,
  now: Metagraph,
  {
    hotkeys,
    ...read
  }: { readonly hotkeys: ReadonlySet<string>; readonly atMs: number; readonly moves: Moves | undefined },
): Taken | undefined {
  if (now.block.number <= before.block) return undefined;
  const own = now.neurons.filter(({ hotkey }) => hotkeys.has(hotkey));
  const earnings = own.flatMap((neuron): Earning[] => {
    const entry = earnedBy(neuron, now, before, read);
    return entry === undefined ? [] : [{ hotkey: neuron.hotkey, coldkey: neuron.coldkey, entry }];
  });
  const parameters = settledParameters(now.parameters);
  const lastEpoch = now.epochs.last ?? before.lastEpoch;
  const record = {
    ...{
      network: now.network,
      netuid: now.netuid,
      followed: before.followed,
      gone: false,
      atMs: read.atMs,
      parameters,
    },
    ...{ block: now.block.number, dueAt: dueAfter(now) },
    ...(lastEpoch === undefined ? {} : { lastEpoch }),
    marks: Object.fromEntries(own.map((neuron) => [neuron.hotkey, markOf(neuron)])),
  };
  const changes = before.block === 0 ? [] : parameterChanges(before.parameters, parameters);
  return { record, earnings, changes, stakes: stakeChanges(before.marks, record.marks) };
}

/** Of hotkeys that were there before: what others had, nobody has read. */
function stakeChanges(before: SubnetRecord['marks'], after: SubnetRecord['marks']): StakeChange[] {
  return Object.entries(after).flatMap(([hotkey, { stake }]) => {
    const was = before[hotkey]?.stake;
    return was === undefined || was === stake ? [] : [{ hotkey, before: was, after: stake }];
  });
}

/** A subnet before its first reading. */
export function unreadSubnet(network: string, netuid: number): SubnetRecord {
  return { network, netuid, followed: false, block: 0, atMs: 0, dueAt: 0, gone: false, parameters: {}, marks: {} };
}
