import { readFileSync } from 'node:fs';

/** A process that no later one of the same number can pass for, within one boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly startTicks: string;
}

/** Reads identity and state out of a /proc/<pid>/stat line; undefined when it is none. */
export function parseStat(line: string): (ProcessIdentity & { readonly state: string }) | undefined {
  // The second field is the name in brackets and may hold anything, brackets and blanks included.
  const match = /^(\d+) \(.*\) (\S) (.+)$/s.exec(line.trimEnd());
  if (match === null) return undefined;
  const [, pid = '', state = '', rest = ''] = match;
  const startTicks = rest.split(' ')[18];
  return startTicks === undefined ? undefined : { pid: Number(pid), state, startTicks };
}

/** Whether this very process still runs; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = parseStat(readOrEmpty(`/proc/${String(identity.pid)}/stat`));
  return now?.startTicks === identity.startTicks && now.state !== 'Z' && now.state !== 'X';
}

/** Id of this boot of the machine, by which processes of an earlier one are known. */
export function readBootId(): string {
  return readOrEmpty('/proc/sys/kernel/random/boot_id').trim();
}

/** Sends a signal to a process, or to the group of the negative number; one that is gone is no error. */
export function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // the process has gone, which is an answer
  }
}
