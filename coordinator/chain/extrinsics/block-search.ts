import type { ApiPromise } from '@polkadot/api';
import type { SignedCall } from '../../../common/model/intent.js';

/** A signed extrinsic in a block. */
interface BlockEntry {
  readonly index: number;
  readonly hash: string;
  readonly signer: string;
  readonly nonce: number;
  readonly callHash: string;
}

/** Where a call was found. */
export interface CallPlace {
  readonly number: number;
  readonly hash: string;
  readonly index: number;
}

/** Blocks whose extrinsics are kept: more than calls live. */
const MOST_BLOCKS = 256;

/** Finds calls in the blocks of a chain, each of which is read once. */
export class BlockSearch {
  readonly #blocks = new Map<string, readonly BlockEntry[]>();

  /** Looks through the blocks from the call's birth to `last` or its death. Throws when one cannot be read. */
  async find(
    api: ApiPromise,
    { signer, signed }: { readonly signer: string; readonly signed: SignedCall },
    last: number,
  ): Promise<CallPlace | undefined> {
    const address = api.registry.createType('AccountId', signer).toString();
    for (let number = signed.birth; number <= Math.min(last, signed.death); number += 1) {
      const hash = (await api.rpc.chain.getBlockHash(number)).toHex();
      const entry = (await this.#entries(api, hash)).find((one) => isOurs(one, address, signed));
      if (entry !== undefined) return { number, hash, index: entry.index };
    }
    return undefined;
  }

  async #entries(api: ApiPromise, hash: string): Promise<readonly BlockEntry[]> {
    const kept = this.#blocks.get(hash);
    if (kept !== undefined) return kept;
    const { block } = await api.rpc.chain.getBlock(hash);
    const entries = block.extrinsics.flatMap((extrinsic, index) =>
      extrinsic.isSigned
        ? {
            index,
            hash: extrinsic.hash.toHex(),
            signer: extrinsic.signer.toString(),
            nonce: extrinsic.nonce.toNumber(),
            callHash: extrinsic.method.hash.toHex(),
          }
        : [],
    );
    this.#blocks.set(hash, entries);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MOST_BLOCKS) break;
      this.#blocks.delete(oldest);
    }
    return entries;
  }
}

/**
 * The same bytes, or others of ours with the same nonce; or the same call with that nonce, as one of another coordinator is. What
 * is inside a proxy's call may be wrapped otherwise each time it is signed, so that the call alone does not tell our own.
 */
export function isOurs(entry: Omit<BlockEntry, 'index'>, address: string, signed: SignedCall): boolean {
  if (entry.hash === signed.hash || signed.former?.includes(entry.hash) === true) return true;
  return entry.signer === address && entry.nonce === signed.nonce && entry.callHash === signed.callHash;
}
