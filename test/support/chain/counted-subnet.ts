import type { ApiPromise } from '@polkadot/api';
import { detectCapabilities } from '../../../coordinator/chain/network/capabilities.js';
import type { Chain } from '../../../coordinator/chain/port.js';
import { SAMPLE_FACTS } from './facts.js';

/** Whatever a hotkey has there, as the library decodes it; undefined for nothing. */
type Item = (...keys: readonly unknown[]) => unknown;

const NO_OPTION = { isSome: false };
const number = (value: bigint | number) => ({ toBigInt: () => BigInt(value) });

/** A chain with one subnet that any hotkey may be registered in for 1, and that tells what was read of it. */
export class CountedSubnet {
  /** Names of what was asked for, in order. */
  readonly calls: string[] = [];
  /** Those that have their place there: their uids by SS58. */
  readonly uids = new Map<string, number>();
  readonly coldkey: string;
  readonly chain: Chain;

  constructor(coldkey: string, block: number) {
    this.coldkey = coldkey;
    const best = { number: block, hash: '0x' };
    const header = { number: { toNumber: () => block }, hash: { toHex: () => '0x' } };
    const api = {
      registry: { createType: (_type: string, value: string) => value },
      rpc: {
        chain: { getHeader: () => this.#asked('getHeader', header) },
        state: { getStorage: () => this.#asked('getStorage', { isSome: true }) },
      },
      at: () => Promise.resolve({ query: { subtensorModule: this.#items() } }),
    };
    this.chain = {
      ...{ network: 'net', state: 'ready', genesisHash: '0x', best, finalized: best },
      capabilities: detectCapabilities(SAMPLE_FACTS.dynamic),
      read: (_what, read) => read(api as unknown as ApiPromise), // as far as it is used
      onBest: () => () => undefined,
      onFinalized: () => () => undefined,
    };
  }

  #items() {
    const owner = { eq: (address: string) => address === this.coldkey, toString: () => this.coldkey };
    const items: Readonly<Record<string, Item>> = {
      networksAdded: () => ({ isTrue: true }),
      networkRegistrationAllowed: () => ({ isTrue: true }),
      burn: () => number(1),
      owner: () => owner,
      uids: (_netuid, hotkey) => {
        const uid = this.uids.get(String(hotkey));
        return uid === undefined ? NO_OPTION : number(uid);
      },
      axons: () => NO_OPTION,
    };
    return Object.fromEntries(Object.entries(items).map(([name, item]) => [name, this.#entry(name, item)]));
  }

  #entry(name: string, item: Item) {
    const one = (...keys: readonly unknown[]) => this.#asked(name, item(...keys));
    const multi = (all: readonly unknown[]) =>
      this.#asked(
        `${name}.multi`,
        all.map((keys) => item(...(Array.isArray(keys) ? (keys as readonly unknown[]) : [keys]))), // as the library takes them
      );
    return Object.assign(one, { multi, key: () => '0x' });
  }

  #asked<T>(name: string, answer: T): Promise<T> {
    this.calls.push(name);
    return Promise.resolve(answer);
  }
}
