import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSecretFolder } from '../../../../agent/secrets/index.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('the folder of the secrets', () => {
  it('is looked at only where nobody else can have put anything', async () => {
    await using temp = await makeTempDir();
    const root = join(temp.path, 'secrets');
    await mkdir(join(root, 'host-1', '7'), { recursive: true, mode: 0o700 });
    const index = { values: { a: { valueId: 'a1', version: 1 } }, restart: false, signals: [] };
    await writeFile(join(root, 'host-1', '7', 'index.json'), JSON.stringify(index));
    const kept = async () => [...(await openSecretFolder(root, 'host-1')).kept.keys()];
    expect(await kept()).to.deep.equal([7]);
    for (const path of [root, join(root, 'host-1')]) {
      await chmod(path, 0o777);
      expect(await kept()).to.deep.equal([]);
      await chmod(path, 0o700);
    }
    await rename(join(root, 'host-1'), join(temp.path, 'elsewhere'));
    expect(await kept()).to.deep.equal([]);
    await symlink(join(temp.path, 'elsewhere'), join(root, 'host-1'));
    expect(await kept()).to.deep.equal([]);
  });
});
