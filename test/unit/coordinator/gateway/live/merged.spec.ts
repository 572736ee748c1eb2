import { expect } from 'chai';
import { merged } from '../../../../../coordinator/gateway/live/merged.js';

describe('merged', () => {
  /** Tells what it is given, and whether it was left. */
  function channel() {
    const waiting: ((result: IteratorResult<string>) => void)[] = [];
    const failing: ((error: Error) => void)[] = [];
    const seen = { asked: 0, left: false };
    const iterator = {
      next: () =>
        new Promise<IteratorResult<string>>((resolve, reject) => {
          seen.asked += 1;
          waiting.push(resolve);
          failing.push(reject);
        }),
      return: () => {
        seen.left = true;
        return Promise.resolve({ done: true as const, value: undefined });
      },
    };
    return {
      seen,
      stream: { [Symbol.asyncIterator]: () => iterator },
      tell: (value: string) => waiting.shift()?.({ done: false, value }),
      fail: () => failing.at(-1)?.(new Error('broken')),
    };
  }

  it('tells what comes from any, in the order in which it comes, and asks none for more before that is taken', async () => {
    const [one, two] = [channel(), channel()];
    const all = merged(one.stream, two.stream);
    const first = all.next();
    two.tell('b');
    expect((await first).value).to.equal('b');
    expect([one.seen.asked, two.seen.asked]).to.deep.equal([1, 1]);
    one.tell('a');
    expect((await all.next()).value).to.equal('a');
    await all.return();
    expect([one.seen.left, two.seen.left]).to.deep.equal([true, true]);
  });

  it('fails as the first that fails, also while nobody listens, and leaves the others', async () => {
    const [one, two] = [channel(), channel()];
    const all = merged(one.stream, two.stream);
    const first = all.next();
    one.tell('a');
    await first;
    two.fail();
    await new Promise(setImmediate);
    const error: unknown = await all.next().catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', 'broken');
    expect(one.seen.left).to.equal(true);
  });
});
