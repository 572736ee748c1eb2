import type { ApiPromise } from '@polkadot/api';
import type { Chain, Head } from '../../port.js';

/** The state of a chain at one block, so that what is read together belongs together. */
export interface Snapshot {
  readonly api: ApiPromise;
  readonly at: Awaited<ReturnType<ApiPromise['at']>>;
  readonly block: Head;
}

/** Reads at the best block of now. Throws what `Chain.read` throws. */
export function readSnapshot<T>(
  chain: Chain,
  what: string,
  read: (snapshot: Snapshot) => Promise<T>,
  deadlineMs?: number,
): Promise<T> {
  return chain.read(
    what,
    async (api) => {
      const header = await api.rpc.chain.getHeader();
      const at = await api.at(header.hash);
      return read({ api, at, block: { number: header.number.toNumber(), hash: header.hash.toHex() } });
    },
    deadlineMs,
  );
}

/** Reads at the last final block, which nothing takes back. Throws what `Chain.read` throws. */
export function readFinal<T>(
  chain: Chain,
  what: string,
  read: (snapshot: Snapshot) => Promise<T>,
  deadlineMs?: number,
): Promise<T> {
  const readAt = async (api: ApiPromise): Promise<T> => {
    const hash = await api.rpc.chain.getFinalizedHead();
    const [header, at] = await Promise.all([api.rpc.chain.getHeader(hash), api.at(hash)]);
    return read({ api, at, block: { number: header.number.toNumber(), hash: hash.toHex() } });
  };
  return chain.read(what, readAt, deadlineMs);
}
