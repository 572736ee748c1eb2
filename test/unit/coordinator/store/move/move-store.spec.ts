import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { backupStore, checkStore } from '../../../../../coordinator/store/maintenance.js';
import { moveStore, planMove, previewMove } from '../../../../../coordinator/store/move/index.js';
import type { MoveMark, MoveSource, MoveStanding, MoveTarget } from '../../../../../coordinator/store/move/index.js';
import { Killed, MemoryStreams } from '../../../../support/memory-streams.js';
import { refusalOf } from '../../../../support/refusal-of.js';
import { Crashed } from '../../../../support/simulated-disk.js';
import { STORE_FOLDER, diskWith, openOn, smallCommit } from '../../../../support/store-disk.js';
import {
  MOVED_COMMITS,
  MOVED_RECORDS,
  MOVE_PROCESS,
  OTHER_FOLDER,
  folderEnd,
  moveBetween,
} from '../../../../support/store-moves.js';
import { recordsOf } from '../../../../support/store-samples.js';

const isOpen = async (end: MoveSource): Promise<boolean> => (await end.standing()).state === 'open';

/** Runs a move, and again until it has ended: what a person does who is told to. */
async function untilMoved(from: () => MoveSource, to: () => MoveTarget): Promise<void> {
  try {
    await moveBetween(from(), to());
  } catch (thrown) {
    // It had ended before.
    if (!(thrown instanceof HeadframeError) || thrown.reason !== 'store_moved') throw thrown;
  }
}

describe('The plan of a move', () => {
  const sides = { from: { kind: 'lowdb', where: 'A' }, to: { kind: 'jetstream', where: 'B' } } as const;
  const mark = (id: string, patch: Partial<MoveMark> = {}): MoveMark => ({
    ...{ version: 1, id, ...sides, epoch: 9, revision: 4, sha256: '', atMs: 0 },
    ...patch,
  });
  const open: MoveStanding = { state: 'open', epoch: 3 };
  const other = { kind: 'lowdb', where: 'C' } as const;
  const plan = (source: MoveStanding, target: MoveStanding): string => {
    const made = planMove(source, target, sides);
    if (made.kind === 'begin') return `begin ${String(made.epoch)}`;
    return made.kind === 'finish' ? 'finish' : made.error.reason;
  };

  it('begins where the target is free, by an epoch above all that either side has had', () => {
    expect(plan(open, { state: 'empty' })).to.equal('begin 4');
    expect(plan(open, { state: 'arriving', mark: mark('1') })).to.equal('begin 10');
    expect(plan(open, { state: 'moved', mark: mark('1', { from: sides.to, to: sides.from }) })).to.equal('begin 10');
  });

  it('goes on where the source was left for just this target', () => {
    expect(plan({ state: 'moved', mark: mark('1') }, { state: 'arriving', mark: mark('1') })).to.equal('finish');
    expect(plan({ state: 'moved', mark: mark('1') }, { state: 'arriving', mark: mark('2') })).to.equal('store_moved');
    expect(plan({ state: 'moved', mark: mark('1') }, { state: 'empty' })).to.equal('store_moved');
    expect(plan({ state: 'moved', mark: mark('1') }, open)).to.equal('store_moved');
  });

  it('refuses a source without a whole fleet, and a target that holds what is of others', () => {
    expect(plan({ state: 'empty' }, { state: 'empty' })).to.equal('store_missing');
    expect(plan({ state: 'arriving', mark: mark('1') }, { state: 'empty' })).to.equal('store_move_unfinished');
    expect(plan(open, open)).to.equal('store_not_empty');
    expect(plan(open, { state: 'arriving', mark: mark('1', { from: other }) })).to.equal('store_not_empty');
    expect(plan(open, { state: 'moved', mark: mark('1', { to: other }) })).to.equal('store_not_empty');
  });
});

describe('A move of a store', () => {
  it('brings all records to the streams of a cluster and back, with the last commits, by ever higher epochs', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    const there = await moveBetween(folderEnd(disk), streams.end());
    expect(there).to.deep.include({ revision: MOVED_COMMITS, resumed: false, epoch: 2 });
    expect(there.records).to.include({ miner: 3, instance: 5 });
    const cluster = await streams.end().readWhole();
    expect(recordsOf({ ...cluster.records })).to.deep.equal(MOVED_RECORDS);
    expect(cluster.recent.map(({ revision }) => revision)).to.deep.equal(
      Array.from({ length: MOVED_COMMITS }, (_, index) => index + 1),
    );

    const back = await moveBetween(streams.end(), folderEnd(disk));
    expect(back.sha256).to.equal(there.sha256);
    expect(back.epoch).to.be.above(there.epoch);
    expect(await checkStore(STORE_FOLDER, disk)).to.deep.include({ ok: true, revision: MOVED_COMMITS });
    const store = openOn(disk);
    const fleet = await store.load();
    expect(fleet).to.include({ revision: MOVED_COMMITS, epoch: back.epoch });
    expect(recordsOf(fleet)).to.deep.equal(MOVED_RECORDS);
    expect(fleet.recent).to.have.length(MOVED_COMMITS);
    await store.commit(smallCommit(MOVED_COMMITS + 1), back.epoch + 1);
    await store.close();
    // What was there before the first move is still to be had.
    expect(await disk.list(`${STORE_FOLDER}/before-move-1`)).to.include('moved');

    const again = await moveBetween(folderEnd(disk), streams.end());
    expect([again.revision, again.epoch > back.epoch]).to.deep.equal([MOVED_COMMITS + 1, true]);
  });

  it('closes what it has left, which says where to and how to come back', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    await moveBetween(folderEnd(disk), streams.end());
    const refusal = await refusalOf(openOn(disk).load());
    expect(refusal).to.include({ code: 'failed_precondition', reason: 'store_moved' });
    expect(refusal.metadata).to.include({ to: 'cluster test in NATS', revision: String(MOVED_COMMITS) });
    expect(refusal.remedy).to.include('--from jetstream --to lowdb');
    // It can still be copied.
    await disk.makeFolder('/backups');
    await backupStore(STORE_FOLDER, '/backups/old.tar', disk);

    await moveBetween(streams.end(), folderEnd(disk));
    expect(await streams.end().standing()).to.include({ state: 'moved' });
    expect((await refusalOf(moveBetween(streams.end(), folderEnd(disk, OTHER_FOLDER)))).reason).to.equal('store_moved');
  });

  it('leaves nothing where what is read back differs, and says in what', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    streams.spoil = (chunk) => Buffer.from(chunk).fill(1, chunk.length - 1);
    expect((await refusalOf(moveBetween(folderEnd(disk), streams.end()))).code).to.equal('data_loss');

    const end = streams.end();
    const whole = end.readBack.bind(end);
    streams.spoil = (chunk) => chunk;
    // A chunk whose checksum matches and whose records are others.
    end.readBack = async () => {
      const { records, ...rest } = await whole();
      const documents = new Map([...records.documents].filter(([table]) => table !== 'miner'));
      return { ...rest, records: { ...records, documents } };
    };
    const refusal = await refusalOf(moveBetween(folderEnd(disk), end));
    expect(refusal).to.include({ code: 'data_loss', reason: 'store_move_differs' });
    expect(refusal.message).to.include('miner (3 and 0)');
    expect([await isOpen(folderEnd(disk)), await isOpen(streams.end())]).to.deep.equal([true, false]);
    await untilMoved(
      () => folderEnd(disk),
      () => streams.end(),
    );
    expect(await isOpen(streams.end())).to.equal(true);
  });

  it('does not take the place of a fleet that was begun there while the source was read', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    for (const exists of [false, true]) {
      const streams = new MemoryStreams();
      streams.exist = exists;
      const source = folderEnd(disk);
      const whole = source.read.bind(source);
      source.read = async () => {
        await streams.journal.put(Buffer.from('of another'), (await streams.journal.ends()).last);
        return whole();
      };
      expect((await refusalOf(moveBetween(source, streams.end()))).reason).to.equal('store_changed');
      expect(await streams.journal.ends()).to.deep.equal({ first: 1, last: 1 });
    }
    const streams = new MemoryStreams();
    const check = (): void => {
      throw new Error('lost');
    };
    const [from, to] = [folderEnd(disk), streams.end()];
    const parts = { ...MOVE_PROCESS, from, to, newId: () => 'm', belongings: () => Promise.resolve(), check };
    expect(await moveStore(parts).catch((thrown: unknown) => String(thrown))).to.equal('Error: lost');
    expect(streams.exist).to.equal(false);
  });

  it('is never taken for whole by its last commits alone', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    const few = folderEnd(disk);
    const whole = few.read.bind(few);
    few.read = async () => {
      const holdings = await whole();
      return { ...holdings, recent: holdings.recent.slice(-3) };
    };
    await moveBetween(few, streams.end());
    expect((await streams.end().readWhole()).recent).to.have.length(3);
    streams.spoil = (chunk) => Buffer.from(chunk).fill(1, chunk.length - 1);
    expect((await refusalOf(streams.end().readWhole())).code).to.equal('data_loss');
  });

  it('tells beforehand what it would do, and changes nothing', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    streams.budget = 0;
    const told = await previewMove({ from: folderEnd(disk), to: streams.end(), newId: () => 'x', ...MOVE_PROCESS });
    streams.budget = Infinity;
    expect(await moveBetween(folderEnd(disk), streams.end())).to.include({ sha256: told.sha256, epoch: told.epoch });
  });

  it('is refused where something was written while it was read', async () => {
    const disk = await diskWith(MOVED_COMMITS);
    const streams = new MemoryStreams();
    await moveBetween(folderEnd(disk), streams.end());
    const writer = async (): Promise<void> => {
      const { last } = await streams.journal.ends();
      await streams.journal.put(Buffer.from('of another'), last);
    };
    expect((await refusalOf(moveBetween(streams.end(), folderEnd(disk), writer))).reason).to.equal('store_changed');
    expect(await isOpen(folderEnd(disk))).to.equal(false);
  });

  it('cut short at any call of a disk, never has two that can be started, and is brought to its end', async () => {
    for (let call = 1; ; call += 1) {
      const disk = await diskWith(MOVED_COMMITS);
      // What was moved away comes back, and goes again: the longest way.
      await moveBetween(folderEnd(disk), folderEnd(disk, OTHER_FOLDER));
      await moveBetween(folderEnd(disk, OTHER_FOLDER), folderEnd(disk));
      disk.failAt(call, 'crash');
      const ended = await moveBetween(folderEnd(disk), folderEnd(disk, OTHER_FOLDER)).then(
        () => true,
        (thrown: unknown) => {
          if (thrown instanceof Crashed) return false;
          throw thrown;
        },
      );
      if (ended) break;
      if (call % 2 === 0) disk.restartAfterKill();
      else disk.restartAfterPowerCut();
      const open = [await isOpen(folderEnd(disk)), await isOpen(folderEnd(disk, OTHER_FOLDER))];
      expect(open, `call ${String(call)}`).not.to.deep.equal([true, true]);
      await untilMoved(
        () => folderEnd(disk),
        () => folderEnd(disk, OTHER_FOLDER),
      );
      expect(await isOpen(folderEnd(disk))).to.equal(false);
      expect(recordsOf(await openOn(disk, {}, OTHER_FOLDER).load())).to.deep.equal(MOVED_RECORDS);
    }
  });

  it('cut short at any write to a cluster, there and back, never has two that can be started either', async () => {
    for (const way of ['there', 'back'] as const) {
      for (let writes = 0; ; writes += 1) {
        const disk = await diskWith(MOVED_COMMITS);
        const streams = new MemoryStreams();
        const ends = (): [MoveSource & MoveTarget, MoveSource & MoveTarget] =>
          way === 'there' ? [folderEnd(disk), streams.end()] : [streams.end(), folderEnd(disk)];
        // What lies there from before must not come between.
        await moveBetween(folderEnd(disk), streams.end());
        if (way === 'there') await moveBetween(streams.end(), folderEnd(disk));
        streams.budget = writes;
        const ended = await moveBetween(...ends()).then(
          () => true,
          (thrown: unknown) => {
            if (thrown instanceof Killed) return false;
            throw thrown;
          },
        );
        streams.budget = Infinity;
        if (ended) break;
        const open = [await isOpen(ends()[0]), await isOpen(ends()[1])];
        expect(open, `${way} ${String(writes)}`).not.to.deep.equal([true, true]);
        await untilMoved(
          () => ends()[0],
          () => ends()[1],
        );
        expect(await isOpen(ends()[0])).to.equal(false);
        expect(recordsOf({ ...(await ends()[1].readBack()).records })).to.deep.equal(MOVED_RECORDS);
      }
    }
  });
});
