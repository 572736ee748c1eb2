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
const RULES = { ...LIMITS, timeoutMs: 60_000, builder: 'auto' as const };

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  return buffer(Readable.from(archive, { objectMode: false }));
}

/** Takes in the context and then does as the test says. */
class FakeEngine implements ImageEngine {
  readonly present = new Set<string>();
  readonly builds: { readonly input: BuildInput; readonly files: Map<string, string>; readonly names: string[] }[] = [];
  readonly lines: string[] = ['Step 1/1'];
  failure: Error | undefined;
  hangs = false;

  find(reference: string): Promise<string | undefined> {
    return Promise.resolve(this.present.has(reference) ? 'sha256:1' : undefined);
  }

  builders() {
    return Promise.resolve({ version: '20.10.24', noBuildkit: '' });
  }

  async *pull(): AsyncGenerator<never> {
    await Promise.reject(new Error('nothing is pulled here'));
    yield* [];
  }

  async *build(input: BuildInput, signal: AbortSignal) {
    const files = new Map<string, string>();
    const names: string[] = [];
    const reading = extract();
    input.context.pipe(reading);
    for await (const entry of reading) {
      files.set(entry.header.name, (await buffer(entry)).toString());
      names.push(entry.header.name);
    }
    this.builds.push({ input, files, names });
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

  it('say first which builder builds them, and why', async () => {
    const builder = builderOf();
    const { signal } = new AbortController();
    await builder.ensure(wanted(), () => undefined, signal);
    expect(engine.builds[0]?.input.builder).to.equal('classic');
    for await (const { data } of builder.log(TAG, false, signal)) {
      expect(Buffer.from(data).toString()).to.include('the classic builder');
      break;
    }
  });

  describe('with a Dockerfile that asks for BuildKit', () => {
    const MOUNT = 'RUN --mount=type=cache,target=/c true\n';
    let fetchedImages: string[];
    let missing: string[];

    async function made(dockerfile: string): Promise<void> {
      archive = await archiveOf({ 'sub/Dockerfile': dockerfile, 'a.txt': 'a' });
      const content = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
      build = { content, bytes: archive.length, dockerfile: 'sub/Dockerfile', recipe: '', base: '' };
      [fetchedImages, engine.failure] = [[], undefined];
      const ensure = (image: string): Promise<void> => {
        fetchedImages.push(image);
        const away = runtimeError('image_pull_failed', 'the registry is away');
        return missing.includes(image) ? Promise.reject(away) : Promise.resolve();
      };
      const contents: ContentSource = { fetch: () => Readable.from([archive]) };
      const parts = { engine, puller: { ensure }, contents, folder: join(temp.path, 'builds') };
      const builder = new ModuleBuilder({ ...parts, rules: RULES, clock, logger: silentLogger });
      await builder.ensure(wanted(), () => undefined, new AbortController().signal);
    }

    beforeEach(() => (missing = []));

    it('are built by it, with the images there that it needs, whether each could be had or not', async () => {
      missing = ['two:2'];
      await made(`FROM one:1\nCOPY --from=two:2 a b\n${MOUNT}`);
      expect(fetchedImages).to.deep.equal(['one:1', 'two:2']);
      const [first] = engine.builds;
      expect(first?.input).to.include({ builder: 'buildkit', dockerfile: 'sub/Dockerfile' });
      expect(first?.files.get('sub/Dockerfile')).to.match(/^FROM one:1\n/);
    });

    it('are given the Dockerfile without a # syntax= that the engine needs no image for, and nothing else anew', async () => {
      await made(`# syntax=docker/dockerfile:1\nFROM one:1\n${MOUNT}`);
      expect(fetchedImages).to.deep.equal(['one:1']);
      const [first] = engine.builds;
      expect(first?.names).to.have.members(['sub/Dockerfile', 'a.txt']);
      expect(first?.files.get('sub/Dockerfile')).to.equal(`# syntax: docker/dockerfile:1\nFROM one:1\n${MOUNT}`);
    });

    it('name the frontend that could not be had', async () => {
      const named = `# syntax=example.org/front:2\nFROM one:1\n`;
      await made(named);
      expect(fetchedImages).to.deep.equal(['one:1', 'example.org/front:2']);
      expect(engine.builds[0]?.files.get('sub/Dockerfile')).to.equal(named);
      engine.present.clear();
      missing = ['example.org/front:2'];
      await expectReason(made(named), 'build_frontend_missing');
      expect(engine.builds).to.have.length(1);
    });

    it('are refused before anything is fetched where the engine cannot build them', async () => {
      await expectReason(made(`FROM one:1\nRUN --mount=type=ssh true\n`), 'build_mount_unknown');
      expect(fetchedImages).to.deep.equal([]);
      expect(engine.builds).to.have.length(0);
    });
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
