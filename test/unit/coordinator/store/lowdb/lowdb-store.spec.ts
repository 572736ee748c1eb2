import { expect } from 'chai';
import {
  decodeHeader,
  encodeHeader,
  FILE_HEADER_BYTES,
  FORMAT_VERSION,
} from '../../../../../coordinator/store/records/file-header.js';
import { openLowdbStore } from '../../../../../coordinator/store/index.js';
import { refusalOf } from '../../../../support/refusal-of.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { SimulatedDisk } from '../../../../support/simulated-disk.js';
import { diskWith, filesOf, lonelyProcess, openOn, smallCommit, STORE_FOLDER } from '../../../../support/store-disk.js';
import { recordsAfter, recordsOf } from '../../../../support/store-samples.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const commits = (count: number): ReturnType<typeof smallCommit>[] =>
  Array.from({ length: count }, (_, index) => smallCommit(index + 1));

async function replace(disk: SimulatedDisk, name: string, edit: (bytes: Buffer) => Buffer): Promise<void> {
  const path = `${STORE_FOLDER}/${name}`;
  const bytes = edit(await disk.read(path));
  await disk.remove(path);
  const file = await disk.create(path);
  await file.write(bytes, 0);
  await file.sync();
  await disk.syncFolder(STORE_FOLDER);
}

describe('The lowdb store after a crash', () => {
  it('drops a torn tail with a warning and keeps every whole commit', async () => {
    const disk = await diskWith(10);
    const [journal = ''] = await filesOf(disk, /hfj$/);
    await replace(disk, journal, (bytes) => bytes.subarray(0, -3));
    const fleet = await openOn(disk).load();
    expect(fleet.revision).to.equal(9);
    expect(fleet.warnings).to.have.length(1);
    expect(recordsOf(fleet)).to.deep.equal(recordsAfter(commits(9)));
  });

  it('goes on after a torn tail as if it had never been', async () => {
    const disk = await diskWith(3);
    const [journal = ''] = await filesOf(disk, /hfj$/);
    await replace(disk, journal, (bytes) => bytes.subarray(0, -3));
    const store = openOn(disk);
    await store.load();
    await store.commit(smallCommit(3), 2);
    disk.restartAfterPowerCut();
    const fleet = await openOn(disk).load();
    expect([fleet.revision, fleet.warnings]).to.deep.equal([3, []]);
  });

  it('refuses a flipped byte before commits that followed it, naming file and offset', async () => {
    const disk = await diskWith(10);
    const [journal = ''] = await filesOf(disk, /hfj$/);
    disk.flip(`${STORE_FOLDER}/${journal}`, FILE_HEADER_BYTES + 20);
    const refusal = await refusalOf(openOn(disk).load());
    expect(refusal).to.include({ code: 'data_loss', reason: 'store_damaged' });
    expect(refusal.metadata).to.include({ file: journal, offset: String(FILE_HEADER_BYTES) });
    expect(refusal.remedy).to.match(/check.*repair.*restore/s);
  });

  it('finds every flipped byte of a journal that was followed by another', async () => {
    const disk = await diskWith(4);
    await (await loaded(disk)).close();
    const [journal = ''] = await filesOf(disk, /hfj$/);
    const path = `${STORE_FOLDER}/${journal}`;
    const size = await disk.size(path);
    for (let offset = 0; offset < size; offset++) {
      disk.flip(path, offset);
      const refusal = await refusalOf(openOn(disk).load());
      expect(refusal.metadata['file'], String(offset)).to.equal(journal);
      disk.flip(path, offset);
    }
    expect((await openOn(disk).load()).revision).to.equal(4);
  });

  it('finds every flipped byte of a snapshot', async () => {
    const disk = await diskWith(4);
    await (await loaded(disk)).close();
    const files = await filesOf(disk, /^snapshot/);
    expect(files).to.have.length(2);
    for (const name of files) {
      const path = `${STORE_FOLDER}/${name}`;
      const size = await disk.size(path);
      for (let offset = 0; offset < size; offset++) {
        disk.flip(path, offset);
        const refusal = await refusalOf(openOn(disk).load());
        expect([refusal.code, refusal.metadata['file']], String(offset)).to.deep.equal(['data_loss', name]);
        disk.flip(path, offset);
      }
    }
  });

  it('refuses a journal with a missing segment, naming it', async () => {
    const disk = await diskWith(30, { segmentBytes: 500 });
    const segments = await filesOf(disk, /hfj$/);
    const gone = segments[2] ?? '';
    await disk.remove(`${STORE_FOLDER}/${gone}`);
    const refusal = await refusalOf(openOn(disk).load());
    expect([refusal.code, refusal.metadata['file']]).to.deep.equal(['data_loss', gone]);
  });

  it('refuses what a later version wrote and says so', async () => {
    const disk = await diskWith(2);
    const [journal = ''] = await filesOf(disk, /hfj$/);
    await replace(disk, journal, withNextFormat);
    const refusal = await refusalOf(openOn(disk).load());
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_format_newer' });
  });
});

describe('The lowdb store and its snapshots', () => {
  it('starts from the snapshot alone after a clean stop, with the last commits still there', async () => {
    const disk = await diskWith(40);
    await (await loaded(disk, { recentCommits: 15 })).close();
    const fleet = await openOn(disk, { recentCommits: 15 }).load();
    expect(recordsOf(fleet)).to.deep.equal(recordsAfter(commits(40)));
    expect(fleet.recent).to.deep.equal(commits(40).slice(-15));
  });

  it('removes what no start and no repair needs any more', async () => {
    const options = { segmentBytes: 500, snapshotBytes: 1000, recentCommits: 5 };
    const disk = new SimulatedDisk(seededRandom(3));
    const store = openOn(disk, options);
    await store.load();
    for (let revision = 1; revision <= 200; revision++) await store.commit(smallCommit(revision), 1);
    await store.close();
    expect(await filesOf(disk, /^snapshot.*json$/)).to.have.length(2);
    expect((await filesOf(disk, /hfj$/)).length).to.be.below(15);
    expect(await filesOf(disk, /tmp$|^lock$/)).to.deep.equal([]);
  });

  it('goes on without a snapshot that fails, and replays the journal instead', async () => {
    const disk = new SimulatedDisk(seededRandom(4));
    const store = openOn(disk);
    await store.load();
    for (const commit of commits(5)) await store.commit(commit, 1);
    disk.failAt(1, 'ENOSPC');
    await store.close();
    expect(await filesOf(disk, /^snapshot/)).to.deep.equal([]);
    disk.restartAfterPowerCut();
    expect(recordsOf(await openOn(disk).load())).to.deep.equal(recordsAfter(commits(5)));
  });
});

describe('The lowdb store on a failing disk', () => {
  for (const fault of ['EIO', 'ENOSPC'] as const) {
    for (const [what, call] of [
      ['write', 1],
      ['sync', 2],
    ] as const) {
      it(`takes no further commit after ${fault} at a ${what}, and says why`, async () => {
        const disk = new SimulatedDisk(seededRandom(5));
        const store = openOn(disk);
        await store.load();
        await store.commit(smallCommit(1), 1);
        disk.failAt(call, fault);
        const failures = await Promise.all([2, 3].map((revision) => refusalOf(store.commit(smallCommit(revision), 1))));
        failures.push(await refusalOf(store.commit(smallCommit(4), 1)));
        for (const failure of failures) {
          expect(failure).to.include({ code: 'unavailable', reason: 'store_failed' });
          expect(failure.cause).to.have.property('code', fault);
        }
        await store.close();
        disk.restartAfterPowerCut();
        expect((await openOn(disk).load()).revision).to.be.within(1, 3);
      });
    }
  }

  it('fails for good rather than write a number that it cannot keep', async () => {
    const store = await loaded(new SimulatedDisk(seededRandom(6)));
    const broken = { kind: 'instanceRemoved', serial: 0.5 } as const;
    const failure = await refusalOf(store.commit({ ...smallCommit(1), changes: [broken] }, 1));
    expect(failure.reason).to.equal('store_failed');
    expect((await refusalOf(store.commit(smallCommit(2), 1))).reason).to.equal('store_failed');
  });
});

describe('The lock of the lowdb store', () => {
  it('keeps a second coordinator out, naming process and file, until the first closes', async () => {
    await using folder = await makeTempDir();
    const [first, second] = [openLowdbStore(folder.path), openLowdbStore(folder.path)];
    await first.load();
    const refusal = await refusalOf(second.load());
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_locked' });
    expect(refusal.metadata).to.deep.equal({ pid: String(process.pid), file: `${folder.path}/lock` });
    expect(refusal.remedy).to.include(String(process.pid)).and.include('lock');
    await first.close();
    const third = openLowdbStore(folder.path);
    await third.load();
    await third.close();
  });

  it('stops a store whose lock another took, before it writes into a segment of its own', async () => {
    const disk = new SimulatedDisk(seededRandom(8));
    const first = openOn(disk, { segmentBytes: 500 });
    await first.load();
    const other = { ...lonelyProcess, self: { ...lonelyProcess.self, pid: 2 } };
    await openOn(disk, { processes: other }).load();
    const results = await Promise.allSettled(commits(20).map((commit) => first.commit(commit, 1)));
    expect(results.some(({ status }) => status === 'fulfilled')).to.equal(true);
    expect((await refusalOf(first.commit(smallCommit(21), 1))).reason).to.equal('lock_lost');
  });

  it('is not needed by a commit after close, which is refused', async () => {
    const store = await loaded(new SimulatedDisk(seededRandom(9)));
    await store.close();
    expect((await refusalOf(store.commit(smallCommit(1), 1))).reason).to.equal('store_closed');
  });
});

async function loaded(...parameters: Parameters<typeof openOn>): Promise<ReturnType<typeof openOn>> {
  const store = openOn(...parameters);
  await store.load();
  return store;
}

function withNextFormat(bytes: Buffer): Buffer {
  const header = encodeHeader(decodeHeader('journal', bytes, 'journal'), FORMAT_VERSION + 1);
  return Buffer.concat([header, bytes.subarray(FILE_HEADER_BYTES)]);
}
