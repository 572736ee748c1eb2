import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { placeRelease } from '../../../../common/service/release.js';
import type { Release } from '../../../../common/service/release.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('a release that is placed', () => {
  async function makeRelease(folder: string, id: string): Promise<Release> {
    const lock = { packages: { 'node_modules/needed': {}, 'node_modules/built-with': { dev: true } } };
    const files = {
      ...Object.fromEntries(['agent', 'common', 'coordinator'].map((part) => [`dist/${part}/main.js`, id])),
      'deploy/systemd/one.service': '',
      'package.json': '{}',
      'node_modules/.package-lock.json': JSON.stringify(lock),
      'node_modules/needed/index.js': 'needed',
      'node_modules/built-with/index.js': '',
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return { id, version: id, folder, dist: join(folder, 'dist') };
  }

  it('has what runs alone, and shares the files of the same dependencies with the one before', async () => {
    await using temp = await makeTempDir();
    const releases = join(temp.path, 'releases');
    for (const id of ['one', 'two']) await placeRelease(await makeRelease(join(temp.path, id), id), releases);
    const fileOf = async (id: string, name: string) => (await stat(join(releases, id, name))).ino;
    const needed = 'node_modules/needed/index.js';
    expect(await fileOf('two', needed)).to.equal(await fileOf('one', needed));
    expect(await fileOf('two', 'dist/agent/main.js')).to.not.equal(await fileOf('one', 'dist/agent/main.js'));
    expect(existsSync(join(releases, 'one/node_modules/built-with'))).to.equal(false);
    expect((await stat(join(releases, 'two/bin/headframe'))).mode & 0o111).to.equal(0o111);
  });
});
