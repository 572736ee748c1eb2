import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { TestFleet } from '../../support/programs.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { median, printResult, say } from '../report.js';
import type { Contender, Network } from './contender.js';
import { Ours } from './ours.js';
import { RawDockerode } from './raw.js';
import { Swarm } from './swarm.js';

// Starts are bound by the CPU: past four at a time on two cores only their latency grows.
const CONCURRENCIES = [2, 4, 8];

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);

/** Times of one contender at one task, a figure a round. */
const times = new Map<string, number[]>();

async function measure(contender: Contender, count: number, network: Network): Promise<number> {
  const load = loadavg()[0] ?? 0;
  const ms = await contender.start(count, network);
  await contender.clear();
  say(
    `${contender.name.padEnd(28)} ${network.padEnd(6)} ${String(count).padStart(4)}: ${ms.toFixed(0).padStart(6)} ms (load ${load.toFixed(1)})`,
  );
  const key = `${contender.name} ${network} ${String(count)}`;
  times.set(key, [...(times.get(key) ?? []), ms]);
  return ms;
}

function medianOf(contender: Contender, count: number, network: Network): number {
  return median(times.get(`${contender.name} ${network} ${String(count)}`) ?? []);
}

/** Raw dockerode at its best: the concurrency that starts twenty soonest on this machine, now. */
async function bestRaw(): Promise<RawDockerode> {
  const tried: { raw: RawDockerode; ms: number }[] = [];
  for (const concurrency of CONCURRENCIES) {
    const raw = new RawDockerode(concurrency);
    tried.push({ raw, ms: await measure(raw, 20, 'bridge') });
  }
  times.clear();
  const best = tried.toSorted((a, b) => a.ms - b.ms)[0];
  if (best === undefined) throw new Error('nothing was tried');
  return best.raw;
}

async function run(fleet: TestFleet, swarm: Swarm): Promise<void> {
  const ours = new Ours(fleet);
  const raw = await bestRaw();
  const large = options.quick ? 20 : 100;
  // Interleaved, so that a change of the machine's load meets all alike.
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < 5; i += 1) for (const contender of [raw, ours]) await measure(contender, 1, 'bridge');
    for (const count of new Set([20, large]))
      for (const contender of [raw, ours, swarm]) await measure(contender, count, 'bridge');
    for (const contender of [raw, ours, swarm]) await measure(contender, large, 'host');
  }
  const pids = [fleet.coordinator.pid, fleet.agent('bench').pid];
  const cpuBefore = await Promise.all(pids.map((pid) => Ours.cpuSeconds(pid)));
  await ours.start(large, 'host');
  const cpuAfter = await Promise.all(pids.map((pid) => Ours.cpuSeconds(pid)));
  const cpuMs = pids.map((_pid, index) => (((cpuAfter[index] ?? NaN) - (cpuBefore[index] ?? NaN)) * 1000) / large);
  const replaced: number[] = [];
  for (let i = 0; i < 5; i += 1) replaced.push(await ours.replaceAfterKill());
  const coordinatorRss = await Ours.residentMb(fleet.coordinator.pid);
  const agentRss = await Ours.residentMb(fleet.agent('bench').pid);
  await ours.clear();

  const ratio = (other: Contender, count: number, network: Network): number =>
    medianOf(ours, count, network) / medianOf(other, count, network);
  printResult({
    bench: 'start',
    metrics: {
      ratio_raw_1: ratio(raw, 1, 'bridge'),
      ratio_raw_20: ratio(raw, 20, 'bridge'),
      [`ratio_raw_${String(large)}`]: ratio(raw, large, 'bridge'),
      ratio_swarm_20: ratio(swarm, 20, 'bridge'),
      [`ratio_swarm_${String(large)}`]: ratio(swarm, large, 'bridge'),
      [`ratio_raw_host_${String(large)}`]: ratio(raw, large, 'host'),
      [`ratio_swarm_host_${String(large)}`]: ratio(swarm, large, 'host'),
      replace_after_kill_ms: median(replaced),
      single_max_ms: Math.max(...(times.get(`${ours.name} bridge 1`) ?? [])),
      ours_ms_large: medianOf(ours, large, 'bridge'),
      raw_ms_large: medianOf(raw, large, 'bridge'),
      swarm_ms_large: medianOf(swarm, large, 'bridge'),
      coordinator_cpu_ms_per_start: cpuMs[0] ?? NaN,
      agent_cpu_ms_per_start: cpuMs[1] ?? NaN,
      coordinator_rss_mb: coordinatorRss,
      agent_rss_mb: agentRss,
    },
    notes: [
      `medians of ${String(rounds)} interleaved rounds; all running against all running, same image, command and limits`,
      `baseline: ${raw.name}, the best of ${CONCURRENCIES.join(', ')}`,
      'ours is measured at a client: from the call of ApplyMiners to the watch that shows the last one running',
    ],
  });
}

await using dir = await makeTempDir();
const fleet = new TestFleet(dir.path);
const swarm = new Swarm();
await fleet.startCoordinator();
await fleet.startAgent('bench', { cpu: '100', memory: '8GiB' });
await fleet.hostsReady(1);
await swarm.open();
try {
  await run(fleet, swarm);
} finally {
  await swarm.close();
  await fleet.close();
}
