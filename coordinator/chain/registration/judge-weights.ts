import { requireDue } from './judge-registration.js';
import type { ChainWeights } from './operation.js';
import { commitRevealWanted, noPermit, notRegistered, weightsInvalid } from './refusals.js';
import type { Place } from './refusals.js';

/** What a subnet goes by when a validator sets weights. What the chain does not have is undefined. */
export interface WeightsTerms {
  readonly best: number;
  readonly uid: number | undefined;
  readonly neurons: number;
  readonly permit: boolean | undefined;
  /** Block of the last weights, or of the registration. */
  readonly lastUpdate: number | undefined;
  readonly rateLimit: number | undefined;
  readonly commitReveal: boolean;
  readonly versionKey: bigint;
  /** Fewest uids. */
  readonly fewest: number | undefined;
  /** The largest part of all that one uid may get, of 65535. */
  readonly largestPart: number | undefined;
}

const WHOLE = 65_535;

/**
 * Lets weights pass that the chain would take now. Throws `HeadframeError`: 'hotkey_not_registered', 'commit_reveal_required',
 * 'no_validator_permit', 'weights_invalid', 'too_soon'. Pure.
 */
export function judgeWeights(terms: WeightsTerms, weights: ChainWeights, place: Place): void {
  const { uid, best, lastUpdate, rateLimit } = terms;
  if (uid === undefined) throw notRegistered(place);
  if (terms.commitReveal) throw commitRevealWanted(place, 'the owner of the subnet turned commit-reveal on');
  const ofSelf = weights.uids.length === 1 && weights.uids[0] === uid;
  if (terms.permit === false && !ofSelf) throw noPermit(place);
  requireFitting(terms, weights, ofSelf);
  if (lastUpdate !== undefined && rateLimit !== undefined)
    requireDue('weights were set of late', lastUpdate + rateLimit, best);
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
