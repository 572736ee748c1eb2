import { expect } from 'chai';
import { systemClock } from '../../../common/model/clock.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
import { atOnce, inTurns } from '../../../coordinator/in-turns.js';
import { InstanceColumns } from '../../../coordinator/instances/instance-columns.js';
import type { Store, StoredFleet } from '../../../coordinator/store/store.js';

const STEPS = 5;
/** Longer than work goes on without a pause. */
const STEP_MS = 15;

/** Counts turns of the event loop until it is disposed of. */
class Turns implements Disposable {
  count = 0;
  #next = setImmediate(() => {
    this.#take();
  });

  [Symbol.dispose](): void {
    clearImmediate(this.#next);
  }

  #take(): void {
    this.count += 1;
    this.#next = setImmediate(() => {
      this.#take();
    });
  }
}

function* slowSteps(turns: Turns, seen: Set<number>): Generator<void, string> {
  for (let step = 0; step < STEPS; step += 1) {
    seen.add(turns.count);
    const endMs = performance.now() + STEP_MS;
    while (performance.now() < endMs);
    yield;
  }
  return 'done';
}

describe('work in turns', () => {
  it('gives the event loop a turn when a step was long, and gives back what the work returns', async () => {
    using turns = new Turns();
    const seen = new Set<number>();
    expect(await inTurns(slowSteps(turns, seen))).to.equal('done');
    expect(seen.size).to.equal(STEPS);
  });

  it('gives it none where it is done at once', () => {
    using turns = new Turns();
    const seen = new Set<number>();
    expect(atOnce(slowSteps(turns, seen))).to.equal('done');
    expect(seen.size).to.equal(1);
  });

  it('rejects with what the work throws', async () => {
    const thrown = new Error('on purpose');
    function* fails(): Generator<void, never> {
      yield;
      throw thrown;
    }
    expect(await inTurns(fails()).catch((error: unknown) => error)).to.equal(thrown);
  });

  it('reads a stored fleet, so that whoever leads is heard of while it loads one', async () => {
    using turns = new Turns();
    const seen = new Set<number>();
    const blocks = function* () {
      const steps = slowSteps(turns, seen);
      while (steps.next().done !== true) yield { columns: new InstanceColumns(), miners: [], hosts: [] };
    };
    const stored: StoredFleet = {
      ...{ epoch: 0, revision: 0, documents: new Map(), recent: [], warnings: [] },
      instances: { [Symbol.iterator]: () => [][Symbol.iterator](), blocks },
    };
    const store: Store = {
      load: () => Promise.resolve(stored),
      commit: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    await openFleet(store, { clock: systemClock });
    expect(seen.size).to.equal(STEPS);
  });
});
