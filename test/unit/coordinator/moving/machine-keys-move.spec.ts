import { expect } from 'chai';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moveMachineKeys } from '../../../../coordinator/moving/machine-keys-move.js';
import { refusalOf } from '../../../support/refusal-of.js';

describe('Host keys of machines that move to a folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headframe-keys-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const move = (names: readonly string[]): Promise<number> => {
    const shelf = { names: async () => [...names], read: async () => 'keys', put: async () => undefined };
    return moveMachineKeys(join(folder, 'data'), shelf, 'toFolder');
  };

  it('lie there each under its name, and nowhere else, whatever somebody has written into the bucket', async () => {
    expect(await move(['ssh-m1.seen'])).to.equal(1);
    expect(await readFile(join(folder, 'data', 'machines', 'ssh-m1.seen'), 'utf8')).to.equal('keys');
    for (const name of ['../../planted', '..', '.', '', 'a/b', 'a\0b']) {
      const refusal = await refusalOf(move(['ssh-m2.seen', name]));
      expect(refusal, name).to.include({ code: 'data_loss', reason: 'store_damaged' });
    }
    expect(await readdir(folder)).to.deep.equal(['data']);
    expect(await readdir(join(folder, 'data', 'machines'))).to.deep.equal(['ssh-m1.seen']);
  });
});
