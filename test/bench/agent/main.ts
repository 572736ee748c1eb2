import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { create } from '@bufbuild/protobuf';
import { InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import { MinerSpecSchema, NetworkMode, PullPolicy } from '../../../common/gen/headframe/v1/miner_pb.js';
import { testImage } from '../../support/docker.js';
import { RunningFleet } from '../../support/running-fleet.js';
import { waitFor } from '../../support/wait-for.js';
import { cpuSeconds, peakResidentMb, residentMb } from '../process-figures.js';
import { median, printResult, say } from '../report.js';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    instances: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    settle: { type: 'string', default: '30' },
  },
});
const count = Number(options.instances);
const seconds = Number(options.seconds);

/** The least that a program on this machine can be that speaks gRPC. */
const BARE = "await import('@grpc/grpc-js'); setInterval(() => {}, 1000); process.stdout.write('up');";

/** Median resident memory, and what of it the process has to itself or its share of, in MB. */
async function memoryOf(pid: number, samples: number): Promise<{ rssMb: number; pssMb: number }> {
  const found: { rss: number; pss: number }[] = [];
  for (let i = 0; i < samples; i += 1) {
    await sleep(1_000);
    found.push({ rss: await residentMb(pid), pss: await proportionalMb(pid) });
  }
  return { rssMb: median(found.map(({ rss }) => rss)), pssMb: median(found.map(({ pss }) => pss)) };
}

async function proportionalMb(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? NaN) / 1024;
}

async function measureBare(): Promise<{ rssMb: number; pssMb: number }> {
  const bare = spawn(process.execPath, ['--input-type=module', '-e', BARE], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(bare.stdout, 'data');
    return await memoryOf(bare.pid ?? 0, 5);
  } finally {
    bare.kill('SIGKILL');
  }
}

async function startAll(fleet: RunningFleet): Promise<void> {
  const spec = create(MinerSpecSchema, {
    kind: 'container',
    name: 'bench',
    replicas: count,
    resources: { cpuMillis: 10, memoryBytes: BigInt(16 * 2 ** 20), diskBytes: BigInt(2 ** 20), pids: 16 },
    pullPolicy: PullPolicy.NEVER,
    stopGraceMs: 1_000,
    section: {
      case: 'container',
      value: { image: testImage, command: ['sleep'], args: ['100000'], network: NetworkMode.HOST },
    },
  });
  await fleet.fleet.applyMiners({ miners: [spec] });
  await waitFor(
    `${String(count)} instances to run`,
    async () => {
      const { instances } = await fleet.fleet.listInstances({ miner: 'bench', pageSize: 1000 });
      return instances.filter(({ state }) => state === InstanceState.RUNNING).length === count;
    },
    300_000,
  );
}

async function run(fleet: RunningFleet): Promise<void> {
  const { pid } = fleet.agent('bench');
  const idle = await memoryOf(pid, 3);
  say(`without instances: ${idle.rssMb.toFixed(1)} MB`);
  await startAll(fleet);
  await sleep(1_000 * Number(options.settle));
  say(`${String(count)} instances run; measuring for ${String(seconds)} s`);
  const before = await cpuSeconds(pid);
  const begunMs = performance.now();
  const memory = await memoryOf(pid, seconds);
  const cpuPercent = (100_000 * ((await cpuSeconds(pid)) - before)) / (performance.now() - begunMs);
  const bare = await measureBare();
  printResult({
    bench: 'agent',
    metrics: {
      rss_mb: memory.rssMb,
      cpu_percent: cpuPercent,
      instances: count,
      rss_peak_mb: await peakResidentMb(pid),
      rss_idle_mb: idle.rssMb,
      pss_mb: memory.pssMb,
      bare_rss_mb: bare.rssMb,
      ratio_bare: memory.rssMb / bare.rssMb,
    },
    notes: [
      `medians of ${String(seconds)} readings of VmRSS, one a second, ${options.settle} s after the last of the instances ran`,
      'usage of the host and of each instance is sampled and sent every second; the guard of exclusive instances is a process of its own and not counted',
      'baseline: a Node process of the same machine that has loaded grpc-js and does nothing',
    ],
  });
}

const fleet = await RunningFleet.open(
  { bench: { cpu: '100', memory: '16GiB' } },
  { coordinator: ['--usage-interval', '1s'] },
);
try {
  await run(fleet);
} finally {
  await fleet.close();
}
