import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openKeyFile } from '../../../../../../agent/kinds/space/alone/key-file.js';
import { toHeadframeError } from '../../../../../../common/model/error.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const fresh = (): Uint8Array => Buffer.alloc(32, 5);
const reasonOf = (opening: Promise<unknown>) =>
  opening.then(
    () => undefined,
    (error: unknown) => toHeadframeError(error).reason,
  );

describe("the file of a space miner's key", () => {
  it('is made for its owner alone where it is not there, and is the same key from then on', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'new', 'miner_key.dat');
    const made = await openKeyFile(path, fresh);
    expect([made.isNew, (await stat(path)).mode & 0o777, await readFile(path)]).to.deep.equal([true, 0o600, fresh()]);
    const again = await openKeyFile(path, () => Buffer.alloc(32, 6));
    expect([again.isNew, again.key.minerId]).to.deep.equal([false, made.key.minerId]);
  });

  for (const mode of [0o640, 0o604, 0o620])
    it(`is refused with mode ${mode.toString(8)}`, async () => {
      await using folder = await makeTempDir();
      const path = join(folder.path, 'key');
      await writeFile(path, fresh());
      await chmod(path, mode);
      expect(await reasonOf(openKeyFile(path, fresh))).to.equal('space_key_exposed');
    });

  it('is refused unless it holds the 32 bytes of a key, and stays as it is', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'key');
    for (const bytes of [
      Buffer.alloc(31, 5),
      Buffer.alloc(33, 5),
      Buffer.alloc(0),
      Buffer.alloc(32),
      Buffer.alloc(32, 255),
    ]) {
      await writeFile(path, bytes, { mode: 0o600 });
      expect(await reasonOf(openKeyFile(path, fresh))).to.equal('space_key_invalid');
      expect(await readFile(path)).to.deep.equal(bytes);
    }
    await mkdir(join(folder.path, 'folder'), { mode: 0o700 });
    expect(await reasonOf(openKeyFile(join(folder.path, 'folder'), fresh))).to.equal('space_key_unreadable');
  });
});
