import { expect } from 'chai';
import { Closers } from '../../../coordinator/closers.js';
import { Loops } from '../../../coordinator/loops.js';

describe('Loops', () => {
  it('end together, and only when all of them have ended', async () => {
    const ended: string[] = [];
    const loops = new Loops();
    for (const name of ['a', 'b'])
      loops.start(async (signal) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        ended.push(name);
      });
    await loops.stop();
    expect(ended).to.deep.equal(['a', 'b']);
  });

  it('tell of the first that fails, and can still be stopped', async () => {
    const loops = new Loops();
    const failure = new Error('broke');
    loops.start(() => Promise.reject(failure));
    expect(await loops.failed).to.equal(failure);
    await loops.stop();
  });
});

describe('Closers', () => {
  it('close the last opened first, all of them, once, and tell the first failure', async () => {
    const closed: string[] = [];
    const closers = new Closers();
    for (const name of ['store', 'bus', 'server'])
      closers.add(async () => {
        closed.push(name);
        if (name !== 'store') throw new Error(name);
      });
    const outcomes = await Promise.allSettled([closers.close(), closers.close()]);
    expect(closed).to.deep.equal(['server', 'bus', 'store']);
    for (const outcome of outcomes) expect(outcome).to.have.nested.property('reason.message', 'server');
  });
});
