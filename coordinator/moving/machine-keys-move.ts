import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, writeWhole } from '../../common/disk/index.js';
import { HeadframeError } from '../../common/model/error.js';
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
  for (const name of names) if (!isFileName(name)) throw strangeError(name);
  if (names.length > 0) await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of names) {
    const keys = await shelf.read(name);
    if (keys !== undefined) await writeWhole(join(folder, name), keys);
  }
  return names.length;
}

/** Whether a file of that name lies in the folder that it is put in: a bucket holds what anybody wrote who may write there. */
function isFileName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && name !== '.' && name !== '..';
}

function strangeError(name: string): HeadframeError {
  const shown = JSON.stringify(name.slice(0, 100));
  return new HeadframeError({
    code: 'data_loss',
    reason: 'store_damaged',
    message: `among the host keys of machines that the cluster shares there are some of ${shown}, which names none`,
    remedy: `Remove machine-key.${Buffer.from(name).toString('base64url')} from the bucket of what is shared, and see who may write there.`,
    metadata: { name: name.slice(0, 100) },
  });
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
