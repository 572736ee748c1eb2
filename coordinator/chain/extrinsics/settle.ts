import type { BlockPlace, SignedCall } from '../../../common/model/intent.js';
import type { CallSearch, EffectReading, FoundCall, Nonces } from './ports.js';

/** What is known of a signed call. */
export interface SettleFacts {
  readonly best: number;
  readonly finalized: number;
  readonly finalizedSpec: number;
  readonly nonces: Nonces;
  /** Undefined where `needsSearch` does not ask for it. */
  readonly search: CallSearch | undefined;
  /** `unread` until it is asked for. */
  readonly effect: EffectReading | 'unread';
}

/** Why a signed call can no longer come into a block. */
type Death = 'expired' | 'nonce_used' | 'runtime_changed';

/** What is to be done about a signed call. */
export type Settlement =
  /** Final, by this call or, without a block, by another's. */
  | { readonly act: 'done'; readonly block: BlockPlace | undefined; readonly fee: bigint | undefined }
  | {
      readonly act: 'fail';
      readonly block: BlockPlace;
      readonly error: string;
      readonly fee: bigint | undefined;
    }
  | { readonly act: 'in_block'; readonly block: BlockPlace }
  /** It can no longer come into a block, and its effect is not there: it may be signed anew. */
  | { readonly act: 'rebuild'; readonly why: Death }
  /** The same bytes once more, where that has not just been done. */
  | { readonly act: 'resend' }
  | { readonly act: 'wait'; readonly why: 'chain_behind' | 'finality' | 'search' }
  | { readonly act: 'read_effect' };

/** Error of a call that a block holds and whose events nobody has any more. */
export const OUTCOME_UNKNOWN = 'intent.outcome_unknown';

/**
 * Judges a call that was signed and perhaps sent. It is done, failed or dead only by what is finalised: a finding, or its nonce,
 * era or runtime being past and a search of every block that could hold it. Whoever signs anew only upon `rebuild` pays once.
 */
export function settle(signed: SignedCall, facts: SettleFacts): Settlement {
  const { best, finalized, nonces, search } = facts;
  if (search?.found !== undefined) return ofFound(search.found, facts.effect);
  // A node that starts over or catches up knows nothing of it yet.
  if (finalized < signed.birth) return { act: 'wait', why: 'chain_behind' };
  const dead = deathOf(signed, facts);
  if (dead !== undefined)
    return search?.complete === true ? unlessThere(facts.effect, dead) : { act: 'wait', why: 'search' };
  if (nonces.best > signed.nonce || best >= signed.death) return { act: 'wait', why: 'finality' };
  return { act: 'resend' };
}

/** Whether `settle` has to know if blocks hold the call. */
export function needsSearch(signed: SignedCall, facts: Omit<SettleFacts, 'search' | 'effect'>): boolean {
  return facts.nonces.best > signed.nonce || deathOf(signed, facts) !== undefined;
}

/**
 * Why no block to come can hold it. The nonce alone does not tell that no block before does: an account that was emptied
 * begins at 0 again.
 */
function deathOf(signed: SignedCall, facts: Omit<SettleFacts, 'search' | 'effect'>): Death | undefined {
  if (facts.nonces.finalized > signed.nonce) return 'nonce_used';
  if (facts.finalized >= signed.death) return 'expired';
  // One signed for a runtime that is not final yet is as alive as that runtime.
  return facts.finalizedSpec > signed.specVersion ? 'runtime_changed' : undefined;
}

function ofFound({ block, finalized, outcome }: FoundCall, effect: SettleFacts['effect']): Settlement {
  if (!finalized) return { act: 'in_block', block };
  switch (outcome.kind) {
    case 'success':
      return { act: 'done', block, fee: outcome.fee };
    case 'failed':
      return { act: 'fail', block, error: outcome.error, fee: outcome.fee };
    case 'unknown':
      if (effect === 'unread') return { act: 'read_effect' };
      return effect === 'present'
        ? { act: 'done', block, fee: undefined }
        : { act: 'fail', block, error: OUTCOME_UNKNOWN, fee: undefined };
  }
}

function unlessThere(effect: SettleFacts['effect'], why: Death): Settlement {
  switch (effect) {
    case 'unread':
      return { act: 'read_effect' };
    case 'present':
      return { act: 'done', block: undefined, fee: undefined };
    case 'pending':
      return { act: 'wait', why: 'finality' };
    case 'absent':
    case 'unreadable':
      return { act: 'rebuild', why };
  }
}
