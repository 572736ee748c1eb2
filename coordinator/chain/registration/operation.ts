/** Where validators and others reach a miner. */
export interface Endpoint {
  /** An IPv4 or IPv6 address, not a name. */
  readonly ip: string;
  readonly port: number;
}

/** Weights as a chain takes them: a value for each uid, both 0 to 65535, by uid. */
export interface ChainWeights {
  readonly uids: readonly number[];
  readonly values: readonly number[];
}

/** What a hash stands for until it is revealed. */
export interface HiddenWeights {
  readonly weights: ChainWeights;
  readonly versionKey: bigint;
  /** Numbers of 0 to 65535 that nobody could guess. */
  readonly salt: readonly number[];
}

/** What is to be done about subnets and hotkeys in them. Amounts in the base token's smallest unit; hotkeys as SS58. */
export type RegistrationOperation =
  | { readonly kind: 'create_subnet'; readonly hotkey: string }
  /** At no higher price than `highest`, where the chain can be held to it. */
  | { readonly kind: 'register'; readonly netuid: number; readonly hotkey: string; readonly highest: bigint }
  | { readonly kind: 'serve'; readonly netuid: number; readonly endpoint: Endpoint; readonly version: number }
  | {
      readonly kind: 'set_weights';
      readonly netuid: number;
      readonly weights: ChainWeights;
      readonly versionKey: bigint;
    }
  | { readonly kind: 'commit_weights'; readonly netuid: number; readonly hash: string }
  | ({ readonly kind: 'reveal_weights'; readonly netuid: number } & HiddenWeights);
