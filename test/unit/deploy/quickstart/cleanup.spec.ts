import { expect } from 'chai';
import { Cleanup } from '../../../../deploy/quickstart/cleanup.js';

const neverForced = new AbortController().signal;

describe('the cleanup of the quickstart', () => {
  it('undoes everything in the opposite order', async () => {
    const undone: string[] = [];
    const cleanup = new Cleanup();
    for (const name of ['folder', 'coordinator', 'agents']) cleanup.add(name, async () => void undone.push(name));
    expect(await cleanup.run(neverForced)).to.equal(true);
    expect(undone).to.deep.equal(['agents', 'coordinator', 'folder']);
  });

  it('goes on after what fails, and says that it was not clean', async () => {
    const undone: string[] = [];
    const cleanup = new Cleanup();
    cleanup.add('folder', async () => void undone.push('folder'));
    cleanup.add('image', async () => {
      throw new Error('still in use');
    });
    expect(await cleanup.run(neverForced)).to.equal(false);
    expect(undone).to.deep.equal(['folder']);
  });
});
