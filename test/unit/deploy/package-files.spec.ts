import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { leaveOut } from '../../../deploy/bootstrap/package-files.mjs';
import { makeTempDir } from '../../support/temp-dir.js';

const KEPT = [
  'dist/main.js',
  'node_modules/@chainsafe/hashtree-linux-x64-gnu/hashtree.linux-x64-gnu.node',
  'node_modules/@chainsafe/hashtree/index.js',
  'node_modules/@node-rs/argon2-linux-arm64-gnu/argon2.linux-arm64-gnu.node',
];
const LEFT_OUT = ['dist/main.js.map', 'node_modules/a/index.d.ts', 'node_modules/cpu-features/cpufeatures.node'];

describe('the files of a Debian package', () => {
  it('are those that run, with what is compiled for keys and for scans of plots', async () => {
    await using temp = await makeTempDir();
    for (const name of [...KEPT, ...LEFT_OUT]) {
      await mkdir(dirname(join(temp.path, name)), { recursive: true });
      await writeFile(join(temp.path, name), '');
    }
    await leaveOut(temp.path);
    const entries = await readdir(temp.path, { recursive: true, withFileTypes: true });
    const left = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(left.map((path) => path.slice(temp.path.length + 1))).to.have.members(KEPT);
  });
});
