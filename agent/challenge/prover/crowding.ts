import { readFile, readdir } from 'node:fs/promises';
import { HeadframeError } from '../../../common/model/error.js';

/** What the kernel counts of this process's threads, from their start. Milliseconds, added over all of them. */
export interface ThreadTimes {
  /** On a processor. */
  readonly ranMs: number;
  /** Ready to run, with no processor to run on. */
  readonly waitedMs: number;
}

/** Work that is near its end comes too late once it is on its way. */
const NEAR_END = 0.95;
const TASKS = '/proc/self/task';

/** The threads that there are now; undefined where the kernel counts nothing of them. */
export async function readThreads(folder: string = TASKS): Promise<ThreadTimes | undefined> {
  const names = await readdir(folder).catch(() => []);
  // https://docs.kernel.org/scheduler/sched-stats.html: run and waited in nanoseconds, then the number of turns.
  const texts = await Promise.all(
    names.map((name) => readFile(`${folder}/${name}/schedstat`, 'latin1').catch(() => '')),
  );
  const counts = texts.map((text) => text.trim().split(' ').map(Number));
  const sum = (at: number): number => counts.reduce((total, count) => total + (count[at] ?? 0), 0) / 1e6;
  const found = { ranMs: sum(0), waitedMs: sum(1) };
  return found.ranMs > 0 ? found : undefined;
}

/** What was counted between two readings; undefined where one of them is missing. Pure. */
export function threadsSince(before: ThreadTimes | undefined, now: ThreadTimes | undefined): ThreadTimes | undefined {
  if (before === undefined || now === undefined) return undefined;
  return { ranMs: now.ranMs - before.ranMs, waitedMs: now.waitedMs - before.waitedMs };
}

/** How work stands against the time it was given. */
export interface WorkView {
  /** Since it was begun. */
  readonly elapsedMs: number;
  /** By when the commit is to be there; 0 where the work is to be done however long it takes. */
  readonly withinMs: number;
  readonly threads: ThreadTimes | undefined;
  /** For which the container's own limit held threads back: no other program has that time. */
  readonly throttledMs: number;
}

/**
 * Why work is given up before anything is committed: it is late, and its threads waited for others to leave the processors for
 * longer than they ran, so that what was reserved for it was not free. Undefined where it goes on: a host that is slow
 * by itself is late. Pure.
 */
export function crowdedOut({ elapsedMs, withinMs, threads, throttledMs }: WorkView): HeadframeError | undefined {
  if (withinMs === 0 || elapsedMs < NEAR_END * withinMs || threads === undefined) return undefined;
  const waitedMs = threads.waitedMs - throttledMs;
  if (waitedMs <= threads.ranMs) return undefined;
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'challenge_host_loaded',
    message: `its threads ran for ${seconds(threads.ranMs)} and waited ${seconds(waitedMs)} for a processor, in ${seconds(elapsedMs)}`,
    remedy: 'See what else runs on the host, and have the agent claim less CPU.',
  });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
