import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { OpenProver, ProverProcess } from '../../../agent/runtime/prover.js';
import { dockerSocket } from '../docker.js';

const run = promisify(execFile);
/** Names PoCL's library to OpenCL's loader. */
const ICD = 'etc/OpenCL/vendors/pocl.icd';
const NEEDED = ['/usr/bin/gcc', '/usr/include/CL/cl.h', `/${ICD}`];

/** Why there is no OpenCL device here that the program of the GPU challenge could be tested on; undefined where there is one. */
export const noOpenCl: string | undefined = NEEDED.every((path) => existsSync(path))
  ? undefined
  : `no PoCL, or nothing to compile with: ${NEEDED.filter((path) => !existsSync(path)).join(', ')}`;

/** Compiles the program into a folder; its path. */
export async function compileProgram(folder: string): Promise<string> {
  const file = `${folder}/headframe-gpu-prover`;
  await run(resolve('deploy/challenge/gpu/program.sh'), [file]);
  return file;
}

/** What PoCL is told: so many devices, a few threads, and where it keeps what it has compiled. */
export function poclSettings(cache: string, devices = 1): Record<string, string> {
  const names = Array.from({ length: devices }, () => 'pthread').join(' ');
  return { POCL_CACHE_DIR: cache, POCL_DEVICES: names, POCL_MAX_PTHREAD_COUNT: '2' };
}

/** Starts the program as a child. */
export function startProgram(file: string, args: readonly string[], env: Record<string, string>): ProverProcess {
  const child = spawn(file, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.on('error', () => undefined); // what it did not take is told by the end of its answers
  return {
    isContained: false,
    output: child.stdout as AsyncIterable<Uint8Array>, // a pipe without an encoding gives bytes
    write: (bytes) => new Promise((resolve) => child.stdin.write(bytes, () => resolve())),
    close: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/**
 * Makes the image of the program by its own script, on a base that holds PoCL with what it has compiled in `cache`, and one more whose
 * program takes CPUs for GPUs. Both from files of this machine alone.
 */
export async function buildGpuImages(folder: string, cache: string): Promise<{ product: string; forTests: string }> {
  const [base, product, forTests] = ['base', 'product', 'cpu'].map(
    (name) => `headframe-test/gpu-${name}:${String(process.pid)}`,
  );
  if (base === undefined || product === undefined || forTests === undefined) throw new RangeError('three names');
  await docker('sh', ['-c', `tar -C / -h -c --mode=a+rwX ${await poclFiles(cache)} | docker import - ${base}`]);
  await docker(resolve('deploy/challenge/gpu/image.sh'), [product, base]);
  const context = `${folder}/image`;
  await mkdir(context);
  const settings = Object.entries(poclSettings('/pocl')).map(([name, value]) => `ENV ${name}=${value}`);
  const program = 'ENTRYPOINT ["/usr/local/bin/headframe-gpu-prover", "--allow-cpu-devices"]';
  // A volume can be written to and run from where all else is read-only, as PoCL needs it.
  await writeFile(`${context}/Dockerfile`, [`FROM ${product}`, ...settings, 'VOLUME /pocl', program, ''].join('\n'));
  await docker('docker', ['build', '--quiet', '--tag', forTests, context]);
  return { product, forTests };
}

/** Removes them, and what they are made of. */
export async function removeGpuImages(): Promise<void> {
  const names = ['cpu', 'product', 'base'].map((name) => `headframe-test/gpu-${name}:${String(process.pid)}`);
  await docker('docker', ['rmi', '--force', ...names]);
}

/** Provers in containers that are given no GPUs, for there are none here, and whose program is told something else by its agent. */
export function withoutGpus(open: OpenProver, meddle: (request: Buffer) => Buffer = (request) => request): OpenProver {
  return async (request, signal) => {
    const program = await open(request.kind === 'gpu' ? { ...request, gpuIds: [] } : request, signal);
    return {
      isContained: program.isContained,
      output: program.output,
      write: (bytes) => program.write(meddle(Buffer.from(bytes))),
      close: () => program.close(),
    };
  };
}

/** Arguments of tar for PoCL, its libraries, its headers, and what it has compiled. */
async function poclFiles(cache: string): Promise<string> {
  const { stdout: list } = await run('/sbin/ldconfig', ['-p']);
  const folder = /^\tlibpocl\.so\.\S+ .*=> (.*)\/libpocl/m.exec(list)?.[1] ?? '';
  const library = `${folder}/${(await readFile(`/${ICD}`, 'utf8')).trim()}`;
  const drivers = ['basic', 'pthread'].map((name) => `${folder}/pocl/libpocl-devices-${name}.so`);
  const { stdout } = await run('ldd', [library, ...drivers]);
  const needed = [...stdout.matchAll(/(?:=> |^\t)(\/\S+) \(/gm)].map(([, path = '']) => path);
  const files = [...new Set([library, ...drivers, ...needed])].map((path) => path.slice(1));
  const own = [ICD, 'usr/share/pocl/include', cache.slice(1)];
  // PoCL looks for its headers beside its library.
  const renames = [`s|^usr/share/pocl|share/pocl|`, `s|^${cache.slice(1)}|pocl|`].map((one) => `--transform '${one}'`);
  return [...renames, ...files, ...own].join(' ');
}

async function docker(command: string, args: readonly string[]): Promise<void> {
  await run(command, args, { env: { ...process.env, DOCKER_HOST: `unix://${dockerSocket}` } });
}
