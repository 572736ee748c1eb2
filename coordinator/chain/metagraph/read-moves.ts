import type { ApiPromise } from '@polkadot/api';
import { HeadframeError } from '../../../common/model/error.js';
import { amountOf, countOf, textOf } from '../network/readers/codec.js';
import type { Chain } from '../port.js';

/** Some blocks of a subnet: those after the first, up to the second. */
export interface BlockRange {
  readonly netuid: number;
  readonly from: number;
  readonly to: number;
}

/** What was staked less what was taken, by `pairOf`, in the token of the subnet. */
export type Moves = ReadonlyMap<string, bigint>;

/** Blocks that are looked through at most: more than a tempo of runtimes that pay without saying so. */
const MOST_BLOCKS = 500;
/** Blocks asked for at a time. */
const AT_ONCE = 16;
const READ_MS = 120_000;
/** Fields of the events of stake once they tell whose it is, and how much of the subnet's token. */
const LEAST_FIELDS = 5;

interface EventRecord {
  readonly event: { readonly section: string; readonly method: string; readonly data: readonly unknown[] };
}

/** Key of who staked on whom. */
export function pairOf(coldkey: string, hotkey: string): string {
  return `${coldkey}/${hotkey}`;
}

/**
 * What was moved into and out of stake in a subnet over some final blocks, by anybody, as the events of the blocks say.
 * Undefined where nobody can tell: there are too many blocks, the node has them no longer, or events do not say whose stake
 * it was. Throws what `Chain.read` throws while the chain is away or slow.
 */
export async function readMoves(chain: Chain, { netuid, from, to }: BlockRange): Promise<Moves | undefined> {
  if (to - from > MOST_BLOCKS || (chain.capabilities?.stakeEventFields ?? 0) < LEAST_FIELDS) return undefined;
  const moves = new Map<string, bigint>();
  const take = async (api: ApiPromise, block: number): Promise<void> => {
    const at = await api.at(await api.rpc.chain.getBlockHash(block));
    // Every runtime has them, and this shape has been theirs since metadata describes types.
    const events = (await at.query['system']?.['events']?.()) as Iterable<EventRecord> | undefined;
    for (const { event } of events ?? []) addMove(moves, netuid, event);
  };
  const readAll = async (api: ApiPromise): Promise<Moves> => {
    for (let first = from + 1; first <= to; first += AT_ONCE) {
      const blocks = Array.from({ length: Math.min(AT_ONCE, to - first + 1) }, (_, place) => first + place);
      await Promise.all(blocks.map((block) => take(api, block)));
    }
    return moves;
  };
  return chain.read('events of stake', readAll, READ_MS).catch((error: unknown) => {
    // What a node has discarded it will not have again.
    if (error instanceof HeadframeError && error.reason === 'chain_failed') return undefined;
    throw error;
  });
}

/** Fields: coldkey, hotkey, base, token, netuid, and later a fee (chain's metadata; spec 218 of 2025 on). */
function addMove(moves: Map<string, bigint>, netuid: number, { section, method, data }: EventRecord['event']): void {
  if (section !== 'subtensorModule' || (method !== 'StakeAdded' && method !== 'StakeRemoved')) return;
  const [coldkey, hotkey, , token, subnet] = data;
  if (countOf(subnet) !== netuid) return;
  const pair = pairOf(textOf(coldkey) ?? '', textOf(hotkey) ?? '');
  const amount = amountOf(token) ?? 0n;
  moves.set(pair, (moves.get(pair) ?? 0n) + (method === 'StakeAdded' ? amount : -amount));
}
