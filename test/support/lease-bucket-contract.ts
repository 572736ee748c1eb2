import { expect } from 'chai';
import type { LeaseBucket, LeaseEntry } from '../../coordinator/leadership/index.js';
import { waitFor } from './wait-for.js';

const value = (id: string, attempt = 1) => ({ id, address: `${id}:7700`, attempt });

/** What every bucket for the lease of leadership has to do; `open` gives an empty one, to which each call is another way. */
export function itKeepsTheLease(open: () => Promise<() => LeaseBucket>): void {
  it('has nothing at first, and then what was written', async () => {
    const another = await open();
    expect(await another().read()).to.deep.equal({ revision: 0, value: undefined });
    const revision = await another().write(value('a'), 0);
    expect(await another().read()).to.deep.equal({ revision, value: value('a') });
    const released = await another().write('released', Number(revision));
    expect(await another().read()).to.deep.equal({ revision: released, value: 'released' });
  });

  it('writes only where the revision still stands, also for the first time', async () => {
    const another = await open();
    const revision = Number(await another().write(value('a'), 0));
    expect(await another().write(value('b'), 0)).to.equal('conflict');
    expect(Number(await another().write(value('a', 2), revision))).to.be.above(revision);
    expect(await another().write(value('b'), revision)).to.equal('conflict');
    expect((await another().read()).value).to.deep.equal(value('a', 2));
  });

  it('lets one of many win', async () => {
    const another = await open();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => another().write(value(String(n)), 0)));
    expect(answers.filter((answer) => answer !== 'conflict')).to.have.length(1);
  });

  it('tells those who watch of what is written, until they leave', async () => {
    const another = await open();
    const told: LeaseEntry[] = [];
    const left = new AbortController();
    const watching = another().watch((entry) => told.push(entry), left.signal);
    // A watch begins when it begins.
    await waitFor('an entry', async () => {
      const { revision } = await another().read();
      await another().write(value('a', revision), revision);
      return told.length > 0;
    });
    expect(told.at(-1)?.value).to.include({ id: 'a' });
    left.abort();
    await watching;
    const { length } = told;
    const { revision } = await another().read();
    await another().write('released', revision);
    expect(told).to.have.length(length);
  });
}
