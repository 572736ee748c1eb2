import { requireDue } from './judge-registration.js';
import type { ChainWeights } from './operation.js';
import { commitRevealWanted, noPermit, notRegistered, tooManyCommits, weightsInvalid } from './refusals.js';
import type { Place } from './refusals.js';
import { revealWindow } from './reveal-window.js';
import type { RevealTerms } from './reveal-window.js';

/** What a subnet goes by when a validator sets weights. What the chain does not have is undefined. */
export interface WeightsTerms {
  readonly best: number;
  readonly uid: number | undefined;
  readonly neurons: number;
  readonly permit: boolean | undefined;
  /** Block of the last weights, or of the registration. */
  readonly lastUpdate: number | undefined;
  readonly rateLimit: number | undefined;
  /** Whether weights are hidden at first, and whether by a hash that a second call reveals. */
  readonly commitReveal: 'off' | 'plain' | 'other';
  /** What tells when commits are revealed. */
  readonly reveal: RevealTerms | undefined;
  /** Of the hotkey, not revealed yet, the oldest first. */
  readonly commits: readonly WeightsCommit[];
  readonly versionKey: bigint;
  /** Fewest uids. */
  readonly fewest: number | undefined;
  /** The largest part of all that one uid may get, of 65535. */
  readonly largestPart: number | undefined;
}

/** A commit that the chain keeps. */
export interface WeightsCommit {
  /** Hex with 0x. */
  readonly hash: string;
  readonly block: number;
}

const WHOLE = 65_535;
/** https://github.com/opentensor/subtensor, `TooManyUnrevealedCommits`. */
const MOST_COMMITS = 10;

/**
 * Lets weights pass that the chain would take now, to be set or to be committed. Throws `HeadframeError`:
 * 'hotkey_not_registered', 'commit_reveal_required', 'no_validator_permit', 'weights_invalid', 'too_soon', 'too_many_commits'.
 * Pure.
 */
export function judgeWeights(terms: WeightsTerms, weights: ChainWeights, place: Place): void {
  const { uid, best, lastUpdate, rateLimit } = terms;
  if (uid === undefined) throw notRegistered(place);
  if (terms.commitReveal === 'other') throw commitRevealWanted(place);
  const ofSelf = weights.uids.length === 1 && weights.uids[0] === uid;
  if (terms.permit === false && !ofSelf) throw noPermit(place);
  requireFitting(terms, weights, ofSelf);
  if (lastUpdate !== undefined && rateLimit !== undefined)
    requireDue('weights were set of late', lastUpdate + rateLimit, best);
  if (terms.commitReveal === 'plain') requireRoom(terms, place);
}

/** The chain drops those that have expired by itself. */
function requireRoom({ best, commits, reveal }: WeightsTerms, place: Place): void {
  if (reveal === undefined) return;
  const ends = commits.map(({ block }) => revealWindow(reveal, block).until).filter((until) => until > best);
  if (ends.length >= MOST_COMMITS) throw tooManyCommits(place, Math.min(...ends) + 1);
}

function requireFitting(
  { neurons, fewest, largestPart = WHOLE }: WeightsTerms,
  { uids, values }: ChainWeights,
  ofSelf: boolean,
): void {
  const stranger = uids.find((uid) => uid >= neurons);
  if (stranger !== undefined)
    throw weightsInvalid(`weights.${String(stranger)}`, String(stranger), `a uid below ${String(neurons)}`);
  if (ofSelf) return;
  if (fewest !== undefined && uids.length < fewest)
    throw weightsInvalid('weights', String(uids.length), `of ${String(fewest)} uids at least, none of them nothing`);
  const all = values.reduce((sum, value) => sum + value, 0);
  const at = values.findIndex((value) => value * WHOLE > largestPart * all);
  if (at >= 0)
    throw weightsInvalid(
      `weights.${String(uids[at])}`,
      String(values[at]),
      `at most ${String(largestPart)} of 65535 of all weights`,
      'Give more to others: the subnet caps what one may get.',
    );
}
