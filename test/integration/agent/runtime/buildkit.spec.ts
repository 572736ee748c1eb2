import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect } from 'chai';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import type { BuildRules } from '../../../../agent/builds/index.js';
import { openDockerRuntime } from '../../../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../../../agent/runtime/docker/index.js';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { describeWithDocker, dockerSocket, testImage } from '../../../support/docker.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { TinyRegistry } from '../../../support/tiny-registry.js';
import { waitFor } from '../../../support/wait-for.js';

const MIB = 2 ** 20;
const RULES: BuildRules = {
  ...{ memoryBytes: 128 * MIB, cpuMillis: 1000, pids: 48, diskBytes: 16 * MIB, keepFreeBytes: 0, cacheBytes: 0 },
  ...{ timeoutMs: 60_000, builder: 'auto' },
};
const TAG = 'headframe-test/kit:1';
/** How large a container's memory is, by either version of control groups. */
const MEMORY = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null';

/** Commands of processes on this machine. */
function commands(): string[] {
  const commandOf = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
    } catch {
      return ''; // it has ended meanwhile
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandOf);
}

describeWithDocker('builds by BuildKit on a real engine', function () {
  this.timeout(60_000);
  const docker = new Docker({ socketPath: dockerSocket });
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let runtime: DockerRuntime | undefined;
  let root: string;
  before(async () => {
    temp = await makeTempDir();
    // The library leaves this answer untyped.
    root = ((await docker.info()) as { readonly DockerRootDir: string }).DockerRootDir;
  });
  after(() => temp[Symbol.asyncDispose]());
  afterEach(async () => {
    await runtime?.close();
    await docker
      .getImage(TAG)
      .remove()
      .catch(() => undefined); // not every test makes it
  });

  interface Said {
    readonly line: string;
    readonly atMs: number;
  }

  /** Builds what the engine has never built before; gives what was said while it was built. */
  async function build(steps: string, rules: Partial<BuildRules> = {}, signal = new AbortController().signal) {
    const archive = pack();
    archive.entry(
      { name: 'Dockerfile' },
      `FROM ${testImage}\nENV NEW=${temp.path}-${String(Math.random())}\n${steps}\n`,
    );
    archive.entry({ name: 'tool.sh', mode: 0o644 }, '#!/bin/sh\necho the tool ran\n');
    archive.finalize();
    const bytes = await buffer(Readable.from(archive, { objectMode: false }));
    runtime = openDockerRuntime({
      ...{ hostId: 'test-kit', address: dockerSocket, concurrency: 4, allowedHostPaths: [] },
      builds: {
        contents: { fetch: () => Readable.from([bytes]) },
        ...{ folder: `${temp.path}/builds`, rules: { ...RULES, ...rules } },
      },
      ...{ logger: silentLogger, clock: systemClock },
    });
    const content = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const parts = { content, bytes: bytes.length, dockerfile: 'Dockerfile', recipe: '', base: '' };
    const assignment = buildAssignment({ container: { image: TAG }, workload: { build: parts } });
    const said: Said[] = [];
    const hear = ({ text: line }: { readonly text: string }): number => said.push({ line, atMs: performance.now() });
    const failure = await runtime.prepare(assignment, hear, signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { said, failure, endMs: performance.now() };
  }

  async function reasonOf(steps: string, rules: Partial<BuildRules> = {}): Promise<string> {
    const { failure, said } = await build(steps, rules);
    return failure instanceof HeadframeError ? failure.reason : JSON.stringify([String(failure), said]);
  }

  async function log(): Promise<string[]> {
    const output = runtime?.buildLog(TAG, false, new AbortController().signal) ?? [];
    const pieces: Uint8Array[] = [];
    for await (const { data } of output) pieces.push(data);
    return (await text(Readable.from(pieces))).trimEnd().split('\n');
  }

  /** Parts of its cache that are nobody's image. */
  async function cached(): Promise<number> {
    const { BuildCache } = (await docker.df()) as { readonly BuildCache: readonly unknown[] | null };
    return BuildCache?.length ?? 0;
  }

  function steps(): string[] {
    return readdirSync(`${root}/buildkit/executor`).filter((name) => /^[a-z0-9]{25}$/.test(name));
  }

  it('take caches, modes, here-documents and bounds, tell live what they do, and leave nothing behind', async () => {
    const cache = 'RUN --mount=type=cache,target=/kept';
    const document = `${cache} <<-'EOF'\n\techo early; touch /kept/it; sleep 1\n\t${MEMORY}\n\techo 'late 100%'\n\tEOF`;
    const program = `RUN <<PROGRAM\n#!/bin/cat\nof a program\nPROGRAM`;
    const { said, failure, endMs } = await build(
      [document, 'COPY --chmod=755 tool.sh /bin/', 'RUN tool.sh', `${cache} ls /kept`, program].join('\n'),
    );
    expect(failure).to.equal(undefined);
    const early = said.find(({ line }) => /^#\d+ early$/.test(line));
    expect(endMs - (early?.atMs ?? Infinity)).to.be.greaterThan(900);
    const lines = await log();
    expect(lines[0]).to.include('BuildKit').and.include('line 3: RUN --mount');
    const outputs = lines.map((line) => line.replace(/^#\d+ /, ''));
    expect(outputs).to.include.members([String(RULES.memoryBytes), 'late 100%', 'the tool ran', 'it', 'of a program']);
    const image = await docker.getImage(TAG).inspect();
    expect(image.Config.Labels).to.include.keys('headframe.content', 'headframe.built');
    expect(steps()).to.deep.equal([]);
    expect(await cached()).to.equal(0);
  });

  it('stand on the image of a digest, which the host fetches before, and on no other', async () => {
    const registry = await TinyRegistry.open();
    const { byDigest } = await registry.add('base');
    const on = (image: string): string => `FROM ${image}\nCOPY --chmod=755 tool.sh /tool.sh`;
    try {
      expect((await build(on(byDigest))).failure).to.equal(undefined);
      const [base, made] = await Promise.all([byDigest, TAG].map((name) => docker.getImage(name).inspect()));
      expect(made?.RootFS.Layers?.slice(0, -1)).to.deep.equal(base?.RootFS.Layers);
      await docker.getImage(TAG).remove();
      await docker.getImage(byDigest).remove();
      const { failure, said } = await build(on(byDigest.replace(/.{8}$/, '00000000')));
      expect(failure).to.be.instanceOf(HeadframeError).and.include({ reason: 'image_build_failed' });
      expect(said.map(({ line }) => line).join()).to.include('could not be fetched beforehand');
    } finally {
      await registry.close();
    }
    expect(await cached()).to.equal(0);
  });

  it('keep their cache as far as they may, which is cleared whole when it has to be, and once', async () => {
    const { failure } = await build('RUN --mount=type=cache,target=/c touch /c/it', { cacheBytes: 2 ** 40 });
    expect(failure).to.equal(undefined);
    expect(await cached()).to.be.greaterThan(0);
    expect(await runtime?.storage.clearCache?.()).to.equal(true);
    expect(await cached()).to.equal(0);
    expect(await runtime?.storage.clearCache?.()).to.equal(false);
  });

  it('fail with the exit code and the last lines of a step that fails', async () => {
    const { failure } = await build('RUN --mount=type=tmpfs,target=/t echo one; sleep 0.2; echo two >&2; exit 7');
    expect(failure).to.be.instanceOf(HeadframeError).and.include({ reason: 'image_build_failed' });
    expect(String(failure)).to.match(/exit code: 7.*last lines:.*#\d+ one \| #\d+ two/);
    expect((await log()).filter((line) => / (?:one|two)$/.test(line))).to.have.length(2);
    expect(await cached()).to.equal(0);
  });

  it('end where a step takes more memory, processes or disk than it may, or the disk is full', async () => {
    const run = 'RUN --mount=type=tmpfs,target=/t sleep 0.5;';
    expect(await reasonOf(`${run} dd if=/dev/zero of=/dev/null bs=256M count=1`)).to.equal('build_out_of_memory');
    expect(await reasonOf(`${run} for i in $(seq 100); do sleep 6 & done; wait; true`)).to.equal(
      'build_too_many_processes',
    );
    const many = 'for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=/part$i bs=1M count=4; done; sleep 6';
    expect(await reasonOf(`${run} ${many}`)).to.equal('build_too_large');
    const inCache = 'for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=/c/part$i bs=1M count=4; done; sleep 6';
    expect(await reasonOf(`RUN --mount=type=cache,target=/c sleep 1.2; ${inCache}`)).to.equal('build_too_large');
    expect(await reasonOf(`${run} sleep 6`, { keepFreeBytes: 2 ** 60 })).to.equal('disk_full');
    expect(steps()).to.deep.equal([]);
    expect(await cached()).to.equal(0);
  });

  it('end at once when nobody waits for them any more', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const built = build('RUN --mount=type=tmpfs,target=/t sleep 4321', {}, stop.signal);
    await waitFor('the step', () => commands().some((command) => command.startsWith('sleep 4321')));
    stop.abort(reason);
    expect((await built).failure).to.equal(reason);
    await waitFor('the end of the step', () => !commands().some((command) => command.startsWith('sleep 4321')));
    await waitFor('its cache to be cleared', async () => (await cached()) === 0);
  });

  it('are refused with the line where the engine or its builder does not know the instruction', async () => {
    expect(await reasonOf('RUN --mount=type=tmpfs,target=/t true', { builder: 'classic' })).to.equal(
      'build_needs_buildkit',
    );
    expect(await reasonOf('RUN --mount=type=secret,id=k true')).to.equal('build_mount_unknown');
    const { failure } = await build('COPY <<EOF /it\nof a document\nEOF');
    const isKnown = Number((await docker.version()).Version.split('.')[0]) >= 23;
    if (isKnown) expect(failure).to.equal(undefined);
    else {
      expect(failure).to.be.instanceOf(HeadframeError).and.include({ reason: 'build_syntax_unknown' });
      expect(String(failure)).to.include('line 3');
    }
  });
});
