import { readFileSync } from 'node:fs';
import { HeadframeError } from '../model/error.js';
import { hasCode } from './has-code.js';
import type { Disk } from './disk.js';

/** Who holds a lock: a process id alone comes again after a reboot, and after enough other processes. */
export interface Holder {
  readonly pid: number;
  /** Empty where the system tells none. */
  readonly bootId: string;
  /** Start of the process in ticks since boot; empty where the system tells none. */
  readonly started: string;
}

/** What the lock asks of the system. */
export interface Processes {
  readonly self: Holder;
  isAlive(holder: Holder): boolean;
}

/** The processes of this machine, by /proc where there is one. */
export function systemProcesses(): Processes {
  const bootId = readText('/proc/sys/kernel/random/boot_id');
  const self = { pid: process.pid, bootId, started: startOf(process.pid) };
  return {
    self,
    isAlive: (holder) =>
      holder.bootId === bootId && (bootId === '' ? exists(holder.pid) : startOf(holder.pid) === holder.started),
  };
}

/** A lock file, held. */
export interface Lock {
  /** Throws `HeadframeError` (failed_precondition, reason `lock_lost`) when the lock file is no longer ours. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes a lock file, also from a process that is gone. Throws `HeadframeError` (failed_precondition, reason
 * `locked`) when a live process holds it.
 */
export async function takeLock(disk: Disk, path: string, processes: Processes): Promise<Lock> {
  const own = JSON.stringify(processes.self);
  if (!(await createLock(disk, path, own))) {
    const holder = await liveHolder(disk, path, processes);
    if (holder !== undefined) throw lockedError(path, holder);
    await removeStale(disk, path);
    if (!(await createLock(disk, path, own))) throw lockedError(path, parseHolder(await readLock(disk, path)));
  }
  return {
    check: async () => {
      if ((await readLock(disk, path)) !== own) throw lostError(path);
    },
    release: async () => {
      if ((await readLock(disk, path)) === own) await disk.remove(path);
    },
  };
}

/** Who holds a lock file now; undefined where it is not there, torn, or of a process that is gone. */
export async function liveHolder(disk: Disk, path: string, processes: Processes): Promise<Holder | undefined> {
  const holder = parseHolder(await readLock(disk, path));
  return holder !== undefined && processes.isAlive(holder) ? holder : undefined;
}

async function createLock(disk: Disk, path: string, text: string): Promise<boolean> {
  try {
    const file = await disk.create(path);
    await file.write(Buffer.from(text), 0).finally(() => file.close());
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false;
    throw thrown;
  }
}

// Another process may have taken the stale lock over first; creating the new one decides.
async function removeStale(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (thrown) {
    if (!hasCode(thrown, 'ENOENT')) throw thrown;
  }
}

async function readLock(disk: Disk, path: string): Promise<string> {
  try {
    return (await disk.read(path)).toString();
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return '';
    throw thrown;
  }
}

// A crash may leave an empty or torn lock file: then nobody holds it.
function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, bootId, started }: { pid?: unknown; bootId?: unknown; started?: unknown } = value;
    if (typeof pid !== 'number' || typeof bootId !== 'string' || typeof started !== 'string') return undefined;
    return { pid, bootId, started };
  } catch {
    return undefined;
  }
}

function lockedError(path: string, holder: Holder | undefined): HeadframeError {
  const pid = holder === undefined ? 'unknown' : String(holder.pid);
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'locked',
    message: `${path} is held by process ${pid}`,
    remedy: `Stop process ${pid}, or give this one a folder of its own. If no such process uses the folder, remove ${path}.`,
    metadata: { file: path, pid },
  });
}

function lostError(path: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'lock_lost',
    message: `${path} was taken by another process`,
    remedy: 'Let one program alone use the folder.',
    metadata: { file: path },
  });
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return hasCode(thrown, 'EPERM');
  }
}

// Fields 3 and 22 of /proc/<pid>/stat; the command's name before them may hold spaces and brackets.
function startOf(pid: number): string {
  const stat = readText(`/proc/${String(pid)}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const dead = fields[0] === 'Z' || fields[0] === 'X'; // killed, and only its parent has not looked yet
  return dead ? '' : (fields[19] ?? '');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // not Linux, or no such process
  }
}
