import type { AdmissionRecord } from '../../../../common/model/admission.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { hasEnded } from '../../../../common/model/intent.js';
import type { IntentRecord } from '../../../../common/model/intent.js';
import type { ModuleChain } from '../../../../common/model/module-spec.js';
import { judgeRegistration, judgeServing } from '../../../chain/registration/index.js';
import type { Endpoint, RegistrationTerms, ServingTerms } from '../../../chain/registration/index.js';

/** What the duties of a miner on its chain go by, at one moment. */
export interface DutyView {
  readonly nowMs: number;
  readonly duties: ModuleChain;
  /** SS58. */
  readonly hotkey: string;
  readonly coldkey: string;
  readonly terms: RegistrationTerms;
  /** Undefined where none is wanted. */
  readonly stake: bigint | undefined;
  /** Undefined where the chain is to be told nothing. */
  readonly serving: ServingTerms | undefined;
  /** Where the miner runs; undefined while it does not. */
  readonly endpoint: Endpoint | undefined;
  /** Why the wallet cannot pay now. */
  readonly unpayable: { readonly reason: string; readonly text: string } | undefined;
  /** The last of each that was asked for, by whomever. */
  readonly registration: IntentRecord | undefined;
  readonly telling: IntentRecord | undefined;
  /** As judged last, for the same place; undefined at first. */
  readonly admission: AdmissionRecord | undefined;
  /** When the miner was changed last: older failures count no more. */
  readonly changedAtMs: number;
}

/** The call to be made next. */
export type DutyStep = { readonly kind: 'register' } | { readonly kind: 'serve'; readonly endpoint: Endpoint };

/** Whether a miner may run, why, and the call to be made next. */
export interface DutyPlan {
  readonly step: DutyStep | undefined;
  readonly state: AdmissionRecord['state'];
  readonly reason: string;
  readonly text: string;
}

type Why = Pick<DutyPlan, 'reason' | 'text'>;

/** After which a call is asked for again that somebody else's doing may let through, in milliseconds. */
const RETRY_MS = 600_000;

/** What is next for a miner on its chain: its place, its stake, then its endpoint. Pure. */
export function planDuties(view: DutyView): DutyPlan {
  return behind(view) ?? planInTime(view);
}

/** An endpoint that lags does not know yet of a place that was had: nothing follows from what it lacks. */
function behind({ admission, terms: { best } }: DutyView): DutyPlan | undefined {
  const { block = 0, state } = admission ?? {};
  if (state === undefined || best >= block) return undefined;
  const text = `The endpoint is at block ${String(best)}, behind ${String(block)}, which was seen before.`;
  return { step: undefined, state, reason: 'chain_behind', text };
}

function planInTime(view: DutyView): DutyPlan {
  const hadPlace = view.admission !== undefined && view.admission.state !== 'held';
  try {
    const { uid } = view.terms;
    if (uid === undefined) return planRegistration(view, hadPlace);
    if (view.terms.otherOwner !== undefined) judgeRegistration(view.terms, wishOf(view));
    const poor = stakeWhy(view);
    if (poor !== undefined && view.admission?.state !== 'admitted') return { step: undefined, state: 'held', ...poor };
    return { state: 'admitted', ...(planServing(view) ?? { step: undefined, ...(poor ?? done(uid)) }) };
  } catch (thrown) {
    return { step: undefined, state: hadPlace ? 'withdrawn' : 'held', ...refusalOf(thrown) };
  }
}

/** One that had its place keeps running while it is registered again, and stops when that cannot be. */
function planRegistration(view: DutyView, hadPlace: boolean): DutyPlan {
  const { register, netuid } = view.duties;
  const lost = { reason: 'hotkey_pruned', text: `It has lost its place in subnet ${String(netuid)}.` };
  const none = { reason: 'hotkey_unregistered', text: `It has no place in subnet ${String(netuid)}.` };
  const halted = (why: Why): DutyPlan => ({ step: undefined, state: hadPlace ? 'withdrawn' : 'held', ...why });
  if (register === undefined || (hadPlace && register.again === 'never')) return halted(hadPlace ? lost : none);
  const state = view.admission?.state ?? 'held';
  const { registration } = view;
  if (registration !== undefined && !hasEnded(registration))
    return { step: undefined, state, ...pendingWhy('registration_pending', registration) };
  const blocked = blockedBy(registration, view) ?? view.unpayable;
  if (blocked !== undefined) return halted(blocked);
  judgeRegistration(view.terms, wishOf(view));
  return { step: { kind: 'register' }, state, reason: 'registration_pending', text: 'It is being registered.' };
}

/** Undefined where nothing is to be told. */
function planServing(view: DutyView): Pick<DutyPlan, 'step' | 'reason' | 'text'> | undefined {
  const { serving, endpoint, telling, duties } = view;
  if (serving === undefined) return undefined;
  const waits = (why: Why) => ({ step: undefined, ...why });
  if (endpoint === undefined) return waits({ reason: 'serving_pending', text: 'It is told once the miner runs.' });
  try {
    const { network, netuid } = duties;
    if (judgeServing(serving, endpoint, { network, netuid, hotkey: view.hotkey }).same) return undefined;
  } catch (thrown) {
    return waits(refusalOf(thrown));
  }
  if (telling !== undefined && !hasEnded(telling)) return waits(pendingWhy('serving_pending', telling));
  const blocked = blockedBy(telling, view);
  if (blocked !== undefined) return waits(blocked);
  const text = `The chain is told ${endpoint.ip} port ${String(endpoint.port)}.`;
  return { step: { kind: 'serve', endpoint }, reason: 'serving_pending', text };
}

/** What the chain would refuse; anything else is nobody's answer. */
function refusalOf(thrown: unknown): Why {
  if (!(thrown instanceof HeadframeError)) throw thrown;
  return { reason: thrown.reason, text: thrown.message };
}

function stakeWhy({ stake, duties }: DutyView): Why | undefined {
  if (stake === undefined || stake >= BigInt(duties.leastStake)) return undefined;
  return { reason: 'stake_too_low', text: `${String(stake)} planck are staked, and ${duties.leastStake} are wanted.` };
}

/** What a call that has failed asks for before it is made again: a block, some time, or that somebody changes the miner. */
function blockedBy(intent: IntentRecord | undefined, { nowMs, terms, changedAtMs }: DutyView): Why | undefined {
  if (intent?.failure === undefined || intent.changedAtMs < changedAtMs) return undefined;
  const { error, action, askAtBlock = 0, class: kind } = intent.failure;
  const text = `${intent.purpose}: ${error}. ${action}`;
  switch (kind) {
    case 'already_done':
    case 'requote':
    case 'rebuild':
      return undefined;
    case 'wait_block':
      if (terms.best + 1 >= askAtBlock) return undefined;
      return { reason: 'too_soon', text: `${text} The block is ${String(askAtBlock)}.` };
    case 'wait_poll':
    case 'money':
    case 'amount':
    case 'pruned':
      return nowMs - intent.changedAtMs >= RETRY_MS ? undefined : { reason: 'duty_failed', text };
    case 'switch_path':
    case 'never':
    case 'security_stop':
    case 'unknown':
      return { reason: 'duty_failed', text };
  }
}

function wishOf({ duties, hotkey, coldkey }: DutyView) {
  const { network, netuid, register } = duties;
  return { network, netuid, hotkey, coldkey, highest: BigInt(register?.highestPrice ?? 0) };
}

function pendingWhy(reason: string, { id, state }: IntentRecord): Why {
  return { reason, text: `The intent ${id} is ${state}.` };
}

/** Why nothing is to be done. */
export function done(uid: number): Pick<DutyPlan, 'reason' | 'text'> {
  return { reason: 'duties_done', text: `It has its place as uid ${String(uid)}.` };
}
