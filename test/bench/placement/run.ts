import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../support/seeded-random.js';
import { collectGarbage } from '../../support/collect-garbage.js';
import { median, printResult, say } from '../report.js';
import { decideAll, makeReady } from './decide.js';
import { placeNaively } from './naive.js';
import { plant } from './planted-fleet.js';
import type { PlantedFleet } from './planted-fleet.js';
import { verify } from './verify.js';

const NAIVE_SAMPLE = 4_000;
/** Times that the small fleet is decided in a round, so that a round takes as long as one of the large fleet. */
const SMALL_TIMES = 100;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    miners: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [hosts, miners, rounds] = [Number(values.hosts), Number(values.miners), Number(values.rounds)];

/** What a run of decisions took. */
interface Outcome {
  readonly placed: number;
  readonly cpuS: number;
  readonly wallS: number;
}

/** Decides a fleet so many times and checks every placement; the clock covers the decisions alone. */
async function decide(fleet: PlantedFleet, times: number): Promise<Outcome> {
  const ready = Array.from({ length: times }, () => makeReady(fleet));
  await collectGarbage();
  const [cpu, startMs] = [process.cpuUsage(), performance.now()];
  const decided = ready.map((waiting, at) => decideAll(waiting, seededRandom(at)));
  const wallS = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const placed = decided.map((runs, at) => verify(fleet, runs, (host) => ready[at]?.index.entry(host).id ?? ''));
  return { placed: placed.reduce((sum, count) => sum + count, 0) / times, cpuS: (user + system) / 1e6 / times, wallS };
}

async function decideOften(fleet: PlantedFleet, rounds: number, times = 1): Promise<Outcome[]> {
  // The first one warms the compiler up.
  await decide(fleet, times);
  const outcomes: Outcome[] = [];
  while (outcomes.length < rounds) outcomes.push(await decide(fleet, times));
  return outcomes;
}

const perCpuS = (outcomes: readonly Outcome[]): number => median(outcomes.map(({ placed, cpuS }) => placed / cpuS));
const quality = (fleet: PlantedFleet, outcomes: readonly Outcome[]): number =>
  Math.min(...outcomes.map(({ placed }) => placed / fleet.instances));

function tell(what: string, fleet: PlantedFleet, outcomes: readonly Outcome[]): void {
  const rate = `${(perCpuS(outcomes) / 1e6).toFixed(2)} million placements per CPU second`;
  const share = `${(100 * quality(fleet, outcomes)).toFixed(3)} % of ${String(fleet.instances)} placed`;
  say(`${what}: ${rate}, ${share} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
}

const fleet = plant({ hosts, miners, demand: 0.92 }, seededRandom(1));
const roomy = await decideOften(fleet, rounds);
tell('92 % demand', fleet, roomy);
const tightFleet = plant({ hosts, miners, demand: 1 }, seededRandom(2));
const tight = await decideOften(tightFleet, rounds);
tell('100 % demand', tightFleet, tight);
const snug = plant({ hosts, miners, demand: 0.98 }, seededRandom(3));
const snugOutcomes = await decideOften(snug, 1);
tell('98 % demand', snug, snugOutcomes);
const smallFleet = plant({ hosts: hosts / 100, miners: miners / 100, demand: 0.92 }, seededRandom(4));
const small = await decideOften(smallFleet, rounds, SMALL_TIMES);
tell('a hundredth of the hosts and miners', smallFleet, small);
const naivePerS = NAIVE_SAMPLE / placeNaively(fleet, NAIVE_SAMPLE);

printResult({
  bench: 'placement',
  metrics: {
    hosts,
    miners,
    instances: fleet.instances,
    placements_per_s: perCpuS(roomy),
    placements_per_s_wall: median(roomy.map(({ placed, wallS }) => placed / wallS)),
    placements_per_s_tight: perCpuS(tight),
    quality: quality(fleet, roomy),
    quality_98: quality(snug, snugOutcomes),
    quality_tight: quality(tightFleet, tight),
    growth_100_to_10000_hosts: perCpuS(small) / perCpuS(roomy),
    naive_placements_per_s: naivePerS,
    ratio_naive: perCpuS(roomy) / naivePerS,
  },
  notes: [
    'rates are per CPU second of the process, garbage collection and compilation included; _wall is by the clock',
    'planted: instances were cut out of the hosts, so that a perfect packer places all; tight is 100 % of the tightest resource',
    'every placement is checked anew for overcommitment, constraints and ports taken twice',
    `naive: best fit by scoring all hosts for each instance, over the first ${String(NAIVE_SAMPLE)}`,
    'growth: cost of a placement at all hosts over that at a hundredth of hosts and miners; below 1 it falls',
  ],
});
