import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { openDockerRuntime } from '../../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../../agent/runtime/docker/index.js';
import type { OpenProver } from '../../../agent/runtime/prover.js';
import { systemClock } from '../../../common/model/clock.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { testImage } from '../docker.js';
import { OwnEngine } from '../own-engine.js';
import { makeTempDir } from '../temp-dir.js';

const run = promisify(execFile);
const ROOT = '/sys/fs/cgroup';
/** Of what the kernel gives out CPU time by, microseconds; the engine's own. */
const PERIOD_US = 100_000;
/** Of the kernel's shares, so that a machine has what it has, whatever runs beside: sixteen times what a process has. */
const WEIGHT = 16;
/** What agents run: without a compiler in it a prover starts in a fraction of the time. */
const PROGRAM = resolve('dist/agent/challenge/prover-process.js');

/** What a machine has. */
export interface MachineSize {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Why there can be no such machine here; undefined where there can. */
export function whyNoSharedMachine(): string | undefined {
  return existsSync(PROGRAM) ? undefined : `${PROGRAM} is not compiled: npm run build`;
}

/**
 * A machine within this one, behind as many agents as are asked for: an engine whose containers all share one bound of CPU time
 * and one of memory, and a disk of its own.
 */
export class SharedMachine implements AsyncDisposable {
  readonly folder: string;
  readonly #engine: OwnEngine;
  readonly #temp: AsyncDisposable;
  readonly #runtimes: DockerRuntime[] = [];

  constructor(engine: OwnEngine, temp: AsyncDisposable & { readonly path: string }) {
    this.#engine = engine;
    this.#temp = temp;
    this.folder = join(temp.path, 'disk');
  }

  /** A machine whose disk has so many bytes. */
  static async open(size: MachineSize, diskBytes: number): Promise<SharedMachine> {
    const temp = await makeTempDir();
    const machine = new SharedMachine(await OwnEngine.open(testImage, []), temp);
    await mkdir(machine.folder);
    await chmod(temp.path, 0o755);
    await run('mount', ['-t', 'tmpfs', '-o', `size=${String(diskBytes)},mode=755`, 'tmpfs', machine.folder]);
    await machine.#bound(size);
    return machine;
  }

  /** How one of its agents starts provers. */
  openProver(hostId: string): OpenProver {
    const runtime = openDockerRuntime({
      ...{ hostId, address: this.#engine.socket, concurrency: 4, allowedHostPaths: [] },
      ...{ logger: silentLogger, clock: systemClock },
    });
    this.#runtimes.push(runtime);
    const { openProver } = runtime;
    if (openProver === undefined) throw new Error('an engine behind a socket starts provers');
    const own = { args: [PROGRAM], release: [resolve('.')] };
    return (request, signal) => openProver(request.kind === 'gpu' ? request : { ...request, ...own }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runtime of this.#runtimes) await runtime.close();
    await this.#engine.close();
    for (const folder of this.#groups()) await rmdir(folder).catch(() => undefined); // the engine may have removed it
    await run('umount', [this.folder]);
    await this.#temp[Symbol.asyncDispose]();
  }

  async #bound({ cpuMillis, memoryBytes }: MachineSize): Promise<void> {
    if (isUnified()) await writeFile(join(ROOT, 'cgroup.subtree_control'), '+cpu +cpuset +memory');
    for (const folder of this.#groups()) await mkdir(folder, { recursive: true });
    const quota = String((cpuMillis * PERIOD_US) / 1000);
    // On one processor the kernel gives each the same share; of several one takes more of the bound than another.
    const one = { 'cpuset.cpus': '0', 'cpuset.mems': '0' };
    const files = isUnified()
      ? {
          ...one,
          'cpu.weight': String(100 * WEIGHT),
          'cpu.max': `${quota} ${String(PERIOD_US)}`,
          'memory.max': String(memoryBytes),
          'memory.swap.max': '0',
        }
      : {
          ...{
            ...one,
            'cpu.shares': String(1024 * WEIGHT),
            'cpu.cfs_quota_us': quota,
            'memory.limit_in_bytes': String(memoryBytes),
          },
          'memory.memsw.limit_in_bytes': String(memoryBytes),
        };
    for (const [name, value] of Object.entries(files)) {
      const folder = this.#groups().find((group) => existsSync(join(group, name)));
      // A kernel without swap bounds none.
      if (folder !== undefined) await writeFile(join(folder, name), value);
      else if (!/swap|memsw/.test(name)) throw new Error(`the kernel has no ${name}`);
    }
  }

  #groups(): string[] {
    const { cgroup } = this.#engine;
    return isUnified() ? [join(ROOT, cgroup)] : ['cpu', 'cpuset', 'memory'].map((name) => join(ROOT, name, cgroup));
  }
}

/** Whether the machine has groups of version 2. */
function isUnified(): boolean {
  return existsSync(join(ROOT, 'cgroup.controllers'));
}
