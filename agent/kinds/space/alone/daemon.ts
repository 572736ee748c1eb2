import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { askControl } from './control-socket.js';
import type { MinerStatus } from './miner-status.js';
import { runningMiner } from './presence.js';
import type { Places } from './presence.js';

/** A miner that is to go on in the background. */
export interface DaemonRequest {
  /** File of settings, absolute. */
  readonly file: string;
  readonly logFile: string;
  readonly places: Places;
}

const LOOK_EVERY_MS = 100;
/** A start reads the headers of all plots. */
const START_TIMEOUT_MS = 120_000;
const TAIL_BYTES = 2048;

/** What may have been said of a start before this one is not its own. */
interface Child {
  readonly pid: number;
  readonly hasEnded: () => boolean;
}

/**
 * Starts this same program in the background and gives its process id once it answers. Throws `HeadframeError` ('space_start_failed') with the end
 * of its log where it ends before.
 */
export async function startDaemon(request: DaemonRequest, clock: Clock, signal: AbortSignal): Promise<number> {
  const child = await spawnMiner(request);
  const deadlineMs = clock.monotonicMs() + START_TIMEOUT_MS;
  while (!(await answers(request.places, child.pid))) {
    if (child.hasEnded()) throw await failed(request.logFile, 'it ended at once');
    if (clock.monotonicMs() > deadlineMs)
      throw await failed(request.logFile, `process ${String(child.pid)} does not answer`);
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return child.pid;
}

async function spawnMiner({ file, logFile }: DaemonRequest): Promise<Child> {
  const log = await open(logFile, 'a', 0o600);
  try {
    const words = [
      ...process.execArgv,
      process.argv[1] ?? '',
      'space',
      'start',
      '--config',
      file,
      '--log-file',
      logFile,
    ];
    // What the program itself does not log, such as the end of a process without memory, goes to the same file.
    const child = spawn(process.execPath, words, { detached: true, cwd: '/', stdio: ['ignore', log.fd, log.fd] });
    await once(child, 'spawn');
    child.unref();
    return { pid: child.pid ?? 0, hasEnded: () => child.exitCode !== null || child.signalCode !== null };
  } finally {
    await log.close();
  }
}

async function answers(places: Places, pid: number): Promise<boolean> {
  if ((await runningMiner(places))?.pid !== pid) return false;
  try {
    // A miner of the same installation says it.
    return ((await askControl(places.socket, { kind: 'status' })) as MinerStatus).pid === pid;
  } catch {
    return false; // not yet
  }
}

async function failed(logFile: string, what: string): Promise<HeadframeError> {
  const lines = (await tailOf(logFile)).trim().split('\n').slice(-5);
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'space_start_failed',
    message: `the miner did not start: ${what}\n${lines.join('\n')}`,
    remedy: `See ${logFile}.`,
  });
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
