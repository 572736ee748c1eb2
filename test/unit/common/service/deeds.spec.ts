import { expect } from 'chai';
import { Deeds } from '../../../../common/service/deeds.js';

describe('deeds', () => {
  function scene(dryRun = false) {
    const did: string[] = [];
    const said: string[] = [];
    const deeds = new Deeds({ dryRun, say: (line) => said.push(line) });
    const note = (what: string) => () => did.push(what);
    return { did, said, deeds, note };
  }

  it('are taken back in reverse, the one that failed with them, and each once', async () => {
    const { did, deeds, note } = scene();
    await deeds.do('one', note('one'), note('not one'));
    await deeds.do('two', note('two'));
    const failing = deeds.do('three', () => Promise.reject(new Error('no')), note('not three'));
    expect(await failing.catch(() => 'failed')).to.equal('failed');
    await deeds.undoAll();
    await deeds.undoAll();
    expect(did).to.deep.equal(['one', 'two', 'not three', 'not one']);
  });

  it('are all taken back though one cannot be, which is said', async () => {
    const { did, said, deeds, note } = scene();
    await deeds.do('one', note('one'), note('not one'));
    await deeds.do('two', note('two'), () => Promise.reject(new Error('stuck')));
    await deeds.undoAll();
    expect(did).to.deep.equal(['one', 'two', 'not one']);
    expect(said.join()).to.include('stuck');
  });

  it('are only said in a dry run', async () => {
    const { did, said, deeds, note } = scene(true);
    await deeds.do('one', note('one'), note('not one'));
    await deeds.undoAll();
    expect([did, said]).to.deep.equal([[], ['would one']]);
  });
});
