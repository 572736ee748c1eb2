import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { extract, pack } from 'tar-stream';
import { ModuleBuilder } from '../../../../agent/builds/index.js';
import type { ContentSource } from '../../../../agent/builds/index.js';
import type { BuildInput, ImageEngine } from '../../../../agent/images/index.js';
import { runtimeError } from '../../../../agent/runtime/runtime-error.js';
import type { ModuleBuild } from '../../../../common/model/module-spec.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nplanted\n';
const FILES: Readonly<Record<string, string>> = {
  'miner.py': 'print()',
  '.env.example': 'A=1',
  'big.bin': 'x'.repeat(100_000),
  '.env': 'A=planted',
  'config/miner.env': 'A=planted',
  'keys/id_ed25519': KEY,
  'keys/other.txt': KEY,
  'wallets/farm/hotkeys/one': 'planted',
};
const TAG = 'headframe/module-x:0-miner';
const LIMITS = { memoryBytes: 1000, cpuMillis: 500, pids: 64, diskBytes: 2000, keepFreeBytes: 0 };
const RULES = { ...LIMITS, timeoutMs: 60_000 };

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  return buffer(Readable.from(archive, { objectMode: false }));
}

/** Takes in the context and then does as the test says. */
class FakeEngine implements ImageEngine {
  readonly present = new Set<string>();
  readonly builds: { readonly input: BuildInput; readonly files: Map<string, string> }[] = [];
  readonly lines: string[] = ['Step 1/1'];
  failure: Error | undefined;
  hangs = false;

  find(reference: string): Promise<string | undefined> {
    return Promise.resolve(this.present.has(reference) ? 'sha256:1' : undefined);
  }

  async *pull(): AsyncGenerator<never> {
    await Promise.reject(new Error('nothing is pulled here'));
    yield* [];
  }

  async *build(input: BuildInput, signal: AbortSignal) {
    const files = new Map<string, string>();
    const reading = extract();
    input.context.pipe(reading);
    for await (const entry of reading) files.set(entry.header.name, (await buffer(entry)).toString());
    this.builds.push({ input, files });
    for (const text of this.lines) yield { text, imageId: '' };
    if (this.hangs)
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    if (this.failure !== undefined) throw this.failure;
    this.present.add(input.tag);
    yield { text: '', imageId: 'sha256:1' };
  }
}

describe('the builds of modules on a host', () => {
  let engine: FakeEngine;
  let clock: ManualClock;
  let temp: AsyncDisposable & { path: string };
  let archive: Buffer;
  let build: ModuleBuild;
  let fetched: number;

  beforeEach(async () => {
    engine = new FakeEngine();
    clock = new ManualClock();
    temp = await makeTempDir();
    archive = await archiveOf(FILES);
    const content = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
    build = { content, bytes: archive.length, dockerfile: '', recipe: 'FROM base\n', base: 'base' };
    fetched = 0;
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  function builderOf(pieces: () => readonly Uint8Array[] = () => [archive.subarray(0, 700), archive.subarray(700)]) {
    const contents: ContentSource = {
      fetch: async function* () {
        fetched += 1;
        await Promise.resolve();
        yield* pieces();
      },
    };
    const puller = { ensure: () => Promise.resolve() };
    const folder = join(temp.path, 'builds');
    return new ModuleBuilder({ engine, puller, contents, folder, rules: RULES, clock, logger: silentLogger });
  }

  /** What the container of a workload says, as far as it matters. */
  function wanted() {
    const container = { image: TAG, command: [], args: [], env: {}, ports: [], mounts: [], user: '', workdir: '' };
    return { container: { ...container, network: 'bridge' as const }, build };
  }

  it('are of the content without what is private in it, by the recipe, within their bounds, and leave nothing behind', async () => {
    const said: string[] = [];
    await builderOf().ensure(wanted(), ({ text }) => said.push(text), new AbortController().signal);
    const [made] = engine.builds;
    expect(made?.input).to.include({ tag: TAG, dockerfile: 'Dockerfile.headframe' });
    expect(made?.input.limits).to.include(LIMITS);
    expect([...(made?.files.keys() ?? [])]).to.have.members([
      'miner.py',
      '.env.example',
      'big.bin',
      'Dockerfile.headframe',
    ]);
    expect(made?.files.get('Dockerfile.headframe')).to.equal('FROM base\n');
    expect(said.filter((line) => line.startsWith('left out'))).to.have.length(5);
    expect(await readdir(join(temp.path, 'builds'))).to.deep.equal([]);
    await builderOf().ensure(wanted(), () => undefined, new AbortController().signal);
    expect(engine.builds).to.have.length(1);
  });

  it('are made once for all that ask, and ended when the last of them gives up', async () => {
    engine.hangs = true;
    const builder = builderOf();
    const [first, second] = [new AbortController(), new AbortController()];
    const both = [first, second].map(({ signal }) => builder.ensure(wanted(), () => undefined, signal));
    const ended = Promise.allSettled(both);
    await waitFor('the build to begin', () => Promise.resolve(engine.builds.length > 0));
    first.abort();
    second.abort();
    expect((await ended).map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect([engine.builds.length, fetched]).to.deep.equal([1, 1]);
  });

  it('fail with what failed and the last lines of the output', async () => {
    engine.lines.push(...Array.from({ length: 20 }, (_, at) => `line ${String(at)}`));
    engine.failure = runtimeError('image_build_failed', 'returned a non-zero code: 3');
    const error = await expectReason(
      builderOf().ensure(wanted(), () => undefined, new AbortController().signal),
      'image_build_failed',
    );
    expect(error.message).to.contain('code: 3').and.to.contain('line 19').and.to.not.contain('line 2 ');
    engine.failure = runtimeError('build_too_large', 'wrote too much');
    const large = await expectReason(
      builderOf().ensure(wanted(), () => undefined, new AbortController().signal),
      'build_too_large',
    );
    expect(large.message).to.contain('wrote too much').and.to.contain('line 19');
  });

  it('are ended when they take too long', async () => {
    engine.hangs = true;
    const building = expectReason(
      builderOf().ensure(wanted(), () => undefined, new AbortController().signal),
      'build_too_long',
    );
    await waitFor('the build to begin', () => Promise.resolve(engine.builds.length > 0));
    clock.advance(RULES.timeoutMs);
    expect((await building).message).to.contain('longer than 1m');
  });

  it('are never of a content that is longer, shorter or other than its digest says', async () => {
    const other = Buffer.from(archive);
    other[0] = 1;
    for (const pieces of [[archive, archive], [archive.subarray(1)], [other]])
      await expectReason(
        builderOf(() => pieces).ensure(wanted(), () => undefined, new AbortController().signal),
        'module_content_lost',
      );
    expect(engine.builds).to.have.length(0);
  });
});
