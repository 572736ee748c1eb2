/** States of an intent, in the order it goes through them; a reorg takes `in_block` back to `signed`. */
export const INTENT_STATES = ['journalled', 'signed', 'in_block', 'finalised', 'failed', 'abandoned'] as const;

/** One of `INTENT_STATES`. */
export type IntentState = (typeof INTENT_STATES)[number];

/** What is to be done about an error of a chain (docs/networks.md, "Paying calls"). */
export const RETRY_CLASSES = [
  'already_done',
  'wait_block',
  'wait_poll',
  'requote',
  'rebuild',
  'money',
  'amount',
  'pruned',
  'switch_path',
  'never',
  'security_stop',
  'unknown',
] as const;

/** One of `RETRY_CLASSES`. */
export type RetryClass = (typeof RETRY_CLASSES)[number];

/** An amount in the chain's smallest unit as a decimal text, which is how records hold a bigint. */
export type Planck = string;

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A call of a chain by its names in the API, such as `subtensorModule.burnedRegister`; large numbers are decimal texts. */
export interface ChainCall {
  readonly pallet: string;
  readonly method: string;
  readonly args: readonly JsonValue[];
}

/** Where on the chain it shows that a call has had its effect, whoever made it. */
export interface CallEffect {
  readonly pallet: string;
  readonly item: string;
  readonly keys: readonly JsonValue[];
  /** The item is there; or it is this value, as the API writes it in JSON. */
  readonly is: 'present' | { readonly value: JsonValue };
}

/** A signed extrinsic, which may or may not have been sent. */
export interface SignedCall {
  /** Hex with 0x, like all hashes here. */
  readonly hash: string;
  /** The extrinsic itself, hex: sent again as it is, it cannot be carried out twice. */
  readonly bytes: string;
  /** Hashes of what was signed with this nonce before, with lower tips: a block may hold one of those instead. */
  readonly former?: readonly string[];
  /** Of the call inside. */
  readonly callHash: string;
  readonly nonce: number;
  readonly specVersion: number;
  /** First block that could hold it, over all signings of this nonce. */
  readonly birth: number;
  /** First block that can no longer hold it. */
  readonly death: number;
}

/** A block that holds a call. */
export interface BlockPlace {
  readonly number: number;
  readonly hash: string;
}

/** Why a call failed, and what is to be done. */
export interface IntentFailure {
  /** Such as `subtensorModule.NotEnoughBalanceToStake`, `pool.payment` or `intent.cap_exceeded`. */
  readonly error: string;
  readonly class: RetryClass;
  readonly action: string;
  /** Of `wait_block`: the block from which on to ask again. */
  readonly askAtBlock?: number;
}

/** A paying or publishing call, journalled before anything is done about it. Times are unix milliseconds. */
export interface IntentRecord {
  readonly id: string;
  /** Of its author: a second request with it is the same intent. */
  readonly key: string;
  readonly network: string;
  /** Of the chain it was first meant for; undefined until that was reached. */
  readonly genesisHash?: string | undefined;
  /** Who signs, by name (a wallet, or as `wallet/hotkey` a hotkey of it), and by address. */
  readonly wallet: string;
  readonly signer: string;
  /** The account in whose name a proxy signs. */
  readonly real?: string | undefined;
  readonly call: ChainCall;
  /** For people. */
  readonly purpose: string;
  /** What the call moves. */
  readonly amount: Planck;
  /** The most it may cost in all: amount, fee and tip. */
  readonly cap: Planck;
  /** The highest tip; 0 pays none. */
  readonly maxTip: Planck;
  readonly effect?: CallEffect | undefined;
  /** When it is no longer to be begun. */
  readonly giveUpAtMs?: number | undefined;
  readonly state: IntentState;
  /** Signings so far. */
  readonly attempts: number;
  /** The fee as estimated, then as paid. */
  readonly fee?: Planck | undefined;
  /** Of the last signing. */
  readonly tip?: Planck | undefined;
  /** Of the extrinsic that was signed last, kept beyond its end. */
  readonly hash?: string | undefined;
  readonly signed?: SignedCall | undefined;
  readonly block?: BlockPlace | undefined;
  readonly failure?: IntentFailure | undefined;
  /** How it ended or why it was begun anew; for people. */
  readonly note: string;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
}

/** The wallet of who signs. */
export function walletOf(signs: string): string {
  return signs.split('/', 1)[0] ?? signs;
}

/** Whether nothing will become of it any more. */
export function hasEnded({ state }: Pick<IntentRecord, 'state'>): boolean {
  return state === 'finalised' || state === 'failed' || state === 'abandoned';
}
