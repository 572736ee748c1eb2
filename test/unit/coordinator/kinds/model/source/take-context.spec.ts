import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { readEntry, unpackFiles } from '../../../../../../coordinator/contents/archive.js';
import { takeContext } from '../../../../../../coordinator/kinds/model/source/take-context.js';
import type { TakenContext } from '../../../../../../coordinator/kinds/model/source/take-context.js';
import { expectReason } from '../../../../../support/expect-reason.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const LIMITS = { uploadBytes: 64 * 1024, contentBytes: 256 * 1024 };
const NEVER = new AbortController().signal;

type Given = Partial<Header> & { readonly name: string; readonly content?: string };

async function tarOf(...entries: readonly Given[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries) {
    if ((header.type ?? 'file') === 'file') archive.entry(header, content);
    else archive.entry({ ...header, size: 0 });
  }
  archive.finalize();
  return buffer(Readable.from(archive, { objectMode: false }));
}

/** In small pieces, as a network gives them. */
async function* piecesOf(bytes: Buffer, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

describe('what a model is built of', () => {
  let temp: AsyncDisposable & { path: string };
  let file: string;
  before(async () => {
    temp = await makeTempDir();
    file = join(temp.path, 'content.tar');
  });
  after(() => temp[Symbol.asyncDispose]());

  const take = (bytes: Buffer, limits = LIMITS): Promise<TakenContext> =>
    takeContext(piecesOf(bytes), file, limits, NEVER);

  it('is kept as the same archive whoever packed it, with or without gzip', async () => {
    const own = { mode: 0o600, uid: 1000, uname: 'ada', mtime: new Date(1e12) };
    const first = await tarOf(
      { name: './', type: 'directory' },
      { name: './Dockerfile', content: 'FROM a\n', ...own },
      { name: './src/', type: 'directory' },
      { name: './src/run.sh', content: 'true\n', mode: 0o775 },
      { name: './.git/config', content: 'secret' },
    );
    const second = await tarOf(
      { name: 'Dockerfile', content: 'FROM a\n' },
      { name: 'src/run.sh', content: 'true\n', mode: 0o700 },
    );
    const taken = await take(first);
    const kept = readFileSync(file);
    expect(taken).to.include({
      files: 2,
      bytes: kept.length,
      came: `sha256:${sha(first)}`,
      digest: `sha256:${sha(kept)}`,
    });
    expect((await take(second)).digest).to.equal(taken.digest);
    expect((await take(gzipSync(second))).digest).to.equal(taken.digest);
    const files = await unpackFiles(kept);
    expect(files.map(({ path, executable }) => [path, executable])).to.deep.equal([
      ['Dockerfile', false],
      ['src/run.sh', true],
    ]);
    expect((await readEntry(file, 'src/run.sh', 3))?.toString()).to.equal('tru');
    expect(await readEntry(file, 'src', 3)).to.equal(undefined);
  });

  it('may be a Dockerfile alone, and links that stay inside', async () => {
    const text = Buffer.from('FROM scratch\n');
    await take(text);
    expect(await unpackFiles(readFileSync(file))).to.deep.equal([
      { path: 'Dockerfile', executable: false, content: text },
    ]);
    const linked = await tarOf(
      { name: 'a/file', content: 'x' },
      { name: 'a/b/link', type: 'symlink', linkname: '../file' },
      { name: 'hard', type: 'link', linkname: './a/file' },
    );
    expect(await take(linked)).to.include({ files: 3 });
    expect(readFileSync(file).includes('../file')).to.equal(true);
  });

  const UNSAFE: readonly (readonly [string, readonly Given[]])[] = [
    ['a path above', [{ name: '../x', content: 'x' }]],
    ['a path above within', [{ name: 'a/../../x', content: 'x' }]],
    ['a folder above', [{ name: 'a/../..', type: 'directory' }]],
    ['a path above in what git keeps', [{ name: '.git/../../x', content: 'x' }]],
    ['an absolute path', [{ name: '/etc/passwd', content: 'x' }]],
    ['a path with an escape', [{ name: 'a\u001b[2J', content: 'x' }]],
    ['a link out', [{ name: 'a', type: 'symlink', linkname: '../../etc' }]],
    ['a link to an absolute path', [{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }]],
    ['a hard link out', [{ name: 'a', type: 'link', linkname: '../etc/passwd' }]],
    ['a hard link to nothing', [{ name: 'a', type: 'link', linkname: 'b' }]],
    ['a device', [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]],
    ['a pipe', [{ name: 'pipe', type: 'fifo' }]],
    [
      'a file twice',
      [
        { name: 'a', content: 'x' },
        { name: './a', content: 'y' },
      ],
    ],
    [
      'a file below a link',
      [
        { name: 'a', type: 'symlink', linkname: 'b' },
        { name: 'a/x', content: 'x' },
      ],
    ],
    [
      'a file where a folder is',
      [
        { name: 'a/x', content: 'x' },
        { name: 'a', content: 'x' },
      ],
    ],
  ];
  for (const [what, entries] of UNSAFE)
    it(`is refused with ${what}`, async () => {
      await expectReason(
        take(await tarOf({ name: 'Dockerfile', content: 'FROM a\n' }, ...entries)),
        'model_archive_unsafe',
      );
    });

  it('is bounded as it comes, as it is unpacked, and in its number of entries', async () => {
    const zeros = gzipSync(await tarOf({ name: 'zeros', content: '\0'.repeat(300 * 1024) }));
    expect(zeros.length).to.be.lessThan(4096);
    await expectReason(take(zeros), 'model_too_large');
    const large = await tarOf({ name: 'large', content: 'x'.repeat(100 * 1024) });
    await expectReason(take(large), 'model_too_large');
    expect(statSync(file).size).to.be.lessThan(LIMITS.contentBytes);
    const many = gzipSync(
      await tarOf(...Array.from({ length: 600 }, (_, at) => ({ name: `f${String(at)}`, content: '' }))),
    );
    await expectReason(take(many), 'model_too_large');
  });

  it('is refused where it is something else, empty, or cut off', async () => {
    const archive = await tarOf({ name: 'Dockerfile', content: 'FROM a\n'.repeat(400) });
    const zipped = gzipSync(archive);
    const broken = [
      ...[Buffer.alloc(0), Buffer.from('PK\u0003\u0004\0\0'), Buffer.from('x'.repeat(60 * 1024 + 5000))],
      ...[archive.subarray(0, 1500), zipped.subarray(0, zipped.length - 9), Buffer.concat([zipped.subarray(0, 20)])],
      await tarOf({ name: 'folder/', type: 'directory' }),
    ];
    const wide = { ...LIMITS, uploadBytes: LIMITS.contentBytes };
    for (const bytes of broken) await expectReason(take(bytes, wide), 'model_archive_invalid');
    expect(gunzipSync(zipped).length).to.equal(archive.length);
  });

  it('ends with the signal, though nothing more comes', async () => {
    const over = new AbortController();
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      yield (await tarOf({ name: 'Dockerfile', content: 'x'.repeat(5000) })).subarray(0, 1024);
      await new Promise((resolve) => {
        over.signal.addEventListener('abort', resolve);
      });
      yield Buffer.alloc(1);
    };
    const taking = takeContext(silent(), file, LIMITS, over.signal);
    setImmediate(() => {
      over.abort(new Error('over'));
    });
    const error: unknown = await taking.catch((thrown: unknown) => thrown);
    expect(error).to.equal(over.signal.reason);
  });
});

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
