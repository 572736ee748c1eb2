import { openSync, readSync } from 'node:fs';

/**
 * The only source of time and timers; everything else is handed one.
 *
 * Three readings, because each lies in its own way: the wall clock jumps when somebody sets it, the monotonic
 * clock stands still while the machine sleeps, and only the boot clock does neither.
 */
export interface Clock {
  /** Wall time in milliseconds since 1970 (UTC); may jump either way. For people and records, never for leases. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never goes back, may stand still while the machine is suspended. */
  monotonicMs(): number;
  /** Milliseconds since boot, suspend counted (Linux, resolution 10 ms); the monotonic clock elsewhere. For leases. */
  bootMs(): number;
  /**
   * Calls `fn` once after `delayMs` milliseconds of the monotonic clock; the answer cancels it.
   * A timer sleeps with the machine, so whoever guards a lease looks at `bootMs` again when it fires.
   */
  setTimer(fn: () => void, delayMs: number): () => void;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

// Node turns a longer delay into 1 ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

// Two numbers of at most 20 digits, each with two more.
const UPTIME_BYTES = 64;

/** The clock of the machine this program runs on. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  bootMs: createBootClock(),
  setTimer: setSystemTimer,
  sleep: (ms, signal) => sleepByTimer(setSystemTimer, ms, signal),
};

/** Builds `sleep` out of any `setTimer`, so that every clock sleeps and aborts alike. */
export function sleepByTimer(setTimer: Clock['setTimer'], ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(abortError(signal));
    };
    const cancel = setTimer(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Reads the milliseconds since boot, suspend counted, from the text of `/proc/uptime`; undefined when it is not that. */
export function parseUptimeMs(text: string): number | undefined {
  const seconds = /^\d+(?:\.\d+)?(?= )/.exec(text)?.[0];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}

function createBootClock(): () => number {
  // One source for the life of the process: a mixture of two origins would be a clock jump.
  const readUptimeMs = process.platform === 'linux' ? openUptime() : undefined;
  if (readUptimeMs?.() === undefined) return monotonicOfProcess;
  return () => {
    const uptimeMs = readUptimeMs();
    if (uptimeMs === undefined) throw new Error('/proc/uptime could be read before and cannot be now');
    return uptimeMs;
  };
}

/** Of one origin for all threads, which `performance.now()` is not. */
function monotonicOfProcess(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/**
 * A reader that keeps the file open and takes it into the same bytes each time: who leads asks before all that it does, and
 * `readFileSync`, which takes 64 KiB for a file that tells no size, took a sixth of the time of a burst of instances.
 */
function openUptime(): (() => number | undefined) | undefined {
  const file = openedIfThere('/proc/uptime');
  if (file === undefined) return undefined;
  const bytes = Buffer.alloc(UPTIME_BYTES);
  return () => parseUptimeMs(bytes.toString('latin1', 0, readSync(file, bytes, 0, UPTIME_BYTES, 0)));
}

function openedIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined; // no /proc here: the caller falls back to the monotonic clock
  }
}

function setSystemTimer(fn: () => void, delayMs: number): () => void {
  let handle: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, LONGEST_TIMEOUT_MS);
    handle = setTimeout(() => {
      if (leftMs > stepMs) arm(leftMs - stepMs);
      else fn();
    }, stepMs);
  };
  arm(delayMs);
  return () => {
    clearTimeout(handle);
  };
}

function abortError(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
