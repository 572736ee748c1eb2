import { isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { Balance, Move, RebalanceScope } from './move.js';

/** How a move stands. */
export type MoveOutcome = 'planned' | 'moving' | 'moved' | 'skipped';

/** A move of a job. Times are unix milliseconds, 0 for what has not happened. */
export interface JobMove extends Move {
  readonly outcome: MoveOutcome;
  /** How it went. */
  readonly text: string;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Host of the replacement; '' before there is one, and when it is not known. */
  readonly landedOnId: string;
}

/** How fast a job may move. */
export interface RebalanceBudget {
  /** 1-10000. */
  readonly movesPerHour: number;
  /** 1-100. */
  readonly atOnce: number;
}

/** A rebalance that is being carried out, or the last one. */
export interface RebalanceJob extends RebalanceBudget {
  readonly state: 'running' | 'cancelling' | 'cancelled' | 'finished';
  readonly scope: RebalanceScope;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly moves: readonly JobMove[];
  readonly before: Balance;
}

/** Whether a move may be made now. */
export type Verdict = { readonly kind: 'go' } | { readonly kind: 'wait' | 'skip'; readonly text: string };

/** All that the next step of a job looks at. */
export interface JobView {
  readonly nowMs: number;
  /** Why nothing is to be moved now; '' when the fleet is settled. */
  readonly unsettled: string;
  readonly instance: (serial: number) => InstanceRecord | undefined;
  /** Host of a move's replacement; undefined while there is none, '' when it is somewhere. */
  readonly landedOn: (move: JobMove) => string | undefined;
  /** Why instances of a miner wait, in words; '' when none does. */
  readonly whyWaiting: (miner: string) => string;
  readonly check: (move: JobMove, underWay: number) => Verdict;
}

/** A job after one step. */
export interface Advanced {
  readonly job: RebalanceJob;
  /** Why no move is being begun; '' when one was or all are done. */
  readonly waitingFor: string;
}

const HOUR_MS = 3_600_000;
/** A replacement that has not come to run after this time in milliseconds is given up; the instance stays. */
const GIVE_UP_MS = 600_000;

/** Whether anything is left to do. */
export function isUnderWay({ state }: RebalanceJob): boolean {
  return state === 'running' || state === 'cancelling';
}

/** The next step: what is under way is judged, and at most one move is begun. */
export function advance(job: RebalanceJob, view: JobView): Advanced {
  const judged = job.moves.map((move) => (move.outcome === 'moving' ? judge(move, view) : move));
  const { moves, waitingFor } = job.state === 'running' ? begin(job, judged, view) : { moves: judged, waitingFor: '' };
  return { job: conclude({ ...job, moves }, view.nowMs), waitingFor };
}

function judge(move: JobMove, view: JobView): JobMove {
  const record = view.instance(move.serial);
  const ended = (outcome: MoveOutcome, text: string, landedOnId = ''): JobMove => ({
    ...move,
    ...{ outcome, text, landedOnId, endedAtMs: view.nowMs },
  });
  const isMoved = record === undefined || (isEnded(record.state) && record.reason === 'rebalanced');
  if (isMoved) {
    const landedOn = view.landedOn(move);
    if (landedOn === move.toId) return ended('moved', `moved to ${move.toName}`, landedOn);
    if (landedOn !== undefined) return ended('moved', `moved, but not to ${move.toName}`, landedOn);
  } else if (isEnded(record.state)) return ended('skipped', `it ended before it was moved: ${record.reason}`);
  if (view.nowMs - move.beganAtMs < GIVE_UP_MS) return move;
  const why = view.whyWaiting(move.miner);
  return ended('skipped', `no replacement came to run in time${why === '' ? '' : `: ${why}`}`);
}

function begin(
  { movesPerHour, atOnce }: RebalanceBudget,
  moves: readonly JobMove[],
  view: JobView,
): { moves: readonly JobMove[]; waitingFor: string } {
  const underWay = moves.filter(({ outcome }) => outcome === 'moving').length;
  const after = [...moves];
  for (const [at, move] of moves.entries()) {
    if (move.outcome !== 'planned') continue;
    const held = heldBack({ movesPerHour, atOnce }, moves, underWay, view);
    if (held !== '') return { moves: after, waitingFor: held };
    const verdict = view.check(move, underWay);
    if (verdict.kind === 'wait') return { moves: after, waitingFor: verdict.text };
    if (verdict.kind === 'go') {
      after[at] = { ...move, outcome: 'moving', text: 'its replacement is being made', beganAtMs: view.nowMs };
      return { moves: after, waitingFor: '' };
    }
    after[at] = { ...move, outcome: 'skipped', text: verdict.text, endedAtMs: view.nowMs };
  }
  return { moves: after, waitingFor: '' };
}

function heldBack(budget: RebalanceBudget, moves: readonly JobMove[], underWay: number, view: JobView): string {
  if (underWay >= budget.atOnce) return `${String(underWay)} under way, as many as may be at once`;
  const recent = moves.filter(({ beganAtMs }) => beganAtMs > 0 && view.nowMs - beganAtMs < HOUR_MS).length;
  if (recent >= budget.movesPerHour) return `${String(recent)} moves in the last hour, as many as may be`;
  return view.unsettled;
}

function conclude(job: RebalanceJob, nowMs: number): RebalanceJob {
  if (job.moves.some(({ outcome }) => outcome === 'moving')) return job;
  if (job.state === 'running' && job.moves.some(({ outcome }) => outcome === 'planned')) return job;
  if (!isUnderWay(job)) return job;
  const state = job.state === 'running' ? 'finished' : 'cancelled';
  const moves = job.moves.map((move): JobMove =>
    move.outcome === 'planned' ? { ...move, outcome: 'skipped', text: 'cancelled' } : move,
  );
  return { ...job, state, endedAtMs: nowMs, moves };
}
