import { parseArgs } from 'node:util';
import { proveCpu } from '../../../agent/challenge/prover/cpu.js';
import { proveDisk } from '../../../agent/challenge/prover/disk.js';
import { proveMemory } from '../../../agent/challenge/prover/memory.js';
import type { Proof } from '../../../agent/challenge/prover/proof.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { ProgramDevices } from '../../../agent/challenge/gpu/devices.js';
import { proveGpu } from '../../../agent/challenge/prover/gpu.js';
import { askGpu } from '../../../coordinator/verify/ask.js';
import { checkGpu } from '../../../coordinator/verify/check/gpu.js';
import { gpuGibs } from '../../../coordinator/verify/rates.js';
import { startProgram } from '../../support/challenge/opencl.js';
import { nativeArgon2 } from '../../../common/challenge/native-argon2.js';
import { checkCpu } from '../../../coordinator/verify/check/cpu.js';
import { checkPlot, checkReads } from '../../../coordinator/verify/check/disk.js';
import type { Evidence, ProofFault } from '../../../coordinator/verify/check/fault.js';
import { checkMemory } from '../../../coordinator/verify/check/memory.js';
import type { CpuParameters } from '../../../common/challenge/parameters.js';
import type { Opened } from '../../../common/challenge/proof.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { median, printResult, say } from '../report.js';

const MIB_KIB = 1024;
const NODES_PER_MIB = 16_384;
const PROFILE = { type: 'cpu', samples: 32, passes: 1 } as const;
const LABEL = { type: 'disk', label: 'bench', layers: 4, samples: 64, reads: 32 } as const;
/** Of a GPU's memory that is asked for. */
const GPU_SHARE = 0.85;
/** One tag in so many is made again. */
const LOTTERY = 20;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    // As hosts with two vCPUs are asked: of smaller steps, what each costs besides the work would be measured.
    chains: { type: 'string', default: '2' },
    steps: { type: 'string', default: '960' },
    'step-mib': { type: 'string', default: '64' },
    'memory-mib': { type: 'string', default: '512' },
    'label-mib': { type: 'string', default: '64' },
    rounds: { type: 'string', default: '1' },
    // The program that deploy/challenge/gpu/program.sh compiles, and its options; where a GPU is to be measured.
    'gpu-program': { type: 'string', default: '' },
    'gpu-mib': { type: 'string', default: '4096' },
  },
});

interface Cost {
  /** CPU time of all threads, in milliseconds: it counts the same on a busy machine and a quiet one, but for caches. */
  readonly proveMs: number;
  readonly verifyMs: number;
  readonly proveWallMs: number;
}

const seed = Buffer.alloc(32, 7);
const reveal = Buffer.alloc(32, 9);
const metrics: Record<string, number> = {};
const rounds = Number(values.rounds);
await using folder = await makeTempDir();

const chains = Number(values.chains);
const cpu: CpuParameters = {
  ...PROFILE,
  chains,
  steps: Number(values.steps),
  memoryKib: Number(values['step-mib']) * MIB_KIB,
};
note(
  'cpu',
  await costOf(
    () => proveCpu(nativeArgon2, cpu, seed),
    (evidence, opened) => checkCpu(nativeArgon2, cpu, evidence, opened),
  ),
);

const memory = { type: 'memory', memoryKib: Number(values['memory-mib']) * MIB_KIB, lanes: 1 } as const;
const filled = await costOf(
  () => proveMemory(nativeArgon2, memory, seed),
  (evidence) => checkMemory(nativeArgon2, memory, evidence, true),
);
note('memory', { ...filled, verifyMs: filled.verifyMs / LOTTERY });

const disk = { ...LABEL, nodes: Number(values['label-mib']) * NODES_PER_MIB };
const plot = { ...disk, stage: 'plot' } as const;
let root = Buffer.alloc(0);
note(
  'disk',
  await costOf(
    () => proveDisk(folder.path, plot, seed),
    (evidence, opened) => {
      root = Buffer.from(evidence.roots.at(-1) ?? root);
      return Promise.resolve(checkPlot(plot, evidence, opened));
    },
  ),
);
const read = { ...disk, stage: 'read' } as const;
const reading = await costOf(
  () => proveDisk(folder.path, read, seed),
  (evidence, opened) => Promise.resolve(checkReads(read, evidence, opened, { seed, root })),
);
metrics['verify_ms_disk_read'] = reading.verifyMs;
const gpuNote = await measureGpu();
printResult({
  bench: 'challenge',
  metrics,
  notes: [
    `${String(chains)} chains of ${values.steps} steps of ${values['step-mib']} MiB, 32 samples; ${values['memory-mib']} MiB filled; a label of ${values['label-mib']} MiB, 64 nodes of each layer audited`,
    `medians of ${values.rounds} rounds`,
    'baseline: the same work by the prover, in CPU time of all threads in the same process; verify_ms_disk_read is of 32 reads of a kept label',
    `memory: making a tag again costs what making it did, and one in ${String(LOTTERY)} is made again`,
    gpuNote,
  ],
});

/** What a GPU needs, where there is one; there is no CPU time to hold it against. */
async function measureGpu(): Promise<string> {
  const [program, ...options] = values['gpu-program'].split(' ');
  if (program === undefined || program === '') return 'gpu: not measured: no GPU was named by --gpu-program';
  const child = startProgram(program, options, { HOME: process.env['HOME'] ?? '/' });
  try {
    const devices = new ProgramDevices(child);
    await devices.open();
    const gpu = askGpu([{ id: 'GPU-0', memoryBytes: (Number(values['gpu-mib']) * 2 ** 20) / GPU_SHARE }]);
    const startedMs = performance.now();
    const proof = await proveGpu(devices, gpu, seed);
    const wallMs = performance.now() - startedMs;
    const opened = await proof.open(reveal);
    const before = process.cpuUsage();
    const fault = checkGpu(gpu, { seed, roots: proof.roots, reveal }, opened);
    if (fault !== undefined) throw new Error(`an honest proof was refused: ${fault.text}`);
    metrics['verify_ms_gpu'] = cpuMsSince(before);
    metrics['prove_wall_ms_gpu'] = wallMs;
    metrics['gpu_ms_per_gib'] = wallMs / gpuGibs(gpu);
    return `gpu: ${values['gpu-mib']} MiB of one GPU, ${String(gpu.rounds)} products, ${String(gpu.samples)} rows opened`;
  } catch (error) {
    const { reason, message } = toHeadframeError(error);
    if (reason !== 'challenge_gpu_not_found') throw error;
    return `gpu: not measured: no GPU (${message})`;
  } finally {
    await child.close();
  }
}

function note(name: string, { proveMs, verifyMs, proveWallMs }: Cost): void {
  metrics[`prove_ms_${name}`] = proveMs;
  metrics[`verify_ms_${name}`] = verifyMs;
  metrics[`prove_wall_ms_${name}`] = proveWallMs;
  metrics[`verify_over_prove_${name}`] = verifyMs / proveMs;
  say(`${name}: ${proveMs.toFixed(0)} ms to prove, ${verifyMs.toFixed(1)} ms to verify`);
}

/** The medians of some rounds: what the first finds cold, or another program takes from the caches, is no cost of the work. */
async function costOf(prove: () => Promise<Proof>, check: Check): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) costs.push(await costOfOne(prove, check));
  const middle = (key: keyof Cost): number => median(costs.map((cost) => cost[key]));
  return { proveMs: middle('proveMs'), verifyMs: middle('verifyMs'), proveWallMs: middle('proveWallMs') };
}

type Check = (evidence: Evidence, opened: Opened) => Promise<ProofFault | undefined>;

async function costOfOne(prove: () => Promise<Proof>, check: Check): Promise<Cost> {
  const [cpuBefore, wallBefore] = [process.cpuUsage(), performance.now()];
  const proof = await prove();
  const opened = await proof.open(reveal);
  const [proveMs, proveWallMs] = [cpuMsSince(cpuBefore), performance.now() - wallBefore];
  await proof.close();
  const verifyBefore = process.cpuUsage();
  const fault = await check({ seed, roots: proof.roots, reveal }, opened);
  if (fault !== undefined) throw new Error(`an honest proof was refused: ${fault.text}`);
  return { proveMs, verifyMs: cpuMsSince(verifyBefore), proveWallMs };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
