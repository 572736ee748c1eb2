import { expect } from 'chai';
import { backupHoldings } from '../../../../../coordinator/store/lowdb/backup.js';
import { readBackup } from '../../../../../coordinator/store/lowdb/restore.js';
import { backupStore, restoreStore } from '../../../../../coordinator/store/maintenance.js';
import { restoreInto } from '../../../../../coordinator/store/move/index.js';
import type { MoveReport } from '../../../../../coordinator/store/move/index.js';
import { FENCE_EPOCHS } from '../../../../../coordinator/store/store.js';
import { MemoryStreams } from '../../../../support/memory-streams.js';
import { refusalOf } from '../../../../support/refusal-of.js';
import { diskWith, lonelyProcess, openOn } from '../../../../support/store-disk.js';
import {
  MOVED_COMMITS,
  MOVED_RECORDS,
  MOVE_PROCESS,
  OTHER_FOLDER,
  folderEnd,
  moveBetween,
} from '../../../../support/store-moves.js';
import { recordsOf } from '../../../../support/store-samples.js';

describe('Backups of a cluster', () => {
  const parts = { newId: () => 'restore', ...MOVE_PROCESS };
  const from = { kind: 'backup', where: 'b.tar' } as const;

  it('and of a folder are restored into either, by an epoch above all that agents have met', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    await moveBetween(folderEnd(disk), streams.end());
    await disk.makeFolder('/backups');
    await backupHoldings(await streams.end().readWhole(), '/backups/cluster.tar', disk);

    await restoreStore('/backups/cluster.tar', OTHER_FOLDER, { disk, processes: lonelyProcess });
    const store = openOn(disk, {}, OTHER_FOLDER);
    const fleet = await store.load();
    expect(recordsOf(fleet)).to.deep.equal(MOVED_RECORDS);
    expect([fleet.revision, fleet.epoch > FENCE_EPOCHS, fleet.recent.length]).to.deep.equal([
      MOVED_COMMITS,
      true,
      MOVED_COMMITS,
    ]);
    await store.close();

    await backupStore(OTHER_FOLDER, '/backups/folder.tar', disk);
    const holdings = await readBackup('/backups/folder.tar', disk);
    const others = new MemoryStreams();
    const report = await restoreInto({ from, holdings, to: others.end(), force: false, ...parts });
    expect(report.epoch).to.be.above(2 * FENCE_EPOCHS);
    expect(recordsOf({ ...(await others.end().readWhole()).records })).to.deep.equal(MOVED_RECORDS);
    expect((await others.end().standing()).state).to.equal('open');
  });

  it('are refused where a fleet is, unless told; then its epochs count, too, also of one that is damaged', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    await moveBetween(folderEnd(disk), streams.end());
    const { epoch } = await streams.end().readWhole();
    const younger = { revision: 3, epoch: 1 };
    const before = await diskWith(younger.revision);
    const holdings = await folderEnd(before).read();
    const restore = (force: boolean): Promise<MoveReport> =>
      restoreInto({ from, holdings, to: streams.end(), force, ...parts });
    expect((await refusalOf(restore(false))).reason).to.equal('store_not_empty');

    const damaged = Buffer.from('damage');
    await streams.journal.put(damaged, (await streams.journal.ends()).last);
    expect((await refusalOf(streams.end().readWhole())).code).to.equal('data_loss');
    const report = await restore(true);
    expect(report.epoch).to.equal(epoch + FENCE_EPOCHS);
    const { revision, records } = await streams.end().readWhole();
    expect(revision).to.equal(3);
    expect(recordsOf({ ...records }).instances.size).to.equal(3);
  });

  it('that were restored half-way are not started over, and begin anew', async () => {
    const holdings = await folderEnd(await diskWith(MOVED_COMMITS)).read();
    const streams = new MemoryStreams();
    streams.budget = 3;
    await restoreInto({ from, holdings, to: streams.end(), force: false, ...parts }).catch(() => undefined);
    streams.budget = Infinity;
    const refusal = await refusalOf(streams.end().readWhole());
    expect(refusal.reason).to.equal('store_move_unfinished');
    expect(refusal.remedy).to.include('headframe store restore --force');
    await restoreInto({ from, holdings, to: streams.end(), force: true, ...parts });
    expect((await streams.end().readWhole()).revision).to.equal(MOVED_COMMITS);
  });
});
