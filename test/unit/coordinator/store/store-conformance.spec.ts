import { openLowdbStore } from '../../../../coordinator/store/index.js';
import { MemoryStore } from '../../../support/memory-store.js';
import { seededRandom } from '../../../support/seeded-random.js';
import { SimulatedDisk } from '../../../support/simulated-disk.js';
import { itIsAStore } from '../../../support/store-conformance.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('The lowdb store on a real disk', () => {
  itIsAStore(async () => {
    const folder = await makeTempDir();
    return { open: () => openLowdbStore(folder.path), dispose: async () => folder[Symbol.asyncDispose]() };
  });
});

describe('The lowdb store on a simulated disk, with a snapshot every few commits', () => {
  itIsAStore(async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    return {
      open: () => openLowdbStore('/store', { disk, segmentBytes: 500, snapshotBytes: 1000 }),
      dispose: async () => undefined,
    };
  });
});

describe('The memory store of the tests', () => {
  itIsAStore(async () => {
    let store: MemoryStore | undefined;
    return { open: () => (store = store?.reopen() ?? new MemoryStore()), dispose: async () => undefined };
  });
});
