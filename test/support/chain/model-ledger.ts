import { HeadframeError } from '../../../common/model/error.js';
import type { CallEffect, ChainCall, IntentRecord } from '../../../common/model/intent.js';
import { isOurs } from '../../../coordinator/chain/extrinsics/block-search.js';
import type {
  CallSearch,
  EffectReading,
  Heads,
  Ledger,
  Nonces,
  Signature,
  SigningRequest,
  Submission,
  WalletSigner,
} from '../../../coordinator/chain/extrinsics/ports.js';
import { MODEL_FEE, MODEL_FUNDS, hashOf } from './model-chain.js';
import type { ModelChain } from './model-chain.js';

/** What becomes of a call to the node: no connection; done, and no answer; or nothing is ever heard again. */
export type ModelFault = 'away' | 'lost' | 'dead';

/** Where a process stands still: before the node has done what it asks, or before it hears of that. */
export interface StopPlace {
  readonly name: string;
  readonly when: 'before' | 'after';
}

/** A payer's view of a model chain, whose calls fail as the test says. */
export class ModelLedger implements Ledger {
  readonly network = 'model';
  readonly genesisHash = 'genesis';
  readonly customErrors = '233';
  /** Faults of the calls to come, in order. */
  faults: (ModelFault | undefined)[] = [];
  /** Faults of the next call of a name. */
  readonly faultsOf = new Map<string, ModelFault>();
  /** Names of the calls so far. */
  readonly calls: string[] = [];
  /** Answers instead of the chain's own, in order. */
  readonly forgedNonces: number[] = [];
  dead = false;
  /** The kind of proxy that calls are wrapped as; it may change between two signings. */
  proxyKind = 'any';
  funds_ = MODEL_FUNDS;
  readonly #chain: ModelChain;
  readonly #listeners = new Set<() => void>();
  #stopAt: StopPlace | undefined;
  #standstill: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(chain: ModelChain) {
    this.#chain = chain;
  }

  /** Its process stands still from the next call on, or from the next one of a name, before or after the node has done that. */
  stop(place?: StopPlace): void {
    if (place !== undefined) {
      this.#stopAt = place;
      return;
    }
    if (this.#standstill !== undefined) return;
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#standstill = { over, end };
  }

  /** Its process goes on, where it stood. */
  wake(): void {
    this.#stopAt = undefined;
    this.#standstill?.end();
    this.#standstill = undefined;
  }

  heads(): Promise<Heads> {
    return this.#call('heads', () => {
      const { best, finalized } = this.#chain;
      return { genesisHash: 'genesis', best, finalized, finalizedSpec: finalized.spec };
    });
  }

  nonces(address: string, { best, finalized }: Heads): Promise<Nonces> {
    return this.#call('nonces', () => ({
      best: this.#chain.nonce(address, best.number),
      finalized: this.#chain.nonce(address, finalized.number),
    }));
  }

  nextNonce(address: string): Promise<number> {
    return this.#call('nextNonce', () => this.forgedNonces.shift() ?? this.#chain.nonce(address));
  }

  search({ signer, signed }: Pick<IntentRecord, 'signer' | 'signed'>, { finalized }: Heads): Promise<CallSearch> {
    return this.#call('search', () => {
      const one = this.#chain.extrinsics().find(({ parsed, bytes }) => {
        const entry = { ...parsed, hash: hashOf(bytes), callHash: callHash(parsed) };
        return signed !== undefined && isOurs(entry, signer, signed);
      });
      if (one === undefined) return { found: undefined, complete: true };
      const failed = one.parsed.call.method === 'fail';
      const outcome = failed
        ? ({ kind: 'failed', error: 'model.NotEnoughBalanceToStake', fee: MODEL_FEE } as const)
        : ({ kind: 'success', fee: MODEL_FEE } as const);
      const { number, hash } = one.block;
      return { found: { block: { number, hash }, finalized: number <= finalized.number, outcome }, complete: true };
    });
  }

  /** The keys of an effect are its call. */
  effect({ keys }: CallEffect): Promise<EffectReading> {
    return this.#call('effect', () => {
      const call = { pallet: 'model', method: 'buy', args: [...keys] };
      if (this.#chain.times(call, this.#chain.finalized.number) > 0) return 'present';
      return this.#chain.times(call) > 0 ? 'pending' : 'absent';
    });
  }

  funds(): Promise<bigint> {
    return this.#call('funds', () => this.funds_);
  }

  fee(): Promise<bigint> {
    return this.#call('fee', () => MODEL_FEE);
  }

  sign(signer: WalletSigner, { call, nonce, tip, birth, period }: SigningRequest): Promise<Signature> {
    return this.#call('sign', () => {
      const spec = this.#chain.best.spec;
      const at = { number: birth.number, hash: birth.hash };
      const { proxyKind } = this;
      const bytes = JSON.stringify({
        signer: signer.address,
        nonce,
        call,
        proxyKind,
        tip: tip.toString(),
        birth: at,
        period,
        spec,
      });
      return { hash: hashOf(bytes), bytes, callHash: callHash({ call, proxyKind }), specVersion: spec };
    });
  }

  submit(bytes: string): Promise<Submission> {
    return this.#call('submit', () => {
      const error = this.#chain.refusalOf(bytes);
      return error === undefined ? { kind: 'taken' } : { kind: 'refused', error };
    });
  }

  async blockToAsk(): Promise<number> {
    return this.#chain.best.number + 1;
  }

  onHead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells of a new head. */
  tellHead(): void {
    if (!this.dead) for (const listener of this.#listeners) listener();
  }

  #standstillAt(name: string, when: StopPlace['when']): Promise<void> | undefined {
    if (this.#stopAt?.name === name && this.#stopAt.when === when) this.stop();
    return this.#standstill?.over;
  }

  async #call<T>(name: string, answer: () => T): Promise<T> {
    const standstill = this.#standstillAt(name, 'before');
    if (standstill !== undefined) await standstill;
    this.calls.push(name);
    const fault = this.faultsOf.get(name) ?? this.faults.shift();
    this.faultsOf.delete(name);
    if (this.dead || fault === 'away') return this.dead ? new Promise(() => undefined) : Promise.reject(away());
    const value = answer();
    if (fault === 'dead') {
      this.dead = true;
      return new Promise(() => undefined);
    }
    const halt = this.#standstillAt(name, 'after');
    if (halt !== undefined) await halt;
    return fault === 'lost' ? Promise.reject(away()) : value;
  }
}

function callHash({ call, proxyKind }: { readonly call: ChainCall; readonly proxyKind: string }): string {
  return hashOf(JSON.stringify([call, proxyKind]));
}

function away(): HeadframeError {
  return new HeadframeError({ code: 'unavailable', reason: 'chain_away', message: 'the chain is away' });
}
