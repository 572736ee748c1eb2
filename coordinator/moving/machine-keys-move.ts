import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, writeWhole } from '../../common/disk/index.js';
import type { MachineKeys } from '../providers/index.js';
import type { AuthorityWay } from '../security/index.js';
import type { MachineKeyShelf } from '../shared/index.js';

/** Of machines whose keys the operator has listed: written anew from that list, and never shared. */
const LISTED = '.listed';

/** Carries the host keys that machines have shown first between a coordinator's folder and a cluster; answers how many. */
export async function moveMachineKeys(
  dataDir: string,
  shelf: Pick<MachineKeys, 'read'> & MachineKeyShelf,
  way: AuthorityWay,
): Promise<number> {
  const folder = join(dataDir, 'machines');
  return way === 'toCluster' ? toShelf(folder, shelf) : toFolder(folder, shelf);
}

async function toShelf(folder: string, shelf: MachineKeyShelf): Promise<number> {
  const names = (await namesIn(folder)).filter((name) => !name.endsWith(LISTED));
  for (const name of names) await shelf.put(name, await readFile(join(folder, name), 'utf8'));
  return names.length;
}

async function toFolder(folder: string, shelf: Pick<MachineKeys, 'read'> & MachineKeyShelf): Promise<number> {
  const names = await shelf.names();
  if (names.length > 0) await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of names) {
    const keys = await shelf.read(name);
    if (keys !== undefined) await writeWhole(join(folder, name), keys);
  }
  return names.length;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
