import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { liveHolder, nodeDisk, systemProcesses, takeLock } from '../../../../common/disk/index.js';
import type { Holder, Lock } from '../../../../common/disk/index.js';

/** Where a miner is found by those who have its file of settings. */
export interface Places {
  readonly lock: string;
  readonly socket: string;
  readonly log: string;
}

/** The places of a file of settings, beside it. */
export function placesOf(file: string): Places {
  return { lock: `${file}.lock`, socket: `${file}.sock`, log: `${file}.log` };
}

/** The process that mines by a file of settings; undefined where none does, also when it ended without a word. */
export function runningMiner({ lock }: Places): Promise<Holder | undefined> {
  return liveHolder(nodeDisk, lock, systemProcesses());
}

/** Whether a process is there still. */
export function isThere(holder: Holder): boolean {
  return systemProcesses().isAlive(holder);
}

/** Makes this process the one that mines by a file of settings. Throws 'locked' where another does. */
export async function takePresence({ lock }: Places): Promise<Lock> {
  await nodeDisk.makeFolder(dirname(lock));
  return takeLock(nodeDisk, lock, systemProcesses());
}

/** Makes this process the only one of this machine that mines by a key, which must be there. Throws 'locked'. */
export async function takeKey(privateKeyPath: string): Promise<Lock> {
  // Also for those who call it by another name.
  return takeLock(nodeDisk, `${await realpath(privateKeyPath)}.lock`, systemProcesses());
}
