import { HotkeyState, WeightsCommitState } from '../../../common/gen/headframe/v1/registration_service_pb.js';
import type {
  GetHotkeyStandingResponse,
  HotkeyForecast,
  Weight,
  WeightsCommit,
} from '../../../common/gen/headframe/v1/registration_service_pb.js';
import type { Cell, Tone, View } from '../output/view.js';
import { NOTHING, toned } from './cells.js';

const STATES: Readonly<Partial<Record<HotkeyState, readonly [text: string, tone: Tone]>>> = {
  [HotkeyState.REGISTERED]: ['registered', 'good'],
  [HotkeyState.DARK]: ['dark', 'bad'],
  [HotkeyState.PRUNED]: ['pruned', 'bad'],
  [HotkeyState.UNREGISTERED]: ['unregistered', 'warn'],
};
const MOST_WEIGHTS = 20;
/** A rank of which people should know. */
const NEAR = 3;

/** All of how a hotkey stands, as `hotkeys show` has it. */
export function standingView(standing: GetHotkeyStandingResponse): View {
  const { address, text, uid, registeredAtBlock, lastUpdateBlock, endpoint, endpointBlock, forecast } = standing;
  const said = (value: number | bigint | undefined): string => (value === undefined ? NOTHING : String(value));
  const facts: [string, Cell][] = [
    ['address', address],
    ['state', stateCell(standing.state)],
    ['why', text],
    ['uid', said(uid)],
    ['registered at block', said(registeredAtBlock)],
    ['weights set at block', said(lastUpdateBlock)],
    ['validator permit', permitText(standing.validatorPermit)],
    ['endpoint', endpoint === '' ? NOTHING : `${endpoint}, told at block ${String(endpointBlock)}`],
    ['at block', String(standing.block)],
  ];
  const { weightsCommit } = standing;
  return [
    { kind: 'facts', facts },
    ...(weightsCommit === undefined
      ? []
      : [{ kind: 'facts', title: 'Committed weights', facts: commitFacts(weightsCommit) } as const]),
    ...(forecast === undefined ? [] : [{ kind: 'facts', title: 'Forecast', facts: forecastFacts(forecast) } as const]),
  ];
}

/** Weights as they are sent, the first of many. */
export function weightsText(weights: readonly Weight[]): string {
  const shown = weights.slice(0, MOST_WEIGHTS).map(({ uid, value }) => `${String(uid)}: ${String(value)}`);
  const more = weights.length - shown.length;
  return `weights ${shown.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

/** When committed weights are revealed. */
export function commitText(commit: WeightsCommit): string {
  const { hash } = commit;
  return `weights are hidden${hash === '' ? '' : ` as ${hash}`}: revealed by the coordinator in ${windowText(commit)}`;
}

const COMMITS: Readonly<Partial<Record<WeightsCommitState, readonly [text: string, tone: Tone]>>> = {
  [WeightsCommitState.OPEN]: ['hidden', 'warn'],
  [WeightsCommitState.REVEALED]: ['revealed', 'good'],
  [WeightsCommitState.EXPIRED]: ['expired', 'bad'],
  [WeightsCommitState.FAILED]: ['failed', 'bad'],
};

function commitFacts(commit: WeightsCommit): [string, Cell][] {
  const { hash, state, text, committedAtBlock } = commit;
  const [word, tone] = COMMITS[state] ?? [NOTHING, 'faint'];
  return [
    ['state', toned(word, tone)],
    ['why', text === '' ? NOTHING : text],
    ['hash', hash],
    ['committed at block', committedAtBlock === undefined ? NOTHING : String(committedAtBlock)],
    ['revealed in', windowText(commit)],
  ];
}

function windowText({ revealFromBlock: from, revealUntilBlock: until }: WeightsCommit): string {
  return from === undefined || until === undefined ? NOTHING : `blocks ${String(from)} to ${String(until)}`;
}

function stateCell(state: HotkeyState): Cell {
  const [text, tone] = STATES[state] ?? [NOTHING, 'faint'];
  return toned(text, tone);
}

function permitText(permit: boolean | undefined): string {
  if (permit === undefined) return NOTHING;
  return permit ? 'yes' : 'no';
}

function forecastFacts({ immuneBlocks, rank, prunable, free, ...forecast }: HotkeyForecast): [string, Cell][] {
  const { registrationsLeft, registrationsPerDay } = forecast;
  const place =
    rank === undefined ? "never pruned: the owner's" : `${String(rank)} of ${String(prunable)}, the first goes first`;
  const left =
    registrationsLeft === undefined
      ? NOTHING
      : `after ${String(registrationsLeft)} more registrations, if nothing else changes`;
  const isNear = registrationsLeft !== undefined && registrationsLeft <= NEAR;
  return [
    ['immune for', immuneBlocks === 0n ? 'no blocks more' : `${String(immuneBlocks)} blocks`],
    ['order of pruning', place],
    ['free places', free === undefined ? NOTHING : String(free)],
    ['pruned', isNear ? toned(left, 'bad') : left],
    ['registrations in 7200 blocks', String(registrationsPerDay)],
  ];
}
