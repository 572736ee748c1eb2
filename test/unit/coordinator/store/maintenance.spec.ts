import { expect } from 'chai';
import { FENCE_EPOCHS } from '../../../../coordinator/store/store.js';
import { backupStore, checkStore, repairStore, restoreStore } from '../../../../coordinator/store/maintenance.js';
import type { StoredFleet } from '../../../../coordinator/store/store.js';
import { refusalOf } from '../../../support/refusal-of.js';
import type { SimulatedDisk } from '../../../support/simulated-disk.js';
import {
  diskWith,
  filesOf,
  kill,
  lonelyProcess,
  openOn,
  smallCommit,
  STORE_FOLDER,
} from '../../../support/store-disk.js';
import { recordsAfter, recordsOf } from '../../../support/store-samples.js';

const SMALL = { segmentBytes: 500, snapshotBytes: 1500, recentCommits: 5 };
const ASIDE = '/aside';
const BACKUPS = '/backups';
const TARGET = `${BACKUPS}/backup.tar`;
const CORRECT = { ok: true, problems: [], warnings: [] };

const commits = (count: number): ReturnType<typeof smallCommit>[] =>
  Array.from({ length: count }, (_, index) => smallCommit(index + 1));

/** Loads a store, checks that it holds exactly the first commits, and closes it again. */
async function expectCommits(disk: SimulatedDisk, count: number, folder = STORE_FOLDER): Promise<StoredFleet> {
  const store = openOn(disk, {}, folder);
  const fleet = await store.load();
  expect(fleet.revision).to.equal(count);
  expect(recordsOf(fleet)).to.deep.equal(recordsAfter(commits(count)));
  await store.close();
  return fleet;
}

const repair = (disk: SimulatedDisk): ReturnType<typeof repairStore> =>
  repairStore(STORE_FOLDER, { backupFolder: ASIDE, disk, processes: lonelyProcess });

const flip = (disk: SimulatedDisk, name: string | undefined, offset: number): string => {
  disk.flip(`${STORE_FOLDER}/${String(name)}`, offset);
  return String(name);
};

describe('A check of the store', () => {
  it('counts what a whole store holds and changes nothing', async () => {
    const disk = await diskWith(20, SMALL);
    const before = await filesOf(disk, /./);
    const report = await checkStore(STORE_FOLDER, disk);
    expect(report).to.deep.include({ ...CORRECT, revision: 20 });
    expect(report.counts).to.include({ miners: 3, workloads: 0, hosts: 0, settings: 0, instances: 5 });
    expect(await filesOf(disk, /./)).to.deep.equal(before);
  });

  it('warns of a torn tail, which is no problem', async () => {
    const disk = await diskWith(3);
    const [journal = ''] = await filesOf(disk, /hfj$/);
    const file = await disk.edit(`${STORE_FOLDER}/${journal}`);
    await file.truncate((await disk.size(`${STORE_FOLDER}/${journal}`)) - 1);
    const report = await checkStore(STORE_FOLDER, disk);
    expect([report.ok, report.revision, report.warnings.length]).to.deep.equal([true, 2, 1]);
  });

  it('names every damaged file and offset at once, with a remedy', async () => {
    const disk = await diskWith(60, SMALL);
    const [snapshots, segments] = [await filesOf(disk, /^snap.*hfi$/), await filesOf(disk, /hfj$/)];
    const damaged = [flip(disk, snapshots.at(-1), 70), flip(disk, segments.at(-2), 70)];
    const report = await checkStore(STORE_FOLDER, disk);
    expect(report.ok).to.equal(false);
    expect(report.problems.map(({ file, offset }) => `${file}@${String(offset)}`)).to.have.members(
      damaged.map((file) => `${file}@64`),
    );
    for (const { remedy } of report.problems) expect(remedy).to.include('repair');
  });

  it('says where no store is', async () => {
    const disk = await diskWith(1);
    expect((await refusalOf(checkStore('/elsewhere', disk))).code).to.equal('not_found');
  });
});

describe('A repair of the store', () => {
  it('leaves a whole store as it is', async () => {
    const disk = await diskWith(20, SMALL);
    const before = await filesOf(disk, /./);
    const report = await repair(disk);
    expect(report).to.deep.equal({ revision: 20, lostRevisions: 0, problems: [], moved: [] });
    expect(await filesOf(disk, /./)).to.deep.equal(before.filter((name) => name !== 'lock'));
  });

  it('keeps every commit before the damage and moves the rest aside', async () => {
    const disk = await diskWith(30, { segmentBytes: 500 });
    const segments = await filesOf(disk, /hfj$/);
    const [path, original] = [
      `${STORE_FOLDER}/${String(segments[2])}`,
      await disk.read(`${STORE_FOLDER}/${String(segments[2])}`),
    ];
    const first = Number(/-(\d{16})/.exec(String(segments[2]))?.[1]);
    const secondFrame = original.indexOf(original.subarray(64, 68), 68);
    disk.flip(path, secondFrame + 20);
    const damaged = await disk.read(path);
    const report = await repair(disk);
    expect([report.revision, report.lostRevisions]).to.deep.equal([first + 1, 30 - first - 1]);
    expect(report.moved).to.have.members(segments.slice(2));
    expect(await disk.list(ASIDE)).to.have.members(segments.slice(2));
    expect(await disk.read(`${ASIDE}/${String(segments[2])}`)).to.deep.equal(damaged);
    expect(await checkStore(STORE_FOLDER, disk)).to.deep.include(CORRECT);
    await expectCommits(disk, first + 1);
  });

  it('loses nothing when a snapshot is damaged, by the one before it', async () => {
    const disk = await diskWith(60, SMALL);
    for (const pattern of [/^snap.*hfi$/, /^snap.*json$/]) {
      const damaged = flip(disk, (await filesOf(disk, pattern)).at(-1), 70);
      const report = await repair(disk);
      expect([report.revision, report.lostRevisions]).to.deep.equal([60, 0]);
      expect(report.moved).to.include(damaged);
      await expectCommits(disk, 60); // closes with a new snapshot
    }
  });

  it('loses nothing when all snapshots are damaged and the journal is whole', async () => {
    const disk = await diskWith(20);
    await (await loaded(disk)).close();
    flip(disk, (await filesOf(disk, /^snap.*hfi$/))[0], 70);
    expect((await repair(disk)).lostRevisions).to.equal(0);
    await expectCommits(disk, 20);
  });

  it('puts the next coordinator’s epoch above all before, also those that were moved aside', async () => {
    const disk = await diskWith(5);
    for (let start = 0; start < 3; start++) await (await loaded(disk)).close();
    const [journal] = await filesOf(disk, /hfj$/);
    for (const name of await filesOf(disk, /^snap/)) await disk.remove(`${STORE_FOLDER}/${name}`);
    flip(disk, journal, 70);
    await repair(disk);
    expect((await openOn(disk).load()).epoch).to.be.above(4);
  });

  it('gives up where neither a snapshot nor the journal’s beginning is left', async () => {
    const disk = await diskWith(100, SMALL);
    for (const name of await filesOf(disk, /^snap/)) flip(disk, name, 70);
    expect((await refusalOf(repair(disk))).reason).to.equal('store_beyond_repair');
    expect((await checkStore(STORE_FOLDER, disk)).problems[0]?.remedy).to.include('restore');
  });

  it('does not run beside a coordinator', async () => {
    const disk = await diskWith(1);
    const processes = { ...lonelyProcess, isAlive: () => true };
    const options = { backupFolder: ASIDE, disk, processes };
    expect((await refusalOf(repairStore(STORE_FOLDER, options))).reason).to.equal('store_locked');
  });

  for (let call = 1; call <= 60; call += 3) {
    it(`can be run again after a crash at its call ${String(call)}`, async () => {
      const disk = await diskWith(30, { segmentBytes: 500 });
      flip(disk, (await filesOf(disk, /hfj$/))[3], 70);
      const kept = (await checkStore(STORE_FOLDER, disk)).revision;
      disk.failAt(call, 'crash');
      await repair(disk).catch(() => undefined);
      disk.restartAfterPowerCut();
      await repair(disk);
      await expectCommits(disk, kept);
    });
  }
});

describe('A backup of the store', () => {
  it('brings every commit back into another folder, at a higher epoch', async () => {
    const disk = await diskWith(60, SMALL);
    await disk.makeFolder(BACKUPS);
    expect((await backupStore(STORE_FOLDER, TARGET, disk)).revision).to.equal(60);
    const report = await restoreStore(TARGET, '/other', { disk, processes: lonelyProcess });
    expect(report).to.deep.equal({ revision: 60, movedTo: undefined });
    expect((await expectCommits(disk, 60, '/other')).epoch).to.be.above(1);
  });

  it('is a whole state of the store while the coordinator goes on', async () => {
    const disk = await diskWith(0, SMALL);
    await disk.makeFolder(BACKUPS);
    const store = await loaded(disk, SMALL);
    const work = (async () => {
      for (let revision = 1; revision <= 150; revision++) await store.commit(smallCommit(revision), 2);
    })();
    const revisions: number[] = [];
    while ((revisions.at(-1) ?? 0) < 150) {
      const target = `${BACKUPS}/${String(revisions.length)}.tar`;
      revisions.push((await backupStore(STORE_FOLDER, target, disk)).revision);
    }
    await work;
    expect(revisions.length).to.be.above(2);
    for (const [index, revision] of revisions.entries()) {
      const folder = `/restored-${String(index)}`;
      await restoreStore(`${BACKUPS}/${String(index)}.tar`, folder, { disk, processes: lonelyProcess });
      await expectCommits(disk, revision, folder);
    }
  });

  it('replaces no file, and is not made of a damaged store', async () => {
    const disk = await diskWith(30, { segmentBytes: 500 });
    await disk.makeFolder(BACKUPS);
    await backupStore(STORE_FOLDER, TARGET, disk);
    expect((await refusalOf(backupStore(STORE_FOLDER, TARGET, disk))).code).to.equal('already_exists');
    flip(disk, (await filesOf(disk, /hfj$/))[0], 70);
    const other = `${BACKUPS}/other.tar`;
    expect((await refusalOf(backupStore(STORE_FOLDER, other, disk))).code).to.equal('data_loss');
    expect(await disk.list(BACKUPS)).to.deep.equal(['backup.tar']);
  });
});

describe('A restore of the store', () => {
  it('refuses a damaged or cut backup before it touches the folder', async () => {
    const disk = await diskWith(20, SMALL);
    await disk.makeFolder(BACKUPS);
    await backupStore(STORE_FOLDER, TARGET, disk);
    const size = await disk.size(TARGET);
    const contentOffset = 512 + 100;
    disk.flip(TARGET, contentOffset);
    expect((await refusalOf(restoreInto(disk, '/other'))).reason).to.equal('backup_damaged');
    disk.flip(TARGET, contentOffset);
    for (const bytes of [0, 700, Math.floor(size / 2), size - 1100]) {
      const cut = await disk.read(TARGET);
      const file = await disk.create('/backups/cut.tar');
      await file.write(cut.subarray(0, bytes), 0);
      const refusal = await refusalOf(restoreStore('/backups/cut.tar', '/other', { disk, processes: lonelyProcess }));
      expect(refusal.reason, String(bytes)).to.equal('backup_damaged');
      await disk.remove('/backups/cut.tar');
    }
    expect((await refusalOf(checkStore('/other', disk))).code).to.equal('not_found');
  });

  it('refuses a folder that holds files, and moves them aside when forced', async () => {
    const disk = await diskWith(20, SMALL);
    await disk.makeFolder(BACKUPS);
    await backupStore(STORE_FOLDER, TARGET, disk);
    const store = await loaded(disk, SMALL);
    for (let revision = 21; revision <= 40; revision++) await store.commit(smallCommit(revision), 2);
    await store.close();
    const before = await filesOf(disk, /./);
    expect((await refusalOf(restoreInto(disk, STORE_FOLDER))).reason).to.equal('store_not_empty');
    const { movedTo, revision } = await restoreInto(disk, STORE_FOLDER, true);
    expect(revision).to.equal(20);
    expect(await disk.list(String(movedTo))).to.have.members(before);
    expect((await expectCommits(disk, 20)).epoch).to.be.above(2);
    await expectCommits(disk, 40, String(movedTo));
  });

  it('does not run beside a coordinator, even forced', async () => {
    const disk = await diskWith(1);
    await disk.makeFolder(BACKUPS);
    await backupStore(STORE_FOLDER, TARGET, disk);
    const processes = { ...lonelyProcess, isAlive: () => true };
    const refusal = await refusalOf(restoreStore(TARGET, STORE_FOLDER, { disk, processes, force: true }));
    expect(refusal.reason).to.equal('store_locked');
  });

  for (let call = 3; call <= 90; call += 3) {
    it(`is whole, or refused until it is run again, after a crash at its call ${String(call)}`, async () => {
      const disk = await diskWith(20, SMALL);
      await disk.makeFolder(BACKUPS);
      await backupStore(STORE_FOLDER, TARGET, disk);
      const store = await loaded(disk, SMALL);
      const epoch = 2 * FENCE_EPOCHS;
      for (let revision = 21; revision <= 30; revision++) await store.commit(smallCommit(revision), epoch);
      await kill(disk, store);
      disk.failAt(call, 'crash');
      await restoreInto(disk, STORE_FOLDER, true).catch(() => undefined);
      disk.restartAfterPowerCut();
      const report = await checkStore(STORE_FOLDER, disk);
      const { revision } = report.ok ? report : await restoreInto(disk, STORE_FOLDER, true);
      // What was here is aside by then, but agents have met its epoch.
      expect((await expectCommits(disk, revision === 30 ? 30 : 20)).epoch).to.be.at.least(epoch);
    });
  }
});

const restoreInto = (disk: SimulatedDisk, folder: string, force = false): ReturnType<typeof restoreStore> =>
  restoreStore(TARGET, folder, { disk, processes: lonelyProcess, force });

async function loaded(...parameters: Parameters<typeof openOn>): Promise<ReturnType<typeof openOn>> {
  const store = openOn(...parameters);
  await store.load();
  return store;
}
