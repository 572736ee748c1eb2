import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ManualClock } from '../../../support/manual-clock.js';
import { openFleet } from '../../../../coordinator/fleet/index.js';
import { openLowdbStore } from '../../../../coordinator/store/index.js';
import { checkStore } from '../../../../coordinator/store/maintenance.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const PROGRAM = fileURLToPath(new URL('./filling-process.ts', import.meta.url));
const run = promisify(execFile);

/** What the program said: how many ran when it last was acknowledged, and what it was refused with. */
interface Said {
  /** At its start. */
  readonly found: number;
  readonly running: number;
  readonly refused: string;
  readonly again: string;
  readonly code: string | undefined;
}

/** A disk of its own of so many KiB, which can be made larger; goes with the block. */
async function mountDisk(path: string, kib: number) {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${String(kib)}k`, 'headframe-test', path]);
  return {
    grow: (to: number) => run('mount', ['-o', `remount,size=${String(to)}k`, path]),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await run('umount', [path]);
    },
  };
}

async function fillUntilRefused(folder: string, limit?: number): Promise<Said> {
  const limits = limit === undefined ? [] : [String(limit)];
  const { stdout } = await run(process.execPath, ['--import', 'tsx', PROGRAM, folder, ...limits]);
  // Objects of the program's own, one a line.
  return Object.assign(
    { running: 0 },
    ...stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ) as Said;
}

describe('A store on a disk that runs full', function () {
  this.timeout(60_000);

  it('refuses loudly, keeps all that was acknowledged, and goes on once there is room', async () => {
    await using folder = await makeTempDir();
    await using disk = await mountDisk(folder.path, 256);
    const full = await fillUntilRefused(folder.path);
    expect(full).to.include({ refused: 'store_failed', again: 'store_failed', code: 'ENOSPC' });
    expect(full.running).to.be.at.least(1_000);
    await disk.grow(64 * 1024);
    const after = await fillUntilRefused(folder.path, full.running + 500);
    expect(after).to.include({ refused: 'none', again: 'none' });
    expect(after.found).to.be.at.least(full.running);
    const store = openLowdbStore(folder.path);
    const fleet = await openFleet(store, { clock: new ManualClock() });
    const { running, pending, assigned } = fleet.countsOf('alpha');
    expect(running)
      .to.equal(after.running)
      .and.be.at.least(full.running + 500);
    // The last batch that the full disk refused may be there in part, whole transactions of it alone.
    expect([0, 50]).to.include(pending + assigned);
    await store.close();
    expect((await checkStore(folder.path)).problems).to.deep.equal([]);
  });
});
