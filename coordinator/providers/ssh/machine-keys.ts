import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { hasCode, writeWhole } from '../../../common/disk/index.js';
import { sshFailure } from './failure.js';
import type { RunSsh, SshTarget } from './ssh-client.js';

/** Where the coordinators of a cluster keep, for each other, the host keys that machines have shown first. */
export interface MachineKeys {
  /** Undefined for a machine that none of them has met. Throws `HeadframeError` (unavailable) where that cannot be known. */
  read(name: string): Promise<string | undefined>;
  /** Keeps them durably and gives them; where another coordinator was sooner, gives what it has kept. Throws as `read` does. */
  keep(name: string, keys: string): Promise<string>;
}

/**
 * Believes a machine's first key once for all coordinators of a cluster, not once for each: what one has seen counts for the next one
 * that leads. Throws `HeadframeError` (failed_precondition, 'machine_host_key_wrong') where another one has seen another key.
 */
export function knownToAll(runSsh: RunSsh, keys: MachineKeys): RunSsh {
  return async (target, run, signal) => {
    if (!target.trustFirst) return runSsh(target, run, signal);
    await settle(target, keys);
    const outcome = await runSsh(target, run, signal);
    await settle(target, keys);
    return outcome;
  };
}

/** Has what is known here and what all know be the same; what all know counts. */
async function settle({ knownHostsFile, alias }: SshTarget, keys: MachineKeys): Promise<void> {
  const name = basename(knownHostsFile);
  const here = await readIfThere(knownHostsFile);
  const known = await keys.read(name);
  const all = known ?? (here === '' ? '' : await keys.keep(name, here));
  if (all === here) return;
  await writeWhole(knownHostsFile, all);
  if (here !== '')
    throw sshFailure('machine_host_key_wrong', `${alias} has shown another coordinator another host key`);
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
