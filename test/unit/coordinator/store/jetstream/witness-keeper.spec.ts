import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { silentLogger } from '../../../../../common/observe/logger.js';
import { WitnessKeeper } from '../../../../../coordinator/store/jetstream/witness-keeper.js';
import { decodeWitness, encodeWitness } from '../../../../../coordinator/store/jetstream/witness.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { MemoryWitness } from '../../../../support/memory-witness.js';

const FENCED = new HeadframeError({ code: 'unavailable', reason: 'not_leader', message: 'another leads' });

class Scene {
  readonly clock = new ManualClock();
  readonly place = new MemoryWitness();
  syncMs = 0;
  refusal: HeadframeError | undefined;
  readonly keeper = this.keeperOf(1);

  keeperOf(epoch: number): WitnessKeeper {
    const parts = { syncMs: () => this.syncMs, refusal: () => this.refusal, logger: silentLogger };
    return new WitnessKeeper({ ...parts, clock: this.clock, place: this.place }, { revision: 0, epoch });
  }

  note(revision: number): void {
    this.keeper.note({ epoch: 1, revision, sequence: revision + 1 });
  }

  get written(): (number | undefined)[] {
    return this.place.written.map((text) => decodeWitness(text)?.revision);
  }
}

describe('Noting how far a journal goes', () => {
  it('follows its growth, at most every two seconds, and to its end when it grows no more', async () => {
    const scene = new Scene();
    for (let revision = 1; revision <= 30; revision += 1) {
      scene.note(revision);
      await scene.clock.advanceAsync(100);
    }
    await scene.clock.advanceAsync(2_000);
    expect(scene.written).to.deep.equal([1, 20, 30]);
    await scene.clock.advanceAsync(10_000);
    expect(scene.written).to.deep.equal([1, 20, 30]);
  });

  it('never goes ahead of what is surely written, and reaches that', async () => {
    const scene = new Scene();
    scene.syncMs = 60_000;
    for (let revision = 1; revision <= 1_200; revision += 1) {
      scene.note(revision);
      await scene.clock.advanceAsync(100);
      // Ten a second: what is noted is a minute old.
      expect(scene.written.at(-1) ?? 0).to.be.at.most(Math.max(0, revision - 599));
    }
    expect(scene.written.at(-1)).to.be.at.least(560);
    await scene.keeper.close();
    expect(scene.written.at(-1)).to.be.at.most(601);
  });

  it('notes the last of it when the store closes in order, and nothing once another leads', async () => {
    const scene = new Scene();
    scene.note(1);
    await scene.clock.advanceAsync(0);
    scene.note(2);
    await scene.keeper.close();
    expect(scene.written).to.deep.equal([1, 2]);
    const late = new Scene();
    late.refusal = FENCED;
    late.note(1);
    await late.clock.advanceAsync(5_000);
    await late.keeper.close();
    expect(late.written).to.deep.equal([]);
  });

  it('tries again after servers were away, and closes within seconds where they still are', async () => {
    const scene = new Scene();
    scene.place.failure = new Error('away');
    scene.note(1);
    await scene.clock.advanceAsync(3_000);
    expect(scene.written).to.deep.equal([]);
    scene.place.failure = undefined;
    await scene.clock.advanceAsync(2_000);
    expect(scene.written).to.deep.equal([1]);
    scene.place.replace = () => new Promise(() => undefined);
    scene.note(2);
    const closed = scene.keeper.close();
    await scene.clock.advanceAsync(2_000);
    await closed;
  });

  it('takes the place of what who led before noted last, and gives way to who leads next', async () => {
    const scene = new Scene();
    await scene.place.replace(encodeWitness({ epoch: 0, revision: 9, sequence: 9, atMs: 0 }), 0);
    scene.note(10);
    await scene.clock.advanceAsync(5_000);
    expect(scene.written).to.deep.equal([9, 10]);
    const next = scene.keeperOf(2);
    next.note({ epoch: 2, revision: 11, sequence: 12 });
    await scene.clock.advanceAsync(5_000);
    scene.note(99);
    await scene.clock.advanceAsync(10_000);
    expect(scene.written).to.deep.equal([9, 10, 11]);
  });
});
