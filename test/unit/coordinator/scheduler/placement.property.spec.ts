import { expect } from 'chai';
import fc from 'fast-check';
import type { CapacityIndex, Grant } from '../../../../coordinator/scheduler/capacity-index.js';
import { holds } from '../../../../coordinator/scheduler/constraint.js';
import type { Demand } from '../../../../coordinator/scheduler/demand.js';
import { explain } from '../../../../coordinator/scheduler/explain.js';
import { copiesThatFit, leftOutBy } from '../../../../coordinator/scheduler/fit.js';
import { place } from '../../../../coordinator/scheduler/placement.js';
import { countedIn, indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';
import { seededRandom } from '../../../support/seeded-random.js';

const zone = fc.constantFrom('a', 'b', 'c');

const hostShape = fc.record({
  cpu: fc.integer({ min: 0, max: 20_000 }),
  memory: fc.integer({ min: 0, max: 20_000 }),
  disk: fc.integer({ min: 0, max: 50 }),
  gpus: fc.subarray(['g1', 'g2', 'g3', 'g4']),
  labels: zone.map((value) => ({ zone: value })),
  ports: fc.integer({ min: 0, max: 12 }).map((size) => ({ start: 100, end: 99 + size })),
  patch: fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.constant({ state: 'lost' } as const) },
    { weight: 1, arbitrary: fc.constant({ cordoned: true } as const) },
  ),
});

const constraint = fc.record({
  attribute: fc.constantFrom('labels.zone', 'host.id'),
  operator: fc.constantFrom('in' as const, 'notIn' as const),
  values: fc.array(fc.constantFrom('a', 'b', 'c', 'h0', 'h1'), { minLength: 1, maxLength: 3 }),
});

const demandShape = fc.record({
  miner: fc.constantFrom('alpha', 'beta'),
  cpu: fc.integer({ min: 0, max: 3000 }),
  memory: fc.integer({ min: 0, max: 3000 }),
  disk: fc.integer({ min: 0, max: 10 }),
  gpus: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) }),
  ports: fc
    .uniqueArray(fc.constantFrom(100, 105, 7000), { maxLength: 1 })
    .chain((fixed) =>
      fc.integer({ min: 0, max: 2 }).map((automatic) => [...fixed, ...Array<number>(automatic).fill(0)]),
    ),
  udpPorts: fc.constantFrom([], [0], [7000]),
  spec: fc.record({
    constraints: fc.array(constraint, { maxLength: 1 }),
    affinities: fc.array(
      fc.tuple(constraint, fc.integer({ min: -100, max: 100 })).map(([wish, weight]) => ({ ...wish, weight })),
      { maxLength: 2 },
    ),
    strategy: fc.record({
      kind: fc.constantFrom('balance' as const, 'spread' as const, 'consolidate' as const),
      spreadBy: fc.constantFrom('', 'zone', 'rack'),
      perHostCap: fc.constantFrom(0, 0, 1, 3),
    }),
  }),
});

const request = fc.record({ shape: demandShape, count: fc.integer({ min: 1, max: 60 }) });

const scene = fc.record({
  hosts: fc.array(hostShape, { maxLength: 20 }),
  requests: fc.array(request, { maxLength: 8 }),
  seed: fc.nat(),
});

interface Held extends Grant {
  readonly host: number;
  readonly demand: Demand;
}

/** Places the requests one after another; gives every placed copy with what it was given. */
function placeAll(index: CapacityIndex, requests: readonly { demand: Demand; count: number }[], seed: number): Held[] {
  const random = seededRandom(seed);
  return requests.flatMap(({ demand, count }) => {
    const { runs, unplaced } = place(index, { demand, count }, random);
    expect(runs.reduce((sum, run) => sum + run.count, unplaced)).to.equal(count);
    if (unplaced > 0) expectNoRoom(index, demand);
    return runs.flatMap((run) => copiesOf(run, demand));
  });
}

function copiesOf(run: Grant & { host: number; count: number }, demand: Demand): Held[] {
  const { length: ports } = demand.ports;
  return Array.from({ length: run.count }, (_, at) => ({
    host: run.host,
    demand,
    hostPorts: run.hostPorts.slice(at * ports, (at + 1) * ports),
    gpuIds: run.gpuIds.slice(at * demand.gpus, (at + 1) * demand.gpus),
  }));
}

/** What is left unplaced fits on no host, and the why says so for each. */
function expectNoRoom(index: CapacityIndex, demand: Demand): void {
  const hosts = [...index.hosts()];
  expect(hosts.filter((host) => leftOutBy(index, demand, host) === undefined)).to.deep.equal([]);
  const counted = explain(index, demand)?.filters.reduce((sum, filter) => sum + filter.hosts, 0);
  expect(counted).to.equal(hosts.length);
}

function expectSound(index: CapacityIndex, host: number, held: readonly Held[]): void {
  const { attributes, gpuIds, ports } = index.entry(host);
  const sum = (of: (demand: Demand) => number): number => held.reduce((total, { demand }) => total + of(demand), 0);
  const { columns } = index;
  expect(sum((demand) => demand.cpuMillis)).to.be.at.most(columns.totalCpu[host] ?? 0);
  expect(sum((demand) => demand.memoryBytes)).to.be.at.most(columns.totalMemory[host] ?? 0);
  expect(sum((demand) => demand.diskBytes)).to.be.at.most(columns.totalDisk[host] ?? 0);
  const gpus = held.flatMap((copy) => copy.gpuIds);
  expect(new Set(gpus).size).to.equal(gpus.length);
  expect(gpuIds).to.include.members(gpus);
  const taken = held.flatMap(({ demand, hostPorts }) =>
    demand.ports.map(({ protocol }, at) => `${protocol} ${String(hostPorts[at])}`),
  );
  expect(new Set(taken).size).to.equal(taken.length);
  for (const { demand, hostPorts } of held) {
    expect(hostPorts).to.have.length(demand.ports.length);
    for (const [at, { hostPort }] of demand.ports.entries())
      if (hostPort !== 0) expect(hostPorts[at]).to.equal(hostPort);
      else expect(ports.inRange(hostPorts[at] ?? 0)).to.equal(true);
    for (const each of demand.constraints) expect(holds(each, attributes)).to.equal(true);
  }
}

describe('placement, whatever is asked of whatever hosts', () => {
  it('overcommits nothing, keeps constraints, and leaves unplaced only what fits nowhere', () => {
    fc.assert(
      fc.property(scene, ({ hosts, requests, seed }) => {
        const index = indexOf(...hosts.map((shape, at) => placementHost(`h${String(at)}`, shape)));
        const demands = requests.map(({ shape, count }) => ({ demand: placementDemand(shape), count }));
        const placed = placeAll(index, demands, seed);
        for (const host of index.hosts()) {
          const held = placed.filter((copy) => copy.host === host);
          expectSound(index, host, held);
          if (held.length > 0) expect(index.columns.standing[host]).to.equal(0);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('keeps every cap as of the request that was placed last', () => {
    fc.assert(
      fc.property(scene, ({ hosts, requests, seed }) => {
        const index = indexOf(...hosts.map((shape, at) => placementHost(`h${String(at)}`, shape)));
        for (const { shape, count } of requests) {
          const demand = placementDemand(shape);
          const before = new Map(index.counts.of(demand.miner));
          placeAll(index, [{ demand, count }], seed);
          const cap = demand.strategy.perHostCap;
          if (cap === 0) continue;
          for (const [host, instances] of index.counts.of(demand.miner))
            expect(instances).to.be.at.most(Math.max(cap, before.get(host) ?? 0));
        }
      }),
    );
  });

  it('is undone exactly by releasing every copy', () => {
    fc.assert(
      fc.property(scene, ({ hosts, requests, seed }) => {
        const index = indexOf(...hosts.map((shape, at) => placementHost(`h${String(at)}`, shape)));
        const before = countedIn(index);
        const demands = requests.map(({ shape, count }) => ({ demand: placementDemand(shape), count }));
        for (const { host, demand, ...grant } of placeAll(index, demands, seed)) index.release(host, demand, grant);
        expect(countedIn(index)).to.deep.equal(before);
      }),
    );
  });

  it('agrees on a host: the filters pass it exactly when at least one copy fits', () => {
    fc.assert(
      fc.property(scene, demandShape, ({ hosts, requests, seed }, shape) => {
        const index = indexOf(...hosts.map((host, at) => placementHost(`h${String(at)}`, host)));
        placeAll(
          index,
          requests.map((each) => ({ demand: placementDemand(each.shape), count: each.count })),
          seed,
        );
        const demand = placementDemand(shape);
        const before = ['host_not_ready', 'host_cordoned', 'constraint_unmet'];
        for (const host of index.hosts()) {
          const filter = leftOutBy(index, demand, host);
          if (filter !== undefined && before.includes(filter)) continue;
          expect(copiesThatFit(index, demand, host, 1) === 1).to.equal(filter === undefined);
        }
      }),
    );
  });
});
