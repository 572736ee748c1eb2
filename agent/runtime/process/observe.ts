import type { ObservedInstance } from '../runtime.js';
import type { InstanceFolder, ProcessRun } from './instance-folder.js';
import { isAlive, readBootId } from '../../host/index.js';
import { SUPERVISOR_FILES } from './supervisor-script.js';

/** SIGKILL as a shell tells it: what is assumed of a process that ended with its supervisor or its machine. */
const KILLED_EXIT_CODE = 137;

/** Sees an instance through its folder and /proc; undefined when there is none. */
export function observeFolder(folder: InstanceFolder): ObservedInstance | undefined {
  const spec = folder.readSpec();
  if (spec === undefined) return undefined;
  const base = {
    serial: spec.serial,
    containerId: containerIdOf(spec.serial, spec.workloadId),
    pid: 0,
    exitCode: undefined,
    outOfMemory: false,
    startedAtMs: 0,
    finishedAtMs: 0,
    address: '',
    imageHealth: 'none',
  } as const;
  const run = folder.readRun();
  if (run === undefined) return { ...base, status: 'created' };
  const { startedAtMs, supervisor, child } = run;
  if (isRunning(run))
    return { ...base, status: 'running', startedAtMs, pid: (child ?? supervisor).pid, address: '127.0.0.1' };
  const lastWordMs = Math.max(startedAtMs, ...LOGS.map((log) => folder.changedAtMs(log)));
  const { code, atMs } = run.exit ?? { code: KILLED_EXIT_CODE, atMs: lastWordMs };
  return { ...base, status: 'exited', startedAtMs, exitCode: code, finishedAtMs: Math.max(atMs, startedAtMs) };
}

/** Stands in for a container's id. */
export function containerIdOf(serial: number, workloadId: number): string {
  return `process-${String(serial)}-${String(workloadId)}`;
}

/** Whether the run goes on: without its supervisor, too, if somebody killed only that. */
export function isRunning(run: ProcessRun): boolean {
  if (run.exit !== undefined || run.bootId !== readBootId()) return false;
  return isAlive(run.supervisor) || (run.child !== undefined && isAlive(run.child));
}

const LOGS = [SUPERVISOR_FILES.stdout, SUPERVISOR_FILES.stderr];
