import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Docker from 'dockerode';
import { buildImage } from '../../../../agent/images/index.js';
import type { BuildLimits } from '../../../../agent/images/index.js';
import { openDockerRuntime } from '../../../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../../../agent/runtime/docker/index.js';
import type { PrepareProgress } from '../../../../agent/runtime/runtime.js';
import { systemClock } from '../../../../common/model/clock.js';
import type { PullPolicy } from '../../../../common/model/miner.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { describeWithDocker, dockerSocket, testImage } from '../../../support/docker.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const TAG = 'headframe-test/built:1';

/** Processes of the bomb on this machine. */
function bombs(): number {
  const commandOf = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    } catch {
      return ''; // it has ended meanwhile
    }
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes('; bomb 5 &')).length;
}

describeWithDocker('images on a real engine', () => {
  const docker = new Docker({ socketPath: dockerSocket });
  const signal = new AbortController().signal;
  let runtime: DockerRuntime;
  before(() => {
    runtime = openDockerRuntime({
      hostId: 'test-images',
      address: dockerSocket,
      concurrency: 4,
      allowedHostPaths: [],
      logger: silentLogger,
      clock: systemClock,
    });
  });
  after(() => runtime.close());

  const prepare = async (image: string, pullPolicy: PullPolicy): Promise<PrepareProgress[]> => {
    const heard: PrepareProgress[] = [];
    const assignment = buildAssignment({ container: { image }, workload: { pullPolicy } });
    await runtime.prepare(assignment, (progress) => heard.push(progress), signal);
    return heard;
  };

  it('needs no registry for an image that is there', async () => {
    expect(await prepare(testImage, 'ifNotPresent')).to.deep.equal([]);
    expect(await prepare(testImage, 'never')).to.deep.equal([]);
    const { Id } = await docker.getImage(testImage).inspect();
    expect(await prepare(Id, 'always')).to.deep.equal([]);
  });

  it('says which image it cannot have, and why', async () => {
    await expectReason(prepare('headframe-test/none:1', 'never'), 'image_not_found');
    await expectReason(prepare(`sha256:${'0'.repeat(64)}`, 'ifNotPresent'), 'image_not_found');
    await expectReason(prepare('Not/A:Reference:', 'ifNotPresent'), 'image_invalid');
    // Nothing listens on port 1.
    await expectReason(prepare('127.0.0.1:1/none/such:1', 'ifNotPresent'), 'image_pull_failed');
  });

  it('builds a folder and tells of its steps', async function () {
    this.timeout(60_000);
    await using folder = await makeTempDir();
    await mkdir(join(folder.path, 'data'));
    await writeFile(join(folder.path, 'data/big'), Buffer.alloc(3_000_000, 'x'));
    await writeFile(join(folder.path, 'data/empty'), '');
    await symlink('big', join(folder.path, 'data/link'));
    await writeFile(
      join(folder.path, 'Dockerfile.test'),
      `FROM ${testImage}\nCOPY data /data\nRUN [ $(wc -c < /data/link) = 3000000 ] && [ -f /data/empty ]\n`,
    );
    const lines: string[] = [];
    const request = {
      context: folder.path,
      dockerfile: 'Dockerfile.test',
      tag: TAG,
      labels: { 'headframe.test': '1' },
    };
    const id = await buildImage(runtime.images, request, (line) => lines.push(line), signal);
    const image = docker.getImage(TAG);
    expect((await image.inspect()).Id).to.equal(id);
    expect((await image.inspect()).Config.Labels).to.include({ 'headframe.test': '1' });
    expect(lines.some((line) => line.startsWith('Step 2/'))).to.equal(true);
    await image.remove();
  });

  it('fails a build whose step fails, although the engine answers with success, and leaves no container', async () => {
    await using folder = await makeTempDir();
    await writeFile(join(folder.path, 'Dockerfile'), `FROM ${testImage}\nRUN echo before; exit 3\n`);
    const lines: string[] = [];
    const build = buildImage(runtime.images, { context: folder.path, tag: TAG }, (line) => lines.push(line), signal);
    await expectReason(build, 'image_build_failed');
    expect(lines).to.include('before');
    const all = await docker.listContainers({ all: true });
    expect(all.filter(({ Command }) => Command.includes('echo before'))).to.deep.equal([]);
  });

  describe('built within limits', () => {
    const MIB = 2 ** 20;
    const limits = { memoryBytes: 128 * MIB, cpuMillis: 1000, pids: 48, diskBytes: 16 * MIB, keepFreeBytes: 0 };

    /** Builds of one step, which the engine has never built before. */
    async function step(command: string, more: Partial<BuildLimits> = {}): Promise<string> {
      await using folder = await makeTempDir();
      await writeFile(join(folder.path, 'Dockerfile'), `FROM ${testImage}\nENV NEW=${folder.path}\nRUN ${command}\n`);
      const request = { context: folder.path, tag: TAG, limits: { ...limits, ...more } };
      return await buildImage(runtime.images, request, () => undefined, signal);
    }

    it('end where a step begins processes without end, at none more than it may have', async function () {
      this.timeout(30_000);
      // It doubles five times, and does no more than a hundred things at once: without a limit it has 227 processes.
      const doubling = 'bomb() { [ $1 -gt 0 ] && { bomb $(($1-1)) & bomb $(($1-1)) & }; sleep 6; }; bomb 5 &';
      const bomb = `${doubling} for i in $(seq 100); do sleep 6 & done; wait`;
      let most = 0;
      const counting = setInterval(() => (most = Math.max(most, bombs())), 20);
      await expectReason(step(`sleep 0.7; ${bomb}; true`), 'build_too_many_processes').finally(() => {
        clearInterval(counting);
      });
      // Within its limit it may be over before it is counted once; without, it stays for six seconds.
      expect(most).to.be.most(limits.pids);
      await waitFor('the end of its processes', () => bombs() === 0);
      // With the shell these are as many as it may have: none fails to begin.
      await expectReason(step('for i in $(seq 47); do sleep 6 & done; wait'), 'build_too_many_processes');
    });

    it('end where a step writes too large a file, or too much in many', async function () {
      this.timeout(30_000);
      await expectReason(step('dd if=/dev/zero of=/big bs=1M count=64'), 'build_too_large');
      const many = 'for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=/part$i bs=1M count=4; done';
      await expectReason(step(`${many}; sleep 6`), 'build_too_large');
      await expectReason(step('sleep 6', { keepFreeBytes: 2 ** 60 }), 'disk_full');
    });

    it('end where a step needs more memory than it may have', async function () {
      this.timeout(30_000);
      await expectReason(step('dd if=/dev/zero of=/dev/null bs=256M count=1'), 'build_out_of_memory');
    });
  });

  it('fails a build without a Dockerfile, from nowhere, or given up', async () => {
    await using folder = await makeTempDir();
    const build = (context: string, stop = signal): Promise<string> =>
      buildImage(runtime.images, { context, tag: TAG }, () => undefined, stop);
    await expectReason(build(folder.path), 'image_build_failed');
    const missing = await build(join(folder.path, 'none')).then(
      () => 'built',
      () => 'failed',
    );
    expect(missing).to.equal('failed');

    await writeFile(join(folder.path, 'Dockerfile'), `FROM ${testImage}\nRUN sleep 1234\n`);
    const stop = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 300);
    const thrown: unknown = await build(folder.path, stop.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown).to.equal(reason);
    await waitFor("the end of the step's container", async () => {
      const all = await docker.listContainers({ all: true });
      return !all.some(({ Command }) => Command.includes('sleep 1234'));
    });
  });
});
