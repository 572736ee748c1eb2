import { ApiPromise, WsProvider } from '@polkadot/api';
import type { ApiOptions } from '@polkadot/api/types';

/** A call that somebody signed, as a block holds it. */
export interface SignedEntry {
  /** No other entry of the chain has the same: hash of its block, and its place there. */
  readonly place: string;
  readonly signer: string;
  /** Such as `subtensorModule.addStake`. */
  readonly call: string;
  readonly args: readonly string[];
  /** Whether the call itself went well. */
  readonly wentWell: boolean;
}

/** As much as is used of the library's values, which the runtime's metadata makes. */
interface EventRecord {
  readonly phase: { readonly isApplyExtrinsic: boolean; readonly asApplyExtrinsic: { toNumber(): number } };
  readonly event: { readonly section: string; readonly method: string };
}

/** A chain as anybody sees it who has nothing of Headframe. */
export class BareApi implements AsyncDisposable {
  readonly #api: ApiPromise;

  /** By `open`. */
  constructor(api: ApiPromise) {
    this.#api = api;
  }

  static async open(url: string): Promise<BareApi> {
    // Its own types are not made for exact optional properties.
    const provider = new WsProvider(url) as unknown as NonNullable<ApiOptions['provider']>;
    return new BareApi(await ApiPromise.create({ provider, noInitWarn: true }));
  }

  /** Number of the newest block. */
  async head(): Promise<number> {
    return (await this.#api.rpc.chain.getHeader()).number.toNumber();
  }

  /** An item of storage at the head, in JSON. */
  read(pallet: string, item: string, ...keys: readonly unknown[]): Promise<unknown> {
    return readOf(this.#api.query, pallet, item, keys);
  }

  /** What one has staked on a hotkey in a subnet with a token of its own, at the end of a block: its part by its shares. */
  async stakeAt(block: number, netuid: number, hotkey: string, coldkey: string): Promise<bigint> {
    const { query } = await this.#api.at(await this.#api.rpc.chain.getBlockHash(block));
    const amount = async (item: string, ...keys: readonly unknown[]): Promise<bigint> =>
      BigInt((await readOf(query, 'subtensorModule', item, keys)) as number | string); // as the runtime has it
    const [total, share, shares] = await Promise.all([
      amount('totalHotkeyAlpha', hotkey, netuid),
      amount('alpha', hotkey, coldkey, netuid),
      amount('totalHotkeyShares', hotkey, netuid),
    ]);
    return shares === 0n ? 0n : (total * share) / shares;
  }

  /** What a block holds that was signed, in its order. */
  async signedIn(block: number): Promise<SignedEntry[]> {
    const hash = await this.#api.rpc.chain.getBlockHash(block);
    const [{ block: read }, { query }] = await Promise.all([this.#api.rpc.chain.getBlock(hash), this.#api.at(hash)]);
    if (!read.extrinsics.some(({ isSigned }) => isSigned)) return [];
    const events = (await query['system']?.['events']?.()) as unknown as Iterable<EventRecord>; // every runtime has them
    const well = [...events].flatMap(({ phase, event }) =>
      phase.isApplyExtrinsic && `${event.section}.${event.method}` === 'system.ExtrinsicSuccess'
        ? [phase.asApplyExtrinsic.toNumber()]
        : [],
    );
    return read.extrinsics.flatMap(({ isSigned, signer, method }, at) => {
      const place = `${hash.toHex()}/${String(at)}`;
      const call = `${method.section}.${method.method}`;
      const args = method.args.map(String);
      return isSigned ? [{ place, signer: signer.toString(), call, args, wentWell: well.includes(at) }] : [];
    });
  }

  /** What an account has signed, and what it has. */
  async account(address: string): Promise<{ readonly nonce: number; readonly free: bigint }> {
    const read = (await this.read('system', 'account', address)) as { nonce: number; data: { free: number | string } }; // as the runtime has it
    return { nonce: read.nonce, free: BigInt(read.data.free) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api.disconnect();
  }
}

async function readOf(
  query: ApiPromise['query'],
  pallet: string,
  item: string,
  keys: readonly unknown[],
): Promise<unknown> {
  const entry = query[pallet]?.[item];
  if (entry === undefined) throw new Error(`the chain has no ${pallet}.${item}`);
  return (await entry(...keys)).toJSON();
}
