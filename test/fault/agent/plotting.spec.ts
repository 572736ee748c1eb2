import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { makeTempDir } from '../../support/temp-dir.js';

/** 14 chunks and a bit. */
const LEAVES = 14 * 65_536 + 99;
const CHILD = join(import.meta.dirname, '../../support/space/plotting-child.ts');

interface Outcome {
  /** Undefined for one that was killed. */
  readonly told?: { readonly resumedLeaves: number; readonly root: string };
}

/** Makes a plot in a process of its own, which is killed as soon as `when` holds. */
async function plotting(path: string, when: () => boolean | Promise<boolean>): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, path, String(LEAVES), '200'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const ended = new Promise<void>((settle) => child.once('close', () => settle()));
  while (child.exitCode === null && !(await when())) await setImmediate();
  child.kill('SIGKILL');
  await ended;
  // What the child prints.
  return text === '' ? {} : { told: JSON.parse(text) as NonNullable<Outcome['told']> };
}

async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer); // a stream without an encoding
  return hash.digest('hex');
}

describe('a process that makes a plot and is killed', function () {
  this.timeout(120_000);

  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let root = '';
  let checksums: readonly string[];
  const at = (name: string) => join(folder.path, `${name}.plot`);
  const checksumsOf = (name: string) => Promise.all(['', '.cache'].map((end) => checksumOf(`${at(name)}${end}`)));

  before(async () => {
    folder = await makeTempDir();
    const { told } = await plotting(at('whole'), () => false);
    expect(told?.resumedLeaves).to.equal(0);
    root = told?.root ?? '';
    checksums = await checksumsOf('whole');
  });
  after(() => folder[Symbol.asyncDispose]());

  it('goes on the next time from what was recorded, to the same bytes', async () => {
    const path = at('killed');
    const recorded = async (): Promise<number> => {
      const text = await readFile(`${path}.part.json`, 'utf8').catch(() => '');
      // As the record is written, whole or not at all.
      return text === '' ? 0 : ((JSON.parse(text) as { body: { counts: number[] } }).body.counts[0] ?? 0);
    };
    const stages = [
      () => existsSync(`${path}.part`),
      async () => (await recorded()) >= 3,
      async () => (await recorded()) >= 8,
    ];
    for (const when of stages) {
      const before = await recorded();
      expect(await plotting(path, when)).to.deep.equal({});
      expect(await recorded()).to.be.at.least(before);
    }
    const left = await recorded();
    expect((await plotting(path, () => false)).told).to.deep.equal({ resumedLeaves: left * 65_536, root });
    expect(await checksumsOf('killed')).to.deep.equal(checksums);
    expect((await readdir(folder.path)).filter((name) => name.includes('.part'))).to.deep.equal([]);
  });

  it('loses no plot that is finished, or as good as that', async () => {
    const path = at('named');
    await plotting(path, () => existsSync(`${path}.cache`));
    if (!existsSync(path)) {
      const { told } = await plotting(path, () => false);
      expect(told?.resumedLeaves).to.be.greaterThan(0);
    }
    expect(await checksumsOf('named')).to.deep.equal(checksums);
  });
});
