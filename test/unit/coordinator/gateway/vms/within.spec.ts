import { expect } from 'chai';
import { LATE, within } from '../../../../../coordinator/gateway/vms/within.js';
import { ManualClock } from '../../../../support/manual-clock.js';

describe('a stream within a time', () => {
  it('brings what it has, and nothing more where it ends before', async () => {
    const clock = new ManualClock();
    const stream = (async function* () {
      yield await Promise.resolve(1);
      yield 2;
    })();
    const seen: unknown[] = [];
    for await (const piece of within(stream, 1_000, clock)) seen.push(piece);
    expect(seen).to.deep.equal([1, 2]);
  });

  it('is late where it has not ended by then, and is left', async () => {
    const clock = new ManualClock();
    let left = false;
    const iterator = {
      next: () => new Promise<IteratorResult<number>>(() => undefined),
      return: () => {
        left = true;
        return Promise.resolve({ done: true as const, value: undefined });
      },
    };
    const pieces = within({ [Symbol.asyncIterator]: () => iterator }, 1_000, clock);
    const first = pieces.next();
    clock.advance(1_000);
    expect((await first).value).to.equal(LATE);
    expect((await pieces.next()).done).to.equal(true);
    expect(left).to.equal(true);
  });
});
