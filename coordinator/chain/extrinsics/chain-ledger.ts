import { isDeepStrictEqual } from 'node:util';
import type { ApiPromise } from '@polkadot/api';
import { HeadframeError } from '../../../common/model/error.js';
import type { CallEffect, ChainCall, IntentRecord } from '../../../common/model/intent.js';
import type { Chain, Head } from '../port.js';
import { BlockSearch } from './block-search.js';
import type { CallPlace } from './block-search.js';
import { buildCall } from './build-call.js';
import { outcomeOf } from './outcome.js';
import { refusalName } from './pool-error.js';
import type {
  CallOutcome,
  CallSearch,
  EffectReading,
  Heads,
  Ledger,
  Nonces,
  Signature,
  SigningRequest,
  Submission,
  WalletSigner,
} from './ports.js';
import { proxiedBy } from './proxies.js';
import { readAccount } from './read-account.js';
import { readCallEvents } from './read-events.js';
import { readWait } from './read-wait.js';
import { blockToAsk } from './wait-rules.js';
import type { WaitRule } from './wait-rules.js';

/** Which of a chain's kinds of signature it is: https://docs.rs/sp-runtime/latest/sp_runtime/enum.MultiSignature.html */
const SIGNATURES = { ed25519: 0, sr25519: 1 } as const;
/** A search reads every block that could hold a call. */
const SEARCH_MS = 60_000;

/** Of a node that is behind, or on a fork, what its blocks do not hold tells nothing of those that are final. */
const OTHER_PAST: CallSearch = { found: undefined, complete: false };

/** A payer's view of a chain over its one connection. */
export class ChainLedger implements Ledger {
  readonly #chain: Chain;
  readonly #blocks = new BlockSearch();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  get network(): string {
    return this.#chain.network;
  }

  get genesisHash(): string | undefined {
    return this.#chain.genesisHash;
  }

  get customErrors(): '218' | '233' | undefined {
    return this.#chain.capabilities?.customErrors;
  }

  heads(): Promise<Heads> {
    return this.#chain.read('the heads', async ({ rpc, genesisHash }) => {
      const finalizedHash = await rpc.chain.getFinalizedHead();
      const [finalized, best, runtime] = await Promise.all([
        rpc.chain.getHeader(finalizedHash),
        rpc.chain.getHeader(),
        rpc.state.getRuntimeVersion(finalizedHash),
      ]);
      return {
        genesisHash: genesisHash.toHex(),
        best: { number: best.number.toNumber(), hash: best.hash.toHex() },
        finalized: { number: finalized.number.toNumber(), hash: finalizedHash.toHex() },
        finalizedSpec: runtime.specVersion.toNumber(),
      };
    });
  }

  nonces(address: string, { best, finalized }: Heads): Promise<Nonces> {
    const nonceAt = async (api: ApiPromise, hash: string): Promise<number> => {
      return (await readAccount(await api.at(hash), address)).nonce;
    };
    return this.#chain.read('nonces', async (api) => {
      const final = await nonceAt(api, finalized.hash);
      return { finalized: final, best: best.hash === finalized.hash ? final : await nonceAt(api, best.hash) };
    });
  }

  nextNonce(address: string): Promise<number> {
    return this.#chain.read('the next nonce', async ({ rpc }) =>
      (await rpc.system.accountNextIndex(address)).toNumber(),
    );
  }

  async search({ signer, signed }: Pick<IntentRecord, 'signer' | 'signed'>, heads: Heads): Promise<CallSearch> {
    if (signed === undefined) return { found: undefined, complete: true };
    return this.#chain.read(
      'blocks',
      async (api) => {
        let place: CallPlace | undefined;
        try {
          if (!(await isOfItsPast(api, heads.finalized))) return OTHER_PAST;
          place = await this.#blocks.find(api, { signer, signed }, heads.best.number);
          if (!(await isOfItsPast(api, heads.finalized))) return OTHER_PAST;
        } catch (cause) {
          if (!api.isConnected) throw cause;
          return { found: undefined, complete: false };
        }
        if (place === undefined) return { found: undefined, complete: true };
        const { index, ...block } = place;
        const found = {
          block,
          finalized: block.number <= heads.finalized.number,
          outcome: await outcomeAt(api, block.hash, index),
        };
        return { found, complete: true };
      },
      SEARCH_MS,
    );
  }

  effect(effect: CallEffect): Promise<EffectReading> {
    return this.#chain.read('an effect', async (api) => {
      if (api.query[effect.pallet]?.[effect.item] === undefined) return 'unreadable';
      const final = await api.rpc.chain.getFinalizedHead();
      if (await isThere(api, effect, final.toHex())) return 'present';
      const best = (await api.rpc.chain.getHeader()).hash;
      if (best.eq(final)) return 'absent';
      return (await isThere(api, effect, best.toHex())) ? 'pending' : 'absent';
    });
  }

  funds(address: string): Promise<bigint> {
    return this.#chain.read('a balance', async (api) => (await readAccount(api, address)).spendable);
  }

  async fee(call: ChainCall, real: string | undefined, address: string): Promise<bigint> {
    return this.#refusing('a fee', async (api) => {
      const proxied = real === undefined ? undefined : await proxiedBy(api, call, { real, signer: address });
      const { partialFee } = await buildCall(api, call, proxied).paymentInfo(address);
      return partialFee.toBigInt();
    });
  }

  async sign(signer: WalletSigner, { call, real, nonce, tip, birth, period }: SigningRequest): Promise<Signature> {
    return this.#refusing('a signature', async (api) => {
      const { genesisHash, runtimeVersion, registry } = api;
      const era = registry.createType('ExtrinsicEra', { current: birth.number, period });
      const life = { era, blockHash: birth.hash, genesisHash, nonce, tip };
      const proxied = real === undefined ? undefined : await proxiedBy(api, call, { real, signer: signer.address });
      const signed = buildCall(api, call, proxied).sign(pairOf(signer), {
        ...life,
        runtimeVersion,
        signedExtensions: registry.signedExtensions,
      });
      return {
        hash: signed.hash.toHex(),
        bytes: signed.toHex(),
        callHash: signed.method.hash.toHex(),
        specVersion: runtimeVersion.specVersion.toNumber(),
      };
    });
  }

  submit(bytes: string): Promise<Submission> {
    return this.#chain.read<Submission>('a submission', ({ rpc }) =>
      rpc.author.submitExtrinsic(bytes).then(
        () => ({ kind: 'taken' }),
        (thrown: unknown) => {
          const error = refusalName(thrown);
          if (error === undefined) throw thrown;
          return { kind: 'refused', error };
        },
      ),
    );
  }

  async blockToAsk(rule: WaitRule, intent: Pick<IntentRecord, 'call' | 'signer'>, refusedAt: number): Promise<number> {
    const nothing = { since: undefined, limit: undefined };
    const read = await this.#chain.read('a limit', (api) => readWait(api, rule, intent)).catch(() => nothing);
    return blockToAsk(rule, refusedAt, read);
  }

  onHead(listener: () => void): () => void {
    const ends = [this.#chain.onBest(listener), this.#chain.onFinalized(listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Hands on what was refused here as it is, and not as a failure of the chain. */
  async #refusing<T>(what: string, read: (api: ApiPromise) => Promise<T>): Promise<T> {
    const answer = await this.#chain.read(what, (api) =>
      read(api).then(
        (value) => ({ value }),
        (thrown: unknown) => {
          if (thrown instanceof HeadframeError) return { refusal: thrown };
          throw thrown;
        },
      ),
    );
    if ('refusal' in answer) throw answer.refusal;
    return answer.value;
  }
}

/** Whether the chain that a node tells by numbers goes through a block: the heads may have been read from another node. */
async function isOfItsPast(api: ApiPromise, { number, hash }: Head): Promise<boolean> {
  return (await api.rpc.chain.getBlockHash(number)).toHex() === hash;
}

async function outcomeAt(api: ApiPromise, blockHash: string, index: number): Promise<CallOutcome> {
  try {
    return outcomeOf(await readCallEvents(api, blockHash, index));
  } catch (cause) {
    if (!api.isConnected) throw cause;
    return { kind: 'unknown' }; // a node that no longer has the state of that block
  }
}

async function isThere(api: ApiPromise, { pallet, item, keys, is }: CallEffect, hash: string): Promise<boolean> {
  const entry = (await api.at(hash)).query[pallet]?.[item];
  if (entry === undefined) return false;
  if (is !== 'present') return isDeepStrictEqual((await entry(...keys)).toJSON(), is.value);
  // An item that is not there reads as its default, which could be a value.
  const stored: unknown = await api.rpc.state.getStorage(entry.key(...keys), hash);
  return typeof stored === 'object' && stored !== null && 'isSome' in stored && stored.isSome === true;
}

/** The library's idea of a key, which signs and does nothing else. */
function pairOf(signer: WalletSigner) {
  return {
    address: signer.address,
    addressRaw: signer.publicKey,
    publicKey: signer.publicKey,
    sign: (payload: Uint8Array): Uint8Array => Uint8Array.of(SIGNATURES[signer.keyType], ...signer.sign(payload)),
  };
}
