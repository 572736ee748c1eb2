import { expect } from 'chai';
import { GroupCommit } from '../../../../../coordinator/store/records/group-commit.js';

const LIMITS = { batchWeight: 4, queueWeight: 10 };

/** A queue whose writes end when told to. */
function heldQueue(limits = LIMITS): {
  queue: GroupCommit<string>;
  writes: string[][];
  finish: (failure?: Error) => Promise<void>;
} {
  const writes: string[][] = [];
  let end: (failure?: Error) => void = () => undefined;
  const write = (items: readonly string[]): Promise<void> => {
    writes.push([...items]);
    return new Promise((resolve, reject) => {
      end = (failure) => (failure === undefined ? resolve() : reject(failure));
    });
  };
  const queue = new GroupCommit<string>(
    { write, between: async () => undefined, failure: (cause) => new Error('failed', { cause }) },
    limits,
  );
  const finish = async (failure?: Error): Promise<void> => {
    end(failure);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, writes, finish };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const outcome = (promise: Promise<void>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (thrown: unknown) => thrown,
  );

describe('Group commit', () => {
  it('writes together what was added in one turn, and what came while a write was under way', async () => {
    const { queue, writes, finish } = heldQueue();
    const first = [queue.add('a', 1), queue.add('b', 1)];
    await turn();
    const second = [queue.add('c', 1), queue.add('d', 1)];
    await finish();
    await Promise.all(first);
    await finish();
    await Promise.all(second);
    expect(writes).to.deep.equal([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('bounds what goes into one write', async () => {
    const { queue, writes, finish } = heldQueue();
    const added = ['a', 'b', 'c', 'd', 'e'].map((item) => queue.add(item, 2));
    await turn();
    for (let left = 3; left > 0; left--) await finish();
    await Promise.all(added);
    expect(writes).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('rejects what was being written, what waits and what comes after a failure, with one error', async () => {
    const { queue, finish } = heldQueue();
    const written = outcome(queue.add('a', 4));
    const waiting = outcome(queue.add('b', 4));
    await turn();
    await finish(new Error('EIO'));
    const outcomes = [await written, await waiting, await outcome(queue.add('c', 1))];
    expect(new Set(outcomes)).to.deep.equal(new Set([queue.failure]));
    expect(queue.failure).to.be.instanceOf(Error);
  });

  it('fails rather than let more wait than its bound', async () => {
    const { queue } = heldQueue();
    const added = ['a', 'b', 'c'].map((item) => outcome(queue.add(item, 4)));
    expect(await added[2]).to.equal(queue.failure);
    expect(queue.failure).to.be.instanceOf(Error);
  });

  it('takes a single item heavier than its bound when nothing waits', async () => {
    const { queue, finish } = heldQueue();
    const added = queue.add('heavy', 1000);
    await turn();
    await finish();
    await added;
  });
});
