import type { Chain } from '../port.js';
import { addressOf, textOfAddress } from './endpoint-address.js';
import { judgeRegistration, judgeSubnet } from './judge-registration.js';
import type { RegistrationWish } from './judge-registration.js';
import { judgeServing } from './judge-serving.js';
import { commitHash, newSalt } from './hide-weights.js';
import { judgeWeights } from './judge-weights.js';
import { normaliseWeights } from './normalise-weights.js';
import type { ChainWeights, Endpoint, HiddenWeights, RegistrationOperation } from './operation.js';
import { readServingTerms } from './read-standing.js';
import { readRegistrationTerms, readSubnetTerms, readUids, readWeightsTerms } from './read-terms.js';
import { endpointInvalid, notOnThisChain, weightsInvalid } from './refusals.js';
import type { Place } from './refusals.js';
import { registrationCall } from './registration-call.js';
import type { RegistrationCall } from './registration-call.js';
import { revealWindow } from './reveal-window.js';
import type { RevealWindow } from './reveal-window.js';

/** A call that is to be made now, and what it costs besides its fee, in the base token's smallest unit. */
export interface PlannedCall extends RegistrationCall {
  readonly amount: bigint;
}

/** How much a validator thinks of whom: by uid, or by the hotkey's address. */
export type NamedScores = Readonly<Record<string, number>>;

/** The creation of a subnet. Throws `HeadframeError`: 'chain_lacks', 'too_soon', 'price_above_highest'; 'chain_away' and others of a chain. */
export async function planSubnet(chain: Chain, hotkey: string, highest: bigint): Promise<PlannedCall> {
  const terms = await readSubnetTerms(chain);
  return { ...callOf(chain, { kind: 'create_subnet', hotkey }), amount: judgeSubnet(terms, highest) };
}

/** The registration of a hotkey, or its uid where it is registered. Throws what `judgeRegistration` throws, and errors of the chain. */
export async function planRegistration(
  chain: Chain,
  wish: RegistrationWish,
): Promise<{ readonly uid: number } | PlannedCall> {
  const verdict = judgeRegistration(await readRegistrationTerms(chain, wish), wish);
  return 'uid' in verdict ? verdict : { ...callOf(chain, { kind: 'register', ...wish }), amount: verdict.price };
}

/** The telling of an endpoint; undefined where the chain tells it so. Throws what `judgeServing` throws, 'serving_invalid', and errors of the chain. */
export async function planServing(
  chain: Chain,
  place: Place,
  { ip, port }: Endpoint,
): Promise<PlannedCall | undefined> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw endpointInvalid('port', String(port), 'a port, 1 to 65535');
  // In one way of writing it, to compare.
  const endpoint = { ip: textOfAddress(addressOf(ip)) ?? ip, port };
  const verdict = judgeServing(await readServingTerms(chain, place), endpoint, place);
  if (verdict.same) return undefined;
  return { ...callOf(chain, { kind: 'serve', ...place, endpoint, version: verdict.version }), amount: 0n };
}

/** Weights that are set, or committed at first. */
export interface PlannedWeights extends PlannedCall {
  readonly weights: ChainWeights;
  /** What is to be revealed, the hash that is committed for it, and when as things stand; undefined where weights are set. */
  readonly hidden: (HiddenWeights & { readonly hash: string; readonly window: RevealWindow }) | undefined;
}

/**
 * The setting of weights, or their commit where the subnet wants that. Throws what `judgeWeights` and `normaliseWeights` throw,
 * and errors of the chain.
 */
export async function planWeights(
  chain: Chain,
  place: Place,
  { scores, versionKey }: { readonly scores: NamedScores; readonly versionKey: bigint | undefined },
): Promise<PlannedWeights> {
  const { netuid } = place;
  const terms = await readWeightsTerms(chain, place);
  const weights = normaliseWeights(await resolved(chain, netuid, scores));
  judgeWeights(terms, weights, place);
  const what = { weights, versionKey: versionKey ?? terms.versionKey };
  if (terms.reveal === undefined)
    return { ...callOf(chain, { kind: 'set_weights', netuid, ...what }), amount: 0n, weights, hidden: undefined };
  const secret = { ...what, salt: newSalt() };
  const hash = await commitHash(chain, place, secret);
  const hidden = { ...secret, hash, window: revealWindow(terms.reveal, terms.best + 1) };
  return { ...callOf(chain, { kind: 'commit_weights', netuid, hash }), amount: 0n, weights, hidden };
}

/** The call that commits, and that which reveals. Throws `HeadframeError` (failed_precondition, 'chain_lacks'). */
export function hiddenWeightsCall(
  chain: Chain,
  operation: Extract<RegistrationOperation, { readonly kind: 'commit_weights' | 'reveal_weights' }>,
): PlannedCall {
  return { ...callOf(chain, operation), amount: 0n };
}

function callOf(chain: Chain, operation: RegistrationOperation): RegistrationCall {
  if (chain.capabilities === undefined) throw notOnThisChain(operation.kind, 'not known yet');
  return registrationCall(operation, chain.capabilities);
}

async function resolved(chain: Chain, netuid: number, scores: NamedScores) {
  const names = Object.keys(scores);
  const hotkeys = names.filter((name) => !isUid(name));
  const uids = hotkeys.length === 0 ? [] : await readUids(chain, netuid, hotkeys);
  const uidOf = new Map(hotkeys.map((hotkey, at) => [hotkey, uids[at]]));
  return names.map((name) => {
    const uid = isUid(name) ? Number(name) : uidOf.get(name);
    if (uid === undefined)
      throw weightsInvalid(`weights.${name}`, name, `a hotkey that is registered in subnet ${String(netuid)}`);
    return { uid, score: scores[name] ?? 0 };
  });
}

function isUid(name: string): boolean {
  return /^\d{1,5}$/.test(name);
}
