import { HeadframeError } from '../../../common/model/error.js';
import { WAIT_TIMEOUT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { followFleet } from './follow-fleet.js';
import { Board } from './goal.js';
import type { Goal, GoalStanding } from './goal.js';
import { openProgress } from './progress.js';
import type { Progress } from './progress.js';
import { pollPreparation } from './preparation.js';

/** Miners up to which each has its own watch; more are watched by one over the whole fleet. */
const MOST_WATCHES = 20;

interface Watched {
  readonly miner: string;
  readonly board: Board;
  readonly goals: readonly Goal[];
}

/**
 * Waits until all goals are reached, with progress bars on a terminal. Throws HeadframeError: deadline_exceeded,
 * wait_timeout, with what each miner waits for; not_found or failed_precondition when a goal cannot be reached any more.
 */
export async function waitForGoals(call: Invocation, goals: readonly Goal[], timeoutMs: number): Promise<void> {
  const watched = watchesFor(goals);
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  const progress = openProgress(call);
  const cancelTimer = call.world.clock.setTimer(() => stop.abort(), timeoutMs);
  const onChange = (): void => {
    const standings = standingsOf(watched);
    progress.show(standings);
    if (standings?.every(({ reached, hopeless }) => reached || hopeless !== undefined)) stop.abort();
  };
  try {
    await runAll(call, { watched, progress, onChange, signal, stop });
  } catch (error) {
    if (!stop.signal.aborted || call.signal.aborted) throw error;
  } finally {
    cancelTimer();
    progress.close();
  }
  judge(standingsOf(watched), goals, timeoutMs);
}

interface Waiting {
  readonly watched: readonly Watched[];
  readonly progress: Progress;
  readonly onChange: () => void;
  readonly signal: AbortSignal;
  readonly stop: AbortController;
}

/** Runs all watches until one fails or the signal ends them; none outlives it. */
async function runAll(call: Invocation, { watched, progress, onChange, signal, stop }: Waiting): Promise<void> {
  const boards = watched.map(({ board }) => board);
  const runs = watched.map((one) => keepBoard(call, one, { onChange, signal }));
  if (progress.visible) runs.push(pollPreparation(call, { boards, progress, signal }));
  try {
    await Promise.all(runs);
  } finally {
    stop.abort();
    await Promise.allSettled(runs);
  }
}

async function keepBoard(
  call: Invocation,
  { miner, board }: Watched,
  { onChange, signal }: Pick<Waiting, 'onChange' | 'signal'>,
): Promise<void> {
  for await (const { restarted, response } of followFleet(call, { miner, signal })) {
    if (restarted) board.reset();
    for (const change of response.changes) board.take(change);
    board.synced ||= response.synced;
    onChange();
  }
}

function watchesFor(goals: readonly Goal[]): Watched[] {
  if (goals.length > MOST_WATCHES) return [{ miner: '', board: new Board(), goals }];
  return goals.map((goal) => ({ miner: goal.miner, board: new Board(), goals: [goal] }));
}

/** Undefined until everything has been told. */
function standingsOf(watched: readonly Watched[]): GoalStanding[] | undefined {
  if (!watched.every(({ board }) => board.synced)) return undefined;
  return watched.flatMap(({ board, goals }) => goals.map((goal) => board.standingOf(goal)));
}

function judge(standings: readonly GoalStanding[] | undefined, goals: readonly Goal[], timeoutMs: number): void {
  if (standings === undefined)
    throw timedOut(
      goals.map(({ miner }) => [miner, 'the coordinator has not told']),
      timeoutMs,
    );
  const lost = standings.find(({ hopeless }) => hopeless !== undefined);
  if (lost !== undefined) throw hopelessError(lost);
  const missing = standings.filter(({ reached }) => !reached);
  if (missing.length > 0)
    throw timedOut(
      missing.map((standing) => [standing.goal.miner, standingText(standing)]),
      timeoutMs,
    );
}

function standingText({ goal, done, total, why }: GoalStanding): string {
  return `${String(done)}/${String(total)} ${goal.wanted === 'running' ? 'run as wanted' : 'have stopped'} — ${why}`;
}

function timedOut(waiting: readonly (readonly [miner: string, text: string])[], timeoutMs: number): HeadframeError {
  const lines = waiting.map(([miner, text]) => `  ${miner}: ${text}`);
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: WAIT_TIMEOUT,
    message: [`waited ${String(timeoutMs / 1000)} s in vain for:`, ...lines].join('\n'),
    remedy: 'What was asked for goes on: wait again with headframe miners wait, or see headframe miners show.',
    metadata: Object.fromEntries(waiting),
  });
}

function hopelessError({ goal, hopeless, why }: GoalStanding): HeadframeError {
  const { miner } = goal;
  const metadata = { miner };
  const history = `See headframe miners history ${miner} and headframe miners show ${miner}.`;
  switch (hopeless ?? 'missing') {
    case 'missing':
      return new HeadframeError({
        code: 'not_found',
        reason: 'miner_not_found',
        message: `there is no miner ${miner}`,
        metadata,
      });
    case 'deleting':
      return refused('miner_deleting', `miner ${miner} is being deleted`, { metadata });
    case 'failed':
      return refused('rollout_failed', `the rollout of ${miner} failed: ${why}`, { metadata, remedy: history });
    case 'rolledBack':
      return refused('miner_rolled_back', `the rollout of ${miner} failed, and it goes back: ${why}`, {
        metadata,
        remedy: history,
      });
    case 'quarantined': {
      const remedy = `Mend what fails, then: headframe miners release ${miner}.`;
      return refused('quarantined', `miner ${miner} is given up: ${why}`, { metadata, remedy });
    }
  }
}

function refused(
  reason: string,
  message: string,
  rest: { readonly metadata: Readonly<Record<string, string>>; readonly remedy?: string },
): HeadframeError {
  return new HeadframeError({ code: 'failed_precondition', reason, message, ...rest });
}
