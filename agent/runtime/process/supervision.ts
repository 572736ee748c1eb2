import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Clock } from '../../../common/model/clock.js';
import { runtimeError } from '../runtime-error.js';
import type { InstanceFolder, ProcessRun, ProcessSpec } from './instance-folder.js';
import { isRunning } from './observe.js';
import { isAlive, sendSignal } from '../../host/index.js';
import { SUPERVISOR_FILES, SUPERVISOR_SCRIPT } from './supervisor-script.js';

const STEP_MS = 20;
/** How long a supervisor may take to say that it runs. */
const START_WITHIN_MS = 10_000;
/** How long a killed group may take to be gone. */
const KILL_WITHIN_MS = 5_000;

/** Starts a supervisor that outlives the agent; the folder's traces of an earlier run are gone by now. */
export async function spawnSupervisor(
  folder: InstanceFolder,
  spec: ProcessSpec,
  command: readonly string[],
): Promise<ChildProcess> {
  // Made here, so that they are readable by the agent alone whatever the umask.
  for (const log of [SUPERVISOR_FILES.stdout, SUPERVISOR_FILES.stderr])
    await (await open(folder.file(log), 'a', 0o600)).close();
  const args = ['-c', SUPERVISOR_SCRIPT, 'sh', folder.path, ...command];
  const supervisor = spawn('/bin/sh', args, { cwd: spec.workdir, env: spec.env, detached: true, stdio: 'ignore' });
  supervisor.unref();
  return supervisor;
}

/**
 * Waits until the supervisor has started the main process.
 * @throws HeadframeError `engine_error` when it does not within 10 s
 */
export async function awaitStart(folder: InstanceFolder, clock: Clock): Promise<void> {
  if (!(await within(START_WITHIN_MS, () => folder.readRun()?.child !== undefined, clock)))
    throw runtimeError('engine_error', `instance ${String(folder.serial)} did not start in time`);
}

/**
 * Asks the group to end, and kills it after the grace. Nothing to stop is no error.
 * @throws HeadframeError `engine_error` when it cannot be killed; the signal's reason when the caller gives up the grace
 */
export async function stopRun(
  folder: InstanceFolder,
  graceMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const run = folder.readRun();
  if (run === undefined || !isRunning(run)) return;
  const hasEnded = (): boolean => !isRunning(folder.readRun() ?? run);
  if (graceMs > 0) {
    signalGroup(run, 'SIGTERM');
    if (await within(graceMs, hasEnded, clock, signal)) return;
  }
  // The main process alone first: its supervisor notes the exit code and takes the others along.
  if (run.child !== undefined && isAlive(run.child)) sendSignal(run.child.pid, 'SIGKILL');
  if (await within(KILL_WITHIN_MS, hasEnded, clock)) return;
  signalGroup(run, 'SIGKILL');
  if (!(await within(KILL_WITHIN_MS, hasEnded, clock)))
    throw runtimeError('engine_error', `instance ${String(folder.serial)} cannot be killed`);
}

/** The group bears the supervisor's number for as long as any of it lives. */
function signalGroup(run: ProcessRun, signal: NodeJS.Signals): void {
  if (isRunning(run)) sendSignal(-run.supervisor.pid, signal);
}

/** Whether it came true in time; a caller's abort rejects. */
async function within(timeMs: number, isTrue: () => boolean, clock: Clock, signal = NEVER): Promise<boolean> {
  const endMs = clock.monotonicMs() + timeMs;
  while (!isTrue()) {
    if (clock.monotonicMs() >= endMs) return false;
    await clock.sleep(STEP_MS, signal);
  }
  return true;
}

/** For waits that have a deadline of their own and must not end before. */
const NEVER = new AbortController().signal;
