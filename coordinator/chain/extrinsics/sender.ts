import { toHeadframeError } from '../../../common/model/error.js';
import type { IntentRecord, JsonValue } from '../../../common/model/intent.js';
import { failureOf } from './failure.js';
import type { LaneParts } from './lane-parts.js';
import { chargesOf, refusalOf } from './charges.js';
import { freeNonce } from './nonce.js';
import { retryClass } from './retry-class.js';
import type { ChainMoment, Settler, StepWhy } from './settler.js';
import { nextTip } from './settler.js';
import { signCall } from './sign-call.js';

const NONCE_USED = 'pool.stale';
const ATTEMPTS_SPENT = 'intent.attempts_spent';
const OWN_REFUSALS: ReadonlySet<string> = new Set(['call_unknown', 'call_invalid', 'proxy_missing']);

/** Begins intents: looks for the effect, at the price and the balance, signs, writes that down, and sends. */
export class Sender {
  readonly #parts: LaneParts;
  readonly #settler: Settler;

  constructor(parts: LaneParts, settler: Settler) {
    this.#parts = parts;
    this.#settler = settler;
  }

  /** Signs and sends an intent that is journalled. Throws what the ledger, the signer and the store throw. */
  async send(intent: IntentRecord, at: ChainMoment): Promise<StepWhy> {
    const { journal, options, clock } = this.#parts;
    const { id } = intent;
    if (intent.giveUpAtMs !== undefined && clock.nowMs() >= intent.giveUpAtMs) {
      await journal.change(id, { state: 'abandoned', note: 'its time was over before it could be sent' });
      return done('');
    }
    const flying = journal.unfinished(intent.network, intent.signer).filter(({ signed }) => signed !== undefined);
    if (flying.length >= options.mostInFlight) return open('others of the same key are on their way');
    const { best, finalized } = at.heads;
    if (best.number - finalized.number > options.eraBlocks / 2) return open('finality: the chain does not finalise');
    const effect = intent.effect === undefined ? 'absent' : await at.ledger.effect(intent.effect);
    if (effect === 'pending') return open('finality: its effect shows, but is not final yet');
    if (effect === 'present') {
      await journal.change(id, { state: 'finalised', note: 'its effect was there before it was sent' });
      return done('');
    }
    const price = await this.#priceOf(intent, at);
    if (typeof price === 'string') {
      await journal.fail(id, await failureOf(price, intent, at.ledger, best.number));
      return done('');
    }
    const held = flying.flatMap(({ signed }) => signed?.nonce ?? []);
    const chainNext = Math.max(await at.nextNonce(), at.nonces.finalized);
    return this.#submit(intent, at, { nonce: freeNonce(chainNext, held), fee: price });
  }

  /** The fee, or the error that speaks against sending it. */
  async #priceOf(intent: IntentRecord, at: ChainMoment): Promise<bigint | string> {
    if (intent.attempts >= this.#parts.options.mostAttempts) return ATTEMPTS_SPENT;
    const fee = await this.#feeOf(intent, at);
    if (typeof fee === 'string') return fee;
    const refusal = refusalOf(await chargesOf(intent, fee, at.ledger));
    return refusal ?? fee;
  }

  async #feeOf(intent: IntentRecord, { ledger, fees }: ChainMoment): Promise<bigint | string> {
    const { call, real, signer } = intent;
    // What a call weighs goes by its name and length, but for calls inside.
    const alike = `${call.pallet}.${call.method} ${String(JSON.stringify(call.args).length)} ${String(real)}`;
    const known = call.args.some(isNested) ? undefined : fees.get(alike);
    if (known !== undefined) return known;
    try {
      const fee = await ledger.fee(call, real, signer);
      fees.set(alike, fee);
      return fee;
    } catch (thrown) {
      const { reason } = toHeadframeError(thrown);
      if (OWN_REFUSALS.has(reason)) return `intent.${reason}`;
      throw thrown;
    }
  }

  async #submit(
    intent: IntentRecord,
    at: ChainMoment,
    { nonce, fee }: { readonly nonce: number; readonly fee: bigint },
  ): Promise<StepWhy> {
    const { journal } = this.#parts;
    const { id } = intent;
    const tip = BigInt(intent.tip ?? 0);
    const signed = await signCall(this.#parts, intent, { ...at, nonce, tip });
    const { genesisHash } = at.heads;
    const counted = { attempts: intent.attempts + 1, fee: fee.toString(), tip: tip.toString() };
    const change = { state: 'signed', signed, genesisHash, note: '', ...counted } as const;
    const written = await journal.change(id, change);
    if (written.state !== 'signed') return done('');
    const error = await this.#settler.submit(id, signed.bytes, at.ledger);
    return error === undefined ? done('sent; it is in no block yet') : this.#refused(written, error, at);
  }

  /**
   * No node has these bytes: they were handed to one alone, and it said no. What another runtime or tip would change is begun anew;
   * the rest has failed. Only that the nonce is used may be told of these very bytes, by a relay that handed them on twice: then
   * the chain is read, as for what was never answered.
   */
  async #refused(intent: IntentRecord, error: string, { ledger, heads }: ChainMoment): Promise<StepWhy> {
    const { journal } = this.#parts;
    if (error === NONCE_USED) return open(`refused: ${error}; it is looked for in the blocks`);
    if (retryClass(error, ledger.customErrors).class !== 'rebuild') {
      await journal.fail(intent.id, await failureOf(error, intent, ledger, heads.best.number));
      return done('');
    }
    const raised = error === 'pool.1014' ? nextTip(BigInt(intent.tip ?? 0), BigInt(intent.maxTip)) : undefined;
    const tip = raised === undefined ? {} : { tip: raised.toString() };
    await journal.change(intent.id, { state: 'journalled', signed: undefined, note: error, ...tip });
    return open(`refused: ${error}; it is signed anew`);
  }
}

function isNested(argument: JsonValue): boolean {
  return typeof argument === 'object' && argument !== null;
}

function done(text: string): StepWhy {
  return { open: false, text };
}

function open(text: string): StepWhy {
  return { open: true, text };
}
