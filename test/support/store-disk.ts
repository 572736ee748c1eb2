import type { Processes } from '../../common/disk/index.js';
import { openLowdbStore } from '../../coordinator/store/index.js';
import type { LowdbStoreOptions } from '../../coordinator/store/index.js';
import type { Store, StoreCommit } from '../../coordinator/store/store.js';
import { SimulatedDisk } from './simulated-disk.js';
import { seededRandom } from './seeded-random.js';
import { sampleCommit, sampleInstance } from './store-samples.js';

/** Where the stores of a simulated disk live. */
export const STORE_FOLDER = '/store';

/** Processes of which every other one is gone. */
export const lonelyProcess: Processes = {
  self: { pid: 1, bootId: 'boot', started: '0' },
  isAlive: () => false,
};

/** Opens the store of a simulated disk. */
export function openOn(disk: SimulatedDisk, options: LowdbStoreOptions = {}, folder = STORE_FOLDER): Store {
  return openLowdbStore(folder, { disk, processes: lonelyProcess, ...options });
}

/** A commit that sets one instance and one document. */
export function smallCommit(revision: number): StoreCommit {
  return sampleCommit(revision, [
    { kind: 'instance', record: sampleInstance({ serial: (revision % 5) + 1, text: `revision ${String(revision)}` }) },
    { kind: 'document', table: 'miner', key: `miner-${String(revision % 3)}`, value: { revision } },
  ]);
}

/** A disk on which a store took `commits` commits, each acknowledged, and then its process was killed. */
export async function diskWith(commits: number, options: LowdbStoreOptions = {}): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk(seededRandom(7));
  const store = openOn(disk, options);
  await store.load();
  for (let revision = 1; revision <= commits; revision++) await store.commit(smallCommit(revision), 1);
  await kill(disk, store);
  return disk;
}

/** Kills the process of a store; all that it wrote is still there. */
export async function kill(disk: SimulatedDisk, store: Store): Promise<void> {
  disk.crash();
  await store.close();
  disk.restartAfterKill();
}

/** Names of the store's files that match, in order. */
export async function filesOf(disk: SimulatedDisk, pattern: RegExp): Promise<string[]> {
  return (await disk.list(STORE_FOLDER)).filter((name) => pattern.test(name)).sort();
}
