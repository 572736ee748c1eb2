import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../common/model/clock.js';
import { CONTROLLERS } from '../cgroup/location.js';
import type { CgroupMount, Controller } from '../cgroup/location.js';
import { readOptional } from '../cgroup/process-cgroup.js';
import type { RunCommand } from '../command.js';
import { errnoOf, messageOf } from '../errno.js';
import type { FoundPrograms } from './engine-judgements.js';
import type { DataFolderProbe } from './host-judgements.js';

/** A host and port to connect to. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

const PROGRAM_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/usr/libexec/docker',
];
const TIMEDATECTL_TIMEOUT_MS = 5000;

/** Writes a file beside where the state will lie, brings it to the disk, and removes it again; never rejects. */
export async function probeDataFolder(path: string, clock: Clock): Promise<DataFolderProbe> {
  try {
    const made = await makeProbeFolder(path);
    try {
      return { kind: 'written', exists: made.exists, fsyncMs: await timeFsync(made.folder, clock) };
    } finally {
      await rm(made.folder, { recursive: true, force: true });
    }
  } catch (error) {
    return { kind: 'failed', detail: messageOf(error) };
  }
}

/** Connects and hangs up; the answer is why that failed, or undefined. Ends at once when the signal is aborted. */
export function probeConnection(address: TcpAddress, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (failure?: string): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(failure);
    };
    const onAbort = (): void => finish('no answer in time');
    socket.once('connect', () => finish());
    socket.once('error', (error) => finish(messageOf(error)));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/** Asks systemd whether a time server is followed; undefined where it is not there to be asked. */
export async function probeClockSync(run: RunCommand): Promise<boolean | undefined> {
  const outcome = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], TIMEDATECTL_TIMEOUT_MS);
  const answer = outcome.kind === 'output' ? outcome.text.trim() : '';
  return answer === 'yes' ? true : answer === 'no' ? false : undefined;
}

/** Which of the programs lie in the usual folders; the engine's own PATH is not known to the agent. */
export function findPrograms(names: readonly string[]): FoundPrograms {
  return new Set(names.filter((name) => PROGRAM_FOLDERS.some((folder) => isExecutable(join(folder, name)))));
}

/** Free bytes of the file system a path is on; undefined when the path is not there. */
export async function probeFreeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The controllers whose trees this process can see. */
export function readableControllers(mounts: readonly CgroupMount[]): ReadonlySet<Controller> {
  const onV2 = mounts
    .filter((mount) => mount.version === 2)
    .flatMap(({ mountPoint }) => readOptional(join(mountPoint, 'cgroup.controllers'))?.trim().split(' ') ?? []);
  const onV1 = mounts.flatMap((mount) => mount.controllers);
  return new Set(CONTROLLERS.filter((controller) => onV1.includes(controller) || onV2.includes(V2_NAMES[controller])));
}

/** The super block options of the file system a path is on, from the text of `/proc/self/mountinfo`. */
export function mountOptionsOf(path: string, mountinfo: string): string[] {
  let best = { mountPoint: '', options: '' };
  for (const match of mountinfo.matchAll(/^\d+ \d+ \S+ \S+ (\S+) .*?- \S+ \S+ (\S+)$/gm)) {
    const [, mountPoint = '', options = ''] = match;
    // A later mount hides an earlier one at the same place.
    if (isWithin(path, mountPoint) && mountPoint.length >= best.mountPoint.length) best = { mountPoint, options };
  }
  return best.options.split(',');
}

/** The super block options of the file system a path is on. */
export function readMountOptions(path: string): string[] {
  return mountOptionsOf(path, readFileSync('/proc/self/mountinfo', 'latin1'));
}

const V2_NAMES: Readonly<Record<Controller, string>> = {
  cpuacct: 'cpu',
  cpu: 'cpu',
  memory: 'memory',
  pids: 'pids',
  blkio: 'io',
};

async function makeProbeFolder(path: string): Promise<{ readonly folder: string; readonly exists: boolean }> {
  for (let parent = path, exists = true; ; parent = dirname(parent), exists = false) {
    try {
      return { folder: await mkdtemp(join(parent, '.headframe-probe-')), exists };
    } catch (error) {
      // A data folder that is not there yet is made by the agent: what counts is its nearest parent.
      if (errnoOf(error) !== 'ENOENT' || parent === dirname(parent)) throw error;
    }
  }
}

async function timeFsync(folder: string, clock: Clock): Promise<number> {
  const file = await open(join(folder, 'probe'), 'wx', 0o600);
  try {
    await file.writeFile('durable');
    const startMs = clock.monotonicMs();
    await file.sync();
    return clock.monotonicMs() - startMs;
  } finally {
    await file.close();
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us: the same to the caller
  }
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
