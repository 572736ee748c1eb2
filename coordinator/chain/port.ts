import type { ApiPromise } from '@polkadot/api';

/** What a chain can do, as its metadata says. */
export interface Capabilities {
  /** `subtensor` (Bittensor), `subspace` (Commune), or neither: plain FRAME. */
  readonly kind: 'subtensor' | 'subspace' | 'frame';
  /** Stake is held by subnet, in its own token. */
  readonly dynamicTao: boolean;
  /** Stake is added and removed at a worst price, where that is asked for. */
  readonly limitedStake: boolean;
  /** Registration takes the highest price to be paid. */
  readonly cappedRegistration: boolean;
  /** How a subnet is created: by its owner's hotkey alone, or by that and the number of a mechanism. */
  readonly subnetCreation: 'hotkey' | 'mechanism' | undefined;
  /** Registration by proof of work is free and works. */
  readonly proofOfWork: boolean;
  /** Where subnets say who they are; undefined where they do not. */
  readonly identities: 'subnetIdentitiesV3' | 'subnetIdentitiesV2' | 'subnetIdentities' | undefined;
  readonly weights: 'timelocked' | 'crv3' | 'plain' | undefined;
  /** Weights are committed as a hash and revealed by a second call, in epochs that the number of a block tells. */
  readonly commitReveal: boolean;
  /** Runtime APIs answer in types, not in opaque bytes. */
  readonly typedRuntimeApi: boolean;
  /** Where the end of an epoch is read. */
  readonly epochs: 'nextEpochStartBlock' | 'lastEpochBlock' | 'modulus' | undefined;
  /** Which meaning the pool's `Custom(n)` has. */
  readonly customErrors: '218' | '233' | undefined;
  /** Fields of the event StakeAdded; 0 where there is none. */
  readonly stakeEventFields: number;
  readonly balances: boolean;
  readonly staking: boolean;
  /** How a first bond is made where the pallet Staking takes bonds: with the account that is to control it, or without. */
  readonly bonding: 'controlled' | 'own' | undefined;
  /** Bonds nominate validators, and end that. */
  readonly nominating: boolean;
  readonly proxy: boolean;
  readonly utility: boolean;
  readonly sudo: boolean;
}

/** A block by its place and hash. */
export interface Head {
  readonly number: number;
  /** Hex, with 0x. */
  readonly hash: string;
}

/** Where a connection to a chain stands. */
export type ChainState = 'connecting' | 'ready' | 'away';

/** A chain, as those use it who read from it or pay on it: one connection for the whole fleet. */
export interface Chain {
  /** Name of the network. */
  readonly network: string;
  readonly state: ChainState;
  /** Hash of the first block, hex with 0x; undefined until it was connected once. */
  readonly genesisHash: string | undefined;
  /** Undefined until it was connected once; another object after a runtime upgrade. */
  readonly capabilities: Capabilities | undefined;
  /** The best and the last finalised block that are known. */
  readonly best: Head | undefined;
  readonly finalized: Head | undefined;
  /**
   * Reads from the chain. Throws `HeadframeError`: unavailable ('chain_away') while there is no connection,
   * deadline_exceeded ('chain_slow') when no answer comes in time, internal ('chain_failed') for what the chain refuses, with
   * its own error (code, data) as the cause; resource_exhausted ('chain_busy') when too many are under way.
   *
   * The api has no subscriptions of its own (`hasSubscriptions` is false): `api.query` asks the node each time, so that no
   * cache hides the effect of a payment; calls are sent by `api.rpc.author.submitExtrinsic`, and followed by heads.
   */
  read<T>(what: string, read: (api: ApiPromise) => Promise<T>, deadlineMs?: number): Promise<T>;
  /** Told of each new best block; those missed while away are told as one, with the newest. Answers what ends it. */
  onBest(listener: (head: Head) => void): () => void;
  /** Told of each finalised block. */
  onFinalized(listener: (head: Head) => void): () => void;
}
