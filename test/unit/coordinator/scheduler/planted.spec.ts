import { expect } from 'chai';
import { place } from '../../../../coordinator/scheduler/placement.js';
import { indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';
import { between, seededRandom } from '../../../support/seeded-random.js';

const HOSTS = 300;
const JOBS = 200;
/** Share of each host that is planted; the last gaps stay empty, so demand is a little lower. */
const PLANTED = 0.93;
const SIZES = [
  { cpu: 16_000, memory: 65_536, disk: 500 },
  { cpu: 32_000, memory: 131_072, disk: 1000 },
  { cpu: 64_000, memory: 262_144, disk: 2000 },
] as const;

interface Job {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  count: number;
}

/** Cuts tasks out of hosts until little is left of any, so that a perfect packer could place them all. */
function plant(random: () => number): { hosts: (typeof SIZES)[number][]; jobs: Job[]; share: number } {
  const jobs = Array.from({ length: JOBS }, () => ({
    cpu: 100 * between(random, 1, 6),
    memory: 64 * between(random, 1, 24),
    disk: between(random, 1, 20),
    count: 0,
  }));
  const hosts = Array.from({ length: HOSTS }, (_, at) => SIZES[at % 3] ?? SIZES[0]);
  let [taken, total] = [0, 0];
  for (const host of hosts) {
    let [cpu, memory, disk] = [host.cpu * PLANTED, host.memory * PLANTED, host.disk * PLANTED];
    for (let misses = 0; misses < 8;) {
      const job = jobs[between(random, 0, JOBS - 1)];
      if (job === undefined || job.cpu > cpu || job.memory > memory || job.disk > disk) misses += 1;
      else {
        [cpu, memory, disk] = [cpu - job.cpu, memory - job.memory, disk - job.disk];
        job.count += 1;
      }
    }
    taken += host.cpu * PLANTED - cpu;
    total += host.cpu;
  }
  return { hosts, jobs, share: taken / total };
}

describe('balance on a planted fleet at 92 % demand', () => {
  for (const seed of [1, 2, 3])
    it(`places every instance, seed ${String(seed)}`, () => {
      const random = seededRandom(seed);
      const { hosts, jobs, share } = plant(random);
      const index = indexOf(...hosts.map((host, at) => placementHost(`h${String(at)}`, host)));
      const unplaced = jobs.map(({ count, ...needs }, at) => {
        const demand = placementDemand({ miner: `m${String(at)}`, ...needs });
        return place(index, { demand, count }, random).unplaced;
      });
      expect(share).to.be.within(0.915, 0.93);
      expect(jobs.reduce((sum, { count }) => sum + count, 0)).to.be.at.least(20_000);
      expect(unplaced.filter((count) => count > 0)).to.deep.equal([]);
    });
});
