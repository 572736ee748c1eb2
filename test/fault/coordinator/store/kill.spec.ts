import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openLowdbStore } from '../../../../coordinator/store/index.js';
import { checkStore } from '../../../../coordinator/store/maintenance.js';
import { between, seededRandom } from '../../../support/seeded-random.js';
import { randomCommit, recordsAfter, recordsOf } from '../../../support/store-samples.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const PROGRAM = fileURLToPath(new URL('./committing-process.ts', import.meta.url));
const KILLS = 6;

/** Runs the program until it has acknowledged `commits` more, kills it there and answers the last it acknowledged. */
async function commitUntilKilled(folder: string, commits: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let [seen, last] = [0, 0];
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (++seen === commits) child.kill('SIGKILL');
  }
  expect((await exited)[1]).to.equal('SIGKILL');
  return last;
}

describe('A store whose process is killed by kill -9 on a real disk', function () {
  this.timeout(60_000);

  it(`holds everything acknowledged, and only what was committed, ${String(KILLS)} times in a row`, async () => {
    await using folder = await makeTempDir();
    const random = seededRandom(11);
    for (let kill = 1; kill <= KILLS; kill++) {
      const acknowledged = await commitUntilKilled(folder.path, between(random, 1, 3000));
      const report = await checkStore(folder.path);
      expect(report).to.deep.include({ ok: true, problems: [] });
      const store = openLowdbStore(folder.path);
      const fleet = await store.load();
      expect(fleet.revision).to.equal(report.revision).and.be.at.least(acknowledged);
      const revisions = Array.from({ length: fleet.revision }, (_, index) => index + 1);
      const commits = revisions.map((revision) => randomCommit(seededRandom(revision), revision));
      expect(recordsOf(fleet)).to.deep.equal(recordsAfter(commits));
      expect(fleet.recent).to.deep.equal(commits.slice(-fleet.recent.length));
      await store.close();
    }
  });
});
