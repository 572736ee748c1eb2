import { createHash } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { mkdir, open, rename, stat, truncate, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseStat } from '../host/index.js';
import type { ProcessIdentity } from '../host/index.js';
import type { StoredLease } from '../state/agent-state.js';
import { GUARD_FILES, GUARD_SCRIPT } from './guard-script.js';

/** An instance that a guard ends when the host lease has run out. */
export interface GuardedInstance {
  readonly serial: number;
  /** A container by its id, or a process instance by its folder. */
  readonly kind: 'container' | 'process';
  readonly target: string;
  /** Time that its stop is given before the lease ends; 0 when somebody has asked it to stop already. */
  readonly graceMs: number;
}

/** Tells guards of one release from those of another: a changed script takes over from the one that runs. */
export const GUARD_VERSION: string = createHash('sha256').update(GUARD_SCRIPT).digest('hex').slice(0, 12);

/** One page at most, so that a reader never sees two lines; a fixed length, so that nothing is ever cut off or left over. */
const LEASE_LINE_BYTES = 160;
const MOST_LOG_BYTES = 2 ** 20;
const KINDS = { c: 'container', p: 'process' } as const;
const entry = z.tuple([
  z.enum(['c', 'p']),
  z.coerce.number().int().positive(),
  z.coerce.number().int().min(0),
  z.string().min(1),
]);

/**
 * The folder through which an agent and its guard speak. What is written is seen by the guard at once and outlives the
 * agent; it need not outlive the machine, for nothing that it is about does.
 */
export class GuardFolder {
  readonly path: string;
  #lease: FileHandle | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder and names this process as the agent. */
  async open(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    const self = parseStat(readFileSync('/proc/self/stat', 'latin1'));
    if (self === undefined) throw new Error('/proc/self/stat is not what proc(5) says');
    await this.#replace(GUARD_FILES.agent, `${String(self.pid)} ${self.startTicks}\n`);
    const log = await stat(this.#file(GUARD_FILES.log)).catch(() => undefined);
    if (log !== undefined && log.size > MOST_LOG_BYTES) await truncate(this.#file(GUARD_FILES.log));
  }

  /** Overwrites the lease in place, which a full disk does not forbid. */
  async writeLease(lease: StoredLease): Promise<void> {
    this.#lease ??= await open(this.#file(GUARD_FILES.lease), constants.O_RDWR | constants.O_CREAT, 0o600);
    const line = leaseLine(lease);
    await this.#lease.write(Buffer.from(line, 'latin1'), 0, LEASE_LINE_BYTES, 0);
  }

  /** Whether a lease was ever written. */
  hasLease(): boolean {
    return this.#read(GUARD_FILES.lease) !== '';
  }

  async writeInstances(instances: Iterable<GuardedInstance>): Promise<void> {
    await this.#replace(GUARD_FILES.instances, [...instances].map(instanceLine).join(''));
  }

  /** What an earlier agent had guarded; a line that is none is left out. */
  readInstances(): GuardedInstance[] {
    return this.#read(GUARD_FILES.instances).split('\n').flatMap(parseInstance);
  }

  /** The guard that runs by this folder, if it is of this release and this boot. */
  readGuard(bootId: string): ProcessIdentity | undefined {
    const [pid = '', startTicks = '', boot, version] = this.#read(GUARD_FILES.guard).trim().split(' ');
    if (boot !== bootId || version !== GUARD_VERSION || !/^[1-9]\d*$/.test(pid)) return undefined;
    return { pid: Number(pid), startTicks };
  }

  async close(): Promise<void> {
    await this.#lease?.close();
  }

  #file(name: string): string {
    return join(this.path, name);
  }

  #read(name: string): string {
    try {
      return readFileSync(this.#file(name), 'utf8');
    } catch {
      return ''; // not there yet
    }
  }

  async #replace(name: string, text: string): Promise<void> {
    const draft = this.#file(`${name}.new`);
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, this.#file(name));
  }
}

/** The lease as the guard reads it: the expiry in seconds of /proc/uptime, never later than it is, before and behind. */
export function leaseLine({ bootId, expiresAtBootMs, lengthMs }: StoredLease): string {
  const hundredths = Math.max(0, Math.floor(expiresAtBootMs / 10));
  const expiry = `${String(Math.floor(hundredths / 100))}.${String(hundredths % 100).padStart(2, '0')}`;
  return `${expiry} ${String(Math.floor(lengthMs))} ${bootId} ${expiry}`.padEnd(LEASE_LINE_BYTES - 1).concat('\n');
}

function instanceLine({ kind, serial, graceMs, target }: GuardedInstance): string {
  return `${kind === 'container' ? 'c' : 'p'} ${String(serial)} ${String(Math.floor(graceMs))} ${target}\n`;
}

function parseInstance(line: string): GuardedInstance[] {
  const match = /^(\S+) (\S+) (\S+) (.+)$/.exec(line);
  const { success, data } = entry.safeParse(match?.slice(1));
  if (!success) return [];
  const [kind, serial, graceMs, target] = data;
  return [{ kind: KINDS[kind], serial, graceMs, target }];
}
