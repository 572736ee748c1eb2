import type { IntentRecord, SignedCall } from '../../../common/model/intent.js';
import type { LaneParts } from './lane-parts.js';
import type { Heads, Ledger, Nonces } from './ports.js';
import { signCall } from './sign-call.js';
import { failureOf } from './failure.js';
import { needsSearch, settle } from './settle.js';
import type { Settlement } from './settle.js';

/** A chain at one moment, for one key. */
export interface ChainMoment {
  readonly ledger: Ledger;
  readonly heads: Heads;
  readonly nonces: Nonces;
  /** The next nonce as the chain says it, read once: the calls signed since are held. */
  readonly nextNonce: () => Promise<number>;
  /** Fees of calls alike, so that many at once are not estimated one by one. */
  readonly fees: Map<string, bigint>;
}

/** What came of a step; while it is open, nothing new is signed by the key. */
export interface StepWhy {
  readonly open: boolean;
  readonly text: string;
}

type SignedIntent = IntentRecord & { readonly signed: SignedCall };

/** Carries out what `settle` finds about signed calls. */
export class Settler {
  readonly #parts: Pick<LaneParts, 'journal' | 'clock' | 'signerOf' | 'options'>;
  /** When this process last handed an intent's bytes to a node that took them. */
  readonly #sentAtMs = new Map<string, number>();

  constructor(parts: Pick<LaneParts, 'journal' | 'clock' | 'signerOf' | 'options'>) {
    this.#parts = parts;
  }

  /** Looks at the chain for an intent that is signed, and does what follows. Throws what the ledger and the store throw. */
  async settle(intent: IntentRecord, at: ChainMoment): Promise<StepWhy> {
    if (!isSigned(intent)) return shut('');
    const { id } = intent;
    const { journal } = this.#parts;
    const found = await judge(intent, at);
    switch (found.act) {
      case 'done':
        await journal.change(id, { state: 'finalised', signed: undefined, ...paid(found), note: noteOf(found) });
        return shut('');
      case 'fail':
        await journal.fail(id, await failureOf(found.error, intent, at.ledger, found.block.number), paid(found));
        return shut('');
      case 'in_block':
        if (intent.block?.hash !== found.block.hash)
          await journal.change(id, { state: 'in_block', block: found.block });
        return shut('in a block that is not final yet');
      case 'rebuild':
        await journal.change(id, { state: 'journalled', signed: undefined, block: undefined, note: found.why });
        this.#sentAtMs.delete(id);
        return shut(`it is signed anew: ${found.why}`);
      case 'resend':
        return this.#resend(await this.#unblocked(intent), at);
      case 'wait':
        await this.#unblocked(intent);
        return { open: true, text: WAITS[found.why] };
      case 'read_effect':
        throw new Error('the effect was read');
    }
  }

  /**
   * Hands bytes to the chain that are signed durably, unless another coordinator sees to them by now. A refusal says nothing of
   * what other nodes made of them.
   */
  async submit(id: string, bytes: string, ledger: Ledger): Promise<string | undefined> {
    this.#parts.journal.requireOpen();
    const outcome = await ledger.submit(bytes);
    if (outcome.kind === 'refused' && !IS_THERE.has(outcome.error)) return outcome.error;
    this.#sentAtMs.set(id, this.#parts.clock.monotonicMs());
    return undefined;
  }

  /** What a node was handed may be gone with it: all of it is sent once more at the next look. */
  forgetSent(): void {
    this.#sentAtMs.clear();
  }

  /** A block that held it is no longer one of the chain's. */
  async #unblocked(intent: SignedIntent): Promise<SignedIntent> {
    if (intent.state !== 'in_block') return intent;
    const after = await this.#parts.journal.change(intent.id, { state: 'signed', block: undefined });
    return { ...after, signed: intent.signed };
  }

  async #resend(intent: SignedIntent, at: ChainMoment): Promise<StepWhy> {
    const { clock, options } = this.#parts;
    const sentAtMs = this.#sentAtMs.get(intent.id);
    const due = sentAtMs === undefined || clock.monotonicMs() - sentAtMs >= options.resendAfterMs;
    if (!due) return shut('sent; it is in no block yet');
    if (intent.giveUpAtMs !== undefined && clock.nowMs() >= intent.giveUpAtMs)
      return shut('its time is over; it is not sent again, and its era runs out');
    const { signed } = await this.#tipped(intent, at);
    const error = await this.submit(intent.id, signed.bytes, at.ledger);
    return error === undefined ? shut('sent again') : { open: true, text: `sent again, and refused: ${error}` };
  }

  /** With a higher tip and the same nonce where it has waited for long and may pay one: only one of the two can be carried out. */
  async #tipped(intent: SignedIntent, { ledger, heads }: ChainMoment): Promise<SignedIntent> {
    const { signed, tip = '0', maxTip } = intent;
    const { journal, options } = this.#parts;
    const raised = nextTip(BigInt(tip), BigInt(maxTip));
    const waited = heads.best.number - (signed.death - options.eraBlocks);
    if (raised === undefined || waited < options.tipAfterBlocks || !affords(intent, raised)) return intent;
    const again = await signCall(this.#parts, intent, { ledger, heads, nonce: signed.nonce, tip: raised });
    const life = { birth: Math.min(signed.birth, again.birth), death: Math.max(signed.death, again.death) };
    const longer = { ...again, ...life, former: [...(signed.former ?? []), signed.hash] };
    const change = { signed: longer, tip: raised.toString(), attempts: intent.attempts + 1 };
    return { ...(await journal.change(intent.id, change)), signed: longer };
  }
}

/** Refusals that say that the pool has it, or had it a moment ago. */
const IS_THERE: ReadonlySet<string> = new Set(['pool.1012', 'pool.1013']);

const WAITS = {
  chain_behind: 'chain_behind: the node has not come to the block that the call was signed at',
  finality: 'finality: what the best block shows is not final yet',
  search: 'search: not every block that could hold the call could be read',
} as const;

/** The tip after this one: a sixteenth of the most, then twice as much each time; undefined at the most. */
export function nextTip(tip: bigint, most: bigint): bigint | undefined {
  if (tip >= most) return undefined;
  const raised = tip === 0n ? most / 16n : tip * 2n;
  if (raised === 0n || raised > most) return most;
  return raised;
}

function affords({ amount, fee = '0', cap }: IntentRecord, tip: bigint): boolean {
  return BigInt(amount) + BigInt(fee) + tip <= BigInt(cap);
}

async function judge(intent: SignedIntent, { ledger, heads, nonces }: ChainMoment): Promise<Settlement> {
  const { signed } = intent;
  const { best, finalized, finalizedSpec } = heads;
  const known = { best: best.number, finalized: finalized.number, finalizedSpec, nonces };
  const search = needsSearch(signed, known) ? await ledger.search(intent, heads) : undefined;
  const found = settle(signed, { ...known, search, effect: 'unread' });
  if (found.act !== 'read_effect') return found;
  const effect = intent.effect === undefined ? 'unreadable' : await ledger.effect(intent.effect);
  return settle(signed, { ...known, search, effect });
}

function paid({ block, fee }: Pick<Extract<Settlement, { readonly act: 'done' }>, 'block' | 'fee'>) {
  return { block, ...(fee === undefined ? {} : { fee: fee.toString() }) };
}

function noteOf({ block }: Extract<Settlement, { readonly act: 'done' }>): string {
  return block === undefined ? 'its effect is there, by another call' : '';
}

function isSigned(intent: IntentRecord): intent is SignedIntent {
  return intent.signed !== undefined;
}

function shut(text: string): StepWhy {
  return { open: false, text };
}
