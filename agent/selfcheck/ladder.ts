/** How far and how often the ladder is climbed; all times in milliseconds. */
export interface LadderOptions {
  readonly engineSilenceMs: number;
  readonly stuckAfterMs: number;
  /** After a try this long has to pass before the next. */
  readonly settleMs: number;
  readonly instanceRestartsPerHour: number;
  /** 0 where there is no command to restart the engine. */
  readonly runtimeRestartsPerHour: number;
}

/** What was tried, newest last; times on the clock of `nowMs`. */
export interface LadderMemory {
  readonly instanceRestarts: readonly { readonly serial: number; readonly atMs: number }[];
  readonly runtimeRestarts: readonly number[];
}

/** What the checks found. Times are monotonic milliseconds. */
export interface LadderView {
  readonly nowMs: number;
  /** Since when the engine gives no answer; undefined while it does. */
  readonly engineSilentSinceMs: number | undefined;
  /** Instances about which an engine that answers gives no answer. */
  readonly stuck: readonly { readonly serial: number; readonly sinceMs: number }[];
  readonly memory: LadderMemory;
}

/** One rung of the ladder. */
export type Rung =
  | { readonly kind: 'restartInstance'; readonly serial: number }
  | { readonly kind: 'restartRuntime'; readonly because: string };

/** What to do now, and whether the host is to be marked as sick, with why. */
export interface LadderDecision {
  readonly rungs: readonly Rung[];
  readonly sick: string | undefined;
  /** The memory with this decision's rungs in it and what is too old out of it. */
  readonly memory: LadderMemory;
}

const HOUR_MS = 3_600_000;

/** Nothing was tried yet. */
export const NEW_MEMORY: LadderMemory = Object.freeze({ instanceRestarts: [], runtimeRestarts: [] });

/** Restart the miner → restart the engine → mark the host; each rung as often an hour as its cap allows. Pure. */
export function climb(view: LadderView, options: LadderOptions): LadderDecision {
  const memory = recent(view.memory, view.nowMs);
  const { engineSilentSinceMs: silentSinceMs, nowMs } = view;
  if (silentSinceMs !== undefined) {
    if (nowMs - silentSinceMs < options.engineSilenceMs) return { rungs: [], sick: undefined, memory };
    const seconds = String(Math.round((nowMs - silentSinceMs) / 1000));
    const because = `the container engine gives no answer for ${seconds} s`;
    return climbFurther({ sinceMs: silentSinceMs, because }, { nowMs, memory }, options);
  }
  return climbFromStuck({ ...view, memory }, options);
}

interface Trouble {
  readonly sinceMs: number;
  readonly because: string;
}

/** The upper rungs: the engine, then the mark, which stays until the trouble is over. */
function climbFurther(
  { sinceMs, because }: Trouble,
  { nowMs, memory }: Pick<LadderView, 'nowMs' | 'memory'>,
  options: LadderOptions,
): LadderDecision {
  const { runtimeRestarts } = memory;
  const last = runtimeRestarts.at(-1) ?? -Infinity;
  const hasTried = last >= sinceMs;
  const mayTry = runtimeRestarts.length < options.runtimeRestartsPerHour && nowMs - last >= options.settleMs;
  const sick = hasTried || !mayTry ? because : undefined;
  if (!mayTry) return { rungs: [], sick, memory };
  const next = { ...memory, runtimeRestarts: [...runtimeRestarts, nowMs] };
  return { rungs: [{ kind: 'restartRuntime', because }], sick, memory: next };
}

function climbFromStuck({ nowMs, stuck, memory }: LadderView, options: LadderOptions): LadderDecision {
  const overdue = stuck.filter(({ sinceMs }) => nowMs - sinceMs >= options.stuckAfterMs);
  const triedAtMs = (serial: number, sinceMs: number): number | undefined =>
    memory.instanceRestarts.findLast((tried) => tried.serial === serial && tried.atMs >= sinceMs)?.atMs;
  const room = options.instanceRestartsPerHour - memory.instanceRestarts.length;
  const untried = overdue.filter(({ serial, sinceMs }) => triedAtMs(serial, sinceMs) === undefined);
  const first = untried.slice(0, Math.max(0, room));
  if (first.length > 0) {
    const restarts = first.map(({ serial }) => ({ serial, atMs: nowMs }));
    const rungs = first.map(({ serial }): Rung => ({ kind: 'restartInstance', serial }));
    return {
      rungs,
      sick: undefined,
      memory: { ...memory, instanceRestarts: [...memory.instanceRestarts, ...restarts] },
    };
  }
  // Neither helped nor to be tried once more: it is not the instance.
  const lost = overdue.filter(({ serial, sinceMs }) => {
    const atMs = triedAtMs(serial, sinceMs);
    return atMs === undefined || nowMs - atMs >= options.settleMs;
  });
  if (lost.length === 0) return { rungs: [], sick: undefined, memory };
  const because = `the container engine gives no answer about ${String(lost.length)} of its containers`;
  const sinceMs = Math.min(...lost.map((one) => one.sinceMs));
  return climbFurther({ sinceMs, because }, { nowMs, memory }, options);
}

function recent({ instanceRestarts, runtimeRestarts }: LadderMemory, nowMs: number): LadderMemory {
  return {
    instanceRestarts: instanceRestarts.filter(({ atMs }) => nowMs - atMs < HOUR_MS),
    runtimeRestarts: runtimeRestarts.filter((atMs) => nowMs - atMs < HOUR_MS),
  };
}
