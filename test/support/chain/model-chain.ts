import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ChainCall } from '../../../common/model/intent.js';

/** An extrinsic of the model, whose bytes are its JSON. */
export interface ModelExtrinsic {
  readonly signer: string;
  readonly nonce: number;
  readonly call: ChainCall;
  readonly proxyKind: string;
  readonly tip: string;
  readonly birth: { readonly number: number; readonly hash: string };
  readonly period: number;
  readonly spec: number;
}

interface ModelBlock {
  readonly number: number;
  readonly hash: string;
  readonly spec: number;
  readonly extrinsics: readonly string[];
}

/** Balance of every account, which no call changes. */
export const MODEL_FUNDS = 1_000_000n;
/** Fee of every call. */
export const MODEL_FEE = 10n;

/** What a chain does with extrinsics: nonces, eras, runtimes, a pool, forks and finality. A call named `fail` fails. */
export class ModelChain {
  #blocks: ModelBlock[] = [{ number: 0, hash: 'genesis', spec: 1, extrinsics: [] }];
  #finalized = 0;
  #made = 0;
  #upgrade = false;
  pool: string[] = [];

  get best(): ModelBlock {
    const best = this.#blocks.at(-1);
    if (best === undefined) throw new Error('a chain has a block');
    return best;
  }

  get finalized(): ModelBlock {
    return this.block(this.#finalized);
  }

  block(number: number): ModelBlock {
    const block = this.#blocks[number];
    if (block === undefined) throw new Error(`there is no block ${String(number)}`);
    return block;
  }

  /** Extrinsics up to a block, in order. */
  extrinsics(
    upTo = this.best.number,
  ): { readonly block: ModelBlock; readonly bytes: string; readonly parsed: ModelExtrinsic }[] {
    return this.#blocks
      .slice(0, upTo + 1)
      .flatMap((block) => block.extrinsics.map((bytes) => ({ block, bytes, parsed: parse(bytes) })));
  }

  nonce(signer: string, upTo = this.best.number): number {
    return this.extrinsics(upTo).filter(({ parsed }) => parsed.signer === signer).length;
  }

  /** How often a call was carried out. */
  times(call: ChainCall, upTo = this.best.number): number {
    if (call.method === 'fail') return 0;
    return this.extrinsics(upTo).filter(({ parsed }) => isDeepStrictEqual(parsed.call, call)).length;
  }

  /** Makes a block of what the pool has and can be carried out. */
  mine(): void {
    const number = this.best.number + 1;
    const taken: string[] = [];
    const counts = new Map<string, number>();
    for (const bytes of [...this.pool].sort((a, b) => parse(a).nonce - parse(b).nonce)) {
      const { signer, nonce } = parse(bytes);
      const next = counts.get(signer) ?? this.nonce(signer);
      if (nonce !== next || this.deathOf(bytes) !== undefined) continue;
      counts.set(signer, next + 1);
      taken.push(bytes);
    }
    this.#made += 1;
    const spec = this.best.spec + (this.#upgrade ? 1 : 0);
    this.#upgrade = false;
    this.#blocks.push({ number, hash: `block-${String(number)}-${String(this.#made)}`, spec, extrinsics: taken });
    this.pool = this.pool.filter(
      (bytes) => parse(bytes).nonce >= this.nonce(parse(bytes).signer) && this.deathOf(bytes) === undefined,
    );
  }

  /** Finalises all blocks but the last `lag`. */
  finalize(lag = 0): void {
    this.#finalized = Math.max(this.#finalized, this.best.number - lag);
  }

  /** Takes back blocks that are not final; their extrinsics go back to the pool, or are lost. */
  reorg(depth: number, keep: boolean): void {
    const from = Math.max(this.#finalized, this.best.number - depth) + 1;
    const gone = this.#blocks.splice(from).flatMap(({ extrinsics }) => extrinsics);
    if (keep) this.pool.push(...gone);
    // Another chain takes its place, and it is longer.
    for (let made = 0; made < depth && from > 0; made += 1) this.mineEmpty();
  }

  mineEmpty(): void {
    const { pool } = this;
    this.pool = [];
    this.mine();
    this.pool = pool;
  }

  /** The next block brings another runtime. */
  upgrade(): void {
    this.#upgrade = true;
  }

  /** Somebody's wallet signs with the same key, and its extrinsic comes first. */
  foreign(signer: string): void {
    const spec = this.best.spec;
    const call = { pallet: 'model', method: 'foreign', args: [this.#made] };
    const birth = { number: this.best.number, hash: this.best.hash };
    this.pool = this.pool.filter((bytes) => parse(bytes).nonce !== this.nonce(signer));
    this.pool.push(
      JSON.stringify({ signer, nonce: this.nonce(signer), call, proxyKind: 'any', tip: '0', birth, period: 64, spec }),
    );
    this.mine();
  }

  /** What the pool says; undefined for what it takes. */
  refusalOf(bytes: string): string | undefined {
    const { signer, nonce, tip } = parse(bytes);
    if (this.pool.includes(bytes)) return 'pool.1013';
    if (nonce < this.nonce(signer)) return 'pool.stale';
    const death = this.deathOf(bytes);
    if (death !== undefined) return death;
    const rival = this.pool.find((other) => parse(other).signer === signer && parse(other).nonce === nonce);
    if (rival !== undefined && BigInt(parse(rival).tip) >= BigInt(tip)) return 'pool.1014';
    this.pool = [...this.pool.filter((other) => other !== rival), bytes];
    return undefined;
  }

  /** Why the next block cannot hold it. */
  deathOf(bytes: string): string | undefined {
    const { birth, period, spec } = parse(bytes);
    if (spec !== this.best.spec || this.#blocks[birth.number]?.hash !== birth.hash) return 'pool.badProof';
    return this.best.number + 1 >= birth.number + period ? 'pool.ancientBirthBlock' : undefined;
  }
}

/** The extrinsic that bytes of the model are. */
function parse(bytes: string): ModelExtrinsic {
  // The model alone makes them.
  return JSON.parse(bytes) as ModelExtrinsic;
}

/** A hash of the model. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
