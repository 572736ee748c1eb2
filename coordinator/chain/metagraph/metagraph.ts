import type { HyperParameter } from '../network/readers/subnets.js';
import type { Head } from '../port.js';
import type { Epochs } from './epochs.js';
import type { Pool } from './pool.js';

/** Where a neuron says that it can be reached. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  /** Block at which it said so. */
  readonly block: number | undefined;
}

/** A place in a subnet. What the chain does not have is undefined, never 0. Amounts are in the smallest unit. */
export interface Neuron {
  readonly uid: number;
  /** SS58. */
  readonly hotkey: string;
  readonly coldkey: string;
  readonly registeredAt: number | undefined;
  readonly active: boolean | undefined;
  readonly validatorPermit: boolean | undefined;
  /** These are parts of 65,535. */
  readonly incentive: number | undefined;
  readonly dividends: number | undefined;
  readonly consensus: number | undefined;
  readonly trust: number | undefined;
  readonly validatorTrust: number | undefined;
  readonly rank: number | undefined;
  readonly pruningScore: number | undefined;
  /** Of the last epoch, in the token of the subnet. */
  readonly emission: bigint | undefined;
  /** All that is staked on the hotkey, in the token of the subnet; in the base token where stake is not by subnet. */
  readonly stake: bigint | undefined;
  /** What its owner's part of that is computed of, where stake is by shares. */
  readonly holding: Holding | undefined;
  /** Block of its last weights. */
  readonly lastUpdate: number | undefined;
  readonly endpoint: Endpoint | undefined;
}

/** An owner's shares of what a hotkey has in a subnet, as raw numbers of one kind. */
export interface Holding {
  readonly total: bigint;
  readonly shares: bigint;
  readonly share: bigint;
}

/** All of a subnet at one block. */
export interface Metagraph {
  readonly network: string;
  readonly netuid: number;
  readonly block: Head;
  readonly tempo: number | undefined;
  readonly epochs: Epochs;
  /** By its own counter the runtime steps in every block, whatever its tempo says: rehearsal builds do. */
  readonly stepsEachBlock: boolean;
  /** What the token of the subnet is exchanged in; undefined where there is no such token, or nothing in the pool. */
  readonly pool: Pool;
  readonly parameters: readonly HyperParameter[];
  /** By uid. */
  readonly neurons: readonly Neuron[];
}
