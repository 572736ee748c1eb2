import { toHeadframeError } from '../../../common/model/error.js';
import type { IntentRecord } from '../../../common/model/intent.js';
import { isLastWord } from '../../last-word.js';
import type { LaneKey, LaneParts } from './lane-parts.js';
import type { Heads, Ledger } from './ports.js';
import { Sender } from './sender.js';
import { Settler } from './settler.js';
import type { ChainMoment } from './settler.js';

/**
 * The calls of one key, in order.
 *
 * Invariants: one pass at a time; in each, what was signed is judged before anything new is signed, and nothing new is while
 * the fate of an older one is open; what was decided is durable before the next act.
 */
export class Lane {
  readonly #parts: LaneParts;
  readonly #key: LaneKey;
  readonly #whys = new Map<string, string>();
  readonly #settler: Settler;
  readonly #sender: Sender;
  #poked = true;
  #wake: () => void = () => undefined;

  constructor(parts: LaneParts, key: LaneKey) {
    this.#parts = parts;
    this.#key = key;
    this.#settler = new Settler(parts);
    this.#sender = new Sender(parts, this.#settler);
  }

  /** Has it look at once. */
  poke(): void {
    this.#poked = true;
    this.#wake();
  }

  /** What an intent of this lane waits for; '' when nothing is known. */
  whyOf(id: string): string {
    return this.#whys.get(id) ?? '';
  }

  /** Resolves when all its intents have ended, or upon the signal; rejects once nothing can be written down any more. */
  async run(signal: AbortSignal): Promise<void> {
    const { journal, options, ledgerOf } = this.#parts;
    const { network, signer } = this.#key;
    let listening: Ledger | undefined;
    let unlisten = (): void => undefined;
    try {
      while (!signal.aborted && journal.unfinished(network, signer).length > 0) {
        const ledger = ledgerOf(network);
        if (ledger !== listening) {
          unlisten();
          unlisten = ledger?.onHead(() => this.poke()) ?? ((): void => undefined);
          listening = ledger;
        }
        this.#poked = false;
        const paused = await this.#attempt(ledger);
        await this.#rest(paused ? options.retryMs : options.pollMs, paused, signal);
      }
    } finally {
      unlisten();
    }
  }

  /** Whether it is better to wait a little before the next. */
  async #attempt(ledger: Ledger | undefined): Promise<boolean> {
    try {
      await this.#pass(ledger);
      return false;
    } catch (thrown) {
      const error = toHeadframeError(thrown);
      if (isLastWord(error)) throw error;
      // The pool of a node is as mortal as the node.
      if (error.reason === 'chain_away') this.#settler.forgetSent();
      if (error.reason === 'unforeseen')
        this.#parts.logger.error({ err: thrown, ...this.#key }, 'paying failed unforeseen');
      this.#tellAll(`${error.reason}: ${error.message}`);
      return true;
    }
  }

  async #pass(ledger: Ledger | undefined): Promise<void> {
    if (ledger === undefined) {
      this.#tellAll(`network_missing: there is no network ${this.#key.network} at present`);
      return;
    }
    const heads = await ledger.heads();
    const mine = this.#mine(heads);
    const at = await momentOf(ledger, heads, this.#key.signer);
    let open = false;
    for (const intent of mine.filter(({ signed }) => signed !== undefined).sort(byNonce)) {
      const why = await this.#settler.settle(intent, at);
      this.#whys.set(intent.id, why.text);
      open ||= why.open;
    }
    if (open) return;
    for (const { id } of mine) {
      const intent = this.#parts.journal.get(id);
      if (intent?.state !== 'journalled') continue;
      const why = await this.#sender.send(intent, at);
      this.#whys.set(id, why.text);
      if (why.open) return;
    }
  }

  /** Its intents, less those that were meant for another chain. */
  #mine({ genesisHash }: Heads): IntentRecord[] {
    const { journal } = this.#parts;
    const mine = journal.unfinished(this.#key.network, this.#key.signer);
    for (const id of this.#whys.keys()) if (!mine.some((intent) => intent.id === id)) this.#whys.delete(id);
    return mine.filter((intent) => {
      if (intent.genesisHash === undefined || intent.genesisHash === genesisHash) return true;
      this.#whys.set(
        intent.id,
        `chain_other: it was meant for the chain ${intent.genesisHash}, and this is ${genesisHash}`,
      );
      return false;
    });
  }

  #tellAll(why: string): void {
    for (const { id } of this.#parts.journal.unfinished(this.#key.network, this.#key.signer)) this.#whys.set(id, why);
  }

  /** Until there is something to look at; a pause is not cut short by pokes, which heads give often. */
  #rest(ms: number, paused: boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted || (this.#poked && !paused)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      const cancel = this.#parts.clock.setTimer(done, ms);
      if (!paused) this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

async function momentOf(ledger: Ledger, heads: Heads, signer: string): Promise<ChainMoment> {
  let next: Promise<number> | undefined;
  const nextNonce = (): Promise<number> => (next ??= ledger.nextNonce(signer));
  return { ledger, heads, nonces: await ledger.nonces(signer, heads), nextNonce, fees: new Map() };
}

function byNonce(a: IntentRecord, b: IntentRecord): number {
  return (a.signed?.nonce ?? 0) - (b.signed?.nonce ?? 0);
}
