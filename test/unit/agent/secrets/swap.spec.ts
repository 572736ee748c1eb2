import { lstat, open, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { currentFile, swapFiles } from '../../../../agent/secrets/swap.js';
import type { SwappedFile } from '../../../../agent/secrets/swap.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('files that are swapped all at once', () => {
  const file = (name: string, text: string, mode = 0o400): SwappedFile => ({
    name,
    content: Buffer.from(text),
    mode,
    owner: undefined,
  });

  it('are there with their content and mode, whatever the umask', async () => {
    await using temp = await makeTempDir();
    const folder = join(temp.path, 'mounted');
    const before = process.umask(0o077);
    try {
      await swapFiles(folder, 'one', [file('a', 'first'), file('b', 'other', 0o444)]);
    } finally {
      process.umask(before);
    }
    expect(await readFile(join(folder, 'a'), 'utf8')).to.equal('first');
    expect((await stat(join(folder, 'a'))).mode & 0o777).to.equal(0o400);
    expect((await stat(join(folder, 'b'))).mode & 0o777).to.equal(0o444);
    // Another user has to get to them.
    expect((await stat(folder)).mode & 0o777).to.equal(0o755);
    expect((await stat(join(folder, '..data'))).mode & 0o777).to.equal(0o755);
  });

  it('are followed by the next under the same path, in the same folder, and nothing of the old ones is left', async () => {
    await using temp = await makeTempDir();
    const folder = join(temp.path, 'mounted');
    await swapFiles(folder, 'one', [file('a', 'first'), file('b', 'gone with the next')]);
    const { ino } = await stat(folder);
    const reader = await open(join(folder, 'a'));
    await swapFiles(folder, 'two', [file('a', 'second')]);
    expect(await readFile(join(folder, 'a'), 'utf8')).to.equal('second');
    expect(await readFile(currentFile(folder, 'a'), 'utf8')).to.equal('second');
    expect((await stat(folder)).ino).to.equal(ino);
    expect((await readdir(folder)).sort()).to.deep.equal(['..data', '..two', 'a']);
    // Who had the old one open reads on in it.
    expect(await reader.readFile('utf8')).to.equal('first');
    await reader.close();
  });

  it('do not mind what a swap that was cut short has left', async () => {
    await using temp = await makeTempDir();
    const folder = join(temp.path, 'mounted');
    await swapFiles(folder, 'one', [file('a', 'first')]);
    await swapFiles(folder, 'two', [file('a', 'second')]);
    await swapFiles(folder, 'two', [file('a', 'again')]);
    expect(await readFile(join(folder, 'a'), 'utf8')).to.equal('again');
    expect((await lstat(join(folder, 'a'))).isSymbolicLink()).to.equal(true);
  });
});
