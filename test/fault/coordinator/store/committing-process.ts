import { openLowdbStore } from '../../../../coordinator/store/index.js';
import { seededRandom } from '../../../support/seeded-random.js';
import { randomCommit } from '../../../support/store-samples.js';

/*
 * Commits to the store of the folder given as argument until it is killed, and says each revision once it is durable.
 * The commit of a revision is drawn from it, so that whoever reads the store can tell what must be there.
 */
const store = openLowdbStore(process.argv[2] ?? '', {
  segmentBytes: 20_000,
  snapshotBytes: 60_000,
  recentCommits: 100,
});
const { epoch, revision: last } = await store.load();
for (let revision = last + 1; ; revision++) {
  const durable = store.commit(randomCommit(seededRandom(revision), revision), epoch + 1);
  const said = durable.then(() => process.stdout.write(`${String(revision)}\n`));
  if (revision % 7 === 0) await said;
}
