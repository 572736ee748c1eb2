import { expect } from 'chai';
import Docker from 'dockerode';
import { ProgramDevices } from '../../../../agent/challenge/gpu/devices.js';
import { proveGpu } from '../../../../agent/challenge/prover/gpu.js';
import type { OpenProver } from '../../../../agent/runtime/prover.js';
import { openDockerRuntime } from '../../../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../../../agent/runtime/docker/index.js';
import { PROVER_LABEL } from '../../../../agent/runtime/docker/prover-spec.js';
import { systemClock } from '../../../../common/model/clock.js';
import type { GpuParameters } from '../../../../common/challenge/parameters.js';
import type { VerdictRecord } from '../../../../common/model/verdict.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { checkGpu } from '../../../../coordinator/verify/check/gpu.js';
import { ChallengeBench } from '../../../support/challenge/challenge-bench.js';
import { openCpuDevices } from '../../../support/challenge/cpu-devices.js';
import {
  buildGpuImages,
  compileProgram,
  noOpenCl,
  poclSettings,
  removeGpuImages,
  startProgram,
  withoutGpus,
} from '../../../support/challenge/opencl.js';
import { SMALL, wishFor } from '../../../support/challenge/wishes.js';
import { describeWith } from '../../../support/describe-with.js';
import { dockerSocket, noDocker } from '../../../support/docker.js';
import { expectReason } from '../../../support/expect-reason.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const never = new AbortController().signal;
const CPUS = '--allow-cpu-devices';
const seed = Buffer.alloc(32, 3);
/** What a CPU has done soon. */
const LITTLE = { ...SMALL.gpu, samples: 4 };

describeWith(noOpenCl)('the program that proves GPUs, on an OpenCL device that is a CPU', function () {
  this.timeout(180_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let program: string;
  let cache: string;
  before(async () => {
    folder = await makeTempDir();
    program = await compileProgram(folder.path);
    cache = `${folder.path}/pocl`;
  });
  after(() => folder[Symbol.asyncDispose]());

  async function opened(args: readonly string[]) {
    const child = startProgram(program, args, poclSettings(cache, 2));
    const devices = new ProgramDevices(child);
    await devices.open().catch(async (error: unknown) => {
      await child.close();
      throw error;
    });
    return { devices, [Symbol.asyncDispose]: () => child.close() };
  }

  it('answers bit for bit what the reference does, from several buffers, and on two devices at once', async () => {
    const devices = [
      { id: 'GPU-1', tiles: 32 },
      { id: 'GPU-2', tiles: 64 },
    ];
    const parameters = { ...SMALL.gpu, devices, samples: 4 };
    await using real = await opened([CPUS, '--chunk-tiles=32']);
    const reference = new ProgramDevices(openCpuDevices());
    await reference.open();
    const [proof, right] = [
      await proveGpu(real.devices, parameters, seed),
      await proveGpu(reference, parameters, seed),
    ];
    expect(proof.roots.map((root) => root.toString('hex'))).to.deep.equal(
      right.roots.map((root) => root.toString('hex')),
    );
    const reveal = Buffer.alloc(32, 4);
    const answer = await proof.open(reveal);
    expect(answer).to.deep.equal(await right.open(reveal));
    expect(checkGpu(parameters, { seed, roots: proof.roots, reveal }, answer)).to.equal(undefined);
  });

  it('takes no CPU for a GPU', async () => {
    await expectReason(opened([]), 'challenge_gpu_not_found');
  });

  it('ends with a reason where it is asked for what there is not', async () => {
    const key = Buffer.alloc(32);
    const asks: readonly ((devices: ProgramDevices) => Promise<unknown>)[] = [
      (devices) => devices.tile(0, 0, 0),
      (devices) => devices.multiply(key).then(() => devices.multiply(Buffer.alloc(31))),
      (devices) => devices.fill([{ id: 'GPU-1', tiles: 33, key }]),
      (devices) => devices.fill(['a', 'b', 'c'].map((id) => ({ id, tiles: 32, key }))),
      (devices) => devices.file('/etc/passwd'),
    ];
    for (const ask of asks) {
      await using real = await opened([CPUS]);
      await expectReason(ask(real.devices), 'challenge_prover_failed');
    }
  });

  describeWith(noDocker)('in the container that an agent gives it', () => {
    const hostId = `gpu-prover-${String(process.pid)}`;
    let runtime: DockerRuntime;
    let images: Awaited<ReturnType<typeof buildGpuImages>>;
    before(async () => {
      // What is compiled for it here need not be in a container that can write nowhere.
      await using real = await opened([CPUS]);
      const proof = await proveGpu(real.devices, LITTLE, seed);
      await proof.open(Buffer.alloc(32));
      images = await buildGpuImages(folder.path, cache);
      runtime = openDockerRuntime({
        ...{ hostId, address: dockerSocket, concurrency: 4, allowedHostPaths: [] },
        ...{ logger: silentLogger, clock: systemClock },
      });
    });
    after(async () => {
      await runtime.close();
      await removeGpuImages();
    });

    /** What comes of a challenge whose prover is of that image. */
    async function verdictOf(
      gpuImage: string,
      change: (open: OpenProver) => OpenProver,
      parameters: GpuParameters = LITTLE,
    ): Promise<VerdictRecord> {
      await using bench = await ChallengeBench.open();
      const host = await bench.host({ gpuImage });
      const open = runtime.openProver;
      if (open === undefined) throw new Error('an engine behind a socket starts provers');
      const challenger = bench.challenger(host, { openTunnel: host.tunnels(host.desk(change(open))) });
      return (await challenger.run(wishFor(parameters, { id: 'gpu' }), never)).verdict;
    }
    const shortOf = ({ outcome, reason }: VerdictRecord): string => `${outcome} ${reason}`;

    it('passes the whole conversation within the limits that are claimed, and leaves nothing', async () => {
      const verdict = await verdictOf(images.forTests, (open) => withoutGpus(open));
      expect(`${shortOf(verdict)}: ${verdict.text}`).to.match(/^passed challenge_passed: .* GPU-1,(?!.*not inside)/);
      const filters = { label: [`${PROVER_LABEL}=${hostId}`] };
      const docker = new Docker({ socketPath: dockerSocket });
      await waitFor('its container to be gone', async () => {
        return (await docker.listContainers({ all: true, filters })).length === 0;
      });
    });

    it('is caught where its agent has it work on a matrix of before, or on half of the tiles', async () => {
      const before = (request: Buffer): Buffer =>
        request[0] === FILL ? Buffer.concat([request.subarray(0, -32), Buffer.alloc(32, 9)]) : request;
      const half = (request: Buffer): Buffer => {
        const changed = Buffer.from(request);
        if (request[0] === FILL) changed.writeBigUInt64LE(32n, request.length - 40);
        if (request[0] === TILE) changed.writeBigUInt64LE(request.readBigUInt64LE(8) % 32n, 8);
        return changed;
      };
      // Only what is opened of the first round tells of the first matrix, and only the other half of the tiles: by even chances each.
      const often = { ...LITTLE, rounds: 2, samples: 12 };
      const twice = { ...often, devices: [{ id: 'GPU-1', tiles: 64 }] };
      const said = [
        shortOf(await verdictOf(images.forTests, (open) => withoutGpus(open, before), often)),
        shortOf(await verdictOf(images.forTests, (open) => withoutGpus(open, half), twice)),
      ];
      expect(said).to.deep.equal(['failed challenge_wrong_opening', 'failed challenge_wrong_opening']);
    });

    it('stays unverified, and fails nothing, where there is no image, no GPU in the engine, or none in its container', async () => {
      const said = [
        shortOf(await verdictOf('headframe-test/no-such-image:1', (open) => open)),
        shortOf(await verdictOf(images.product, (open) => open)),
        shortOf(await verdictOf(images.product, (open) => withoutGpus(open))),
      ];
      expect(said).to.deep.equal([
        'void challenge_no_gpu_prover',
        'void gpu_unavailable',
        'void challenge_gpu_not_found',
      ]);
    });
  });
});

/** Letters of requests: see deploy/challenge/gpu/src/main.c. */
const FILL = 'f'.charCodeAt(0);
const TILE = 't'.charCodeAt(0);
