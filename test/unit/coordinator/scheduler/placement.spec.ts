import { expect } from 'chai';
import type { Affinity, Strategy } from '../../../../common/model/miner.js';
import type { CapacityIndex } from '../../../../coordinator/scheduler/capacity-index.js';
import { place } from '../../../../coordinator/scheduler/placement.js';
import type { Placement } from '../../../../coordinator/scheduler/placement.js';
import { indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';
import type { DemandShape, HostShape } from '../../../support/placement-samples.js';
import { seededRandom } from '../../../support/seeded-random.js';

const strategyOf = (patch: Partial<Strategy>): { strategy: Strategy } => ({
  strategy: { kind: 'balance', spreadBy: '', perHostCap: 0, ...patch },
});
const fleetOf = (count: number, shape: (at: number) => HostShape = () => ({})): CapacityIndex =>
  indexOf(...Array.from({ length: count }, (_, at) => placementHost(`h${String(at)}`, shape(at))));

function placeOn(index: CapacityIndex, count: number, shape: DemandShape, seed = 1): Placement {
  return place(index, { demand: placementDemand(shape), count }, seededRandom(seed));
}

/** Instances by host, of all miners. */
function loads(index: CapacityIndex): number[] {
  return [...index.hosts()].map((handle) => index.entry(handle).instances);
}

describe('strategy balance', () => {
  it('levels a small fleet copy by copy', () => {
    const index = fleetOf(2);
    expect(placeOn(index, 3, {}).unplaced).to.equal(0);
    expect(loads(index).sort()).to.deep.equal([1, 2]);
  });

  it('levels the dominant share, not the number of instances', () => {
    const index = fleetOf(2, (at) => ({ cpu: at === 0 ? 10_000 : 30_000 }));
    placeOn(index, 40, {});
    expect(loads(index)).to.deep.equal([10, 30]);
  });

  it('looks at the scarcest resource of each host', () => {
    const index = fleetOf(2, (at) => ({ memory: at === 0 ? 1024 : 65_536, cpu: at === 0 ? 64_000 : 4000 }));
    placeOn(index, 3, { memory: 512, cpu: 1000 });
    expect(loads(index)).to.deep.equal([1, 2]);
  });

  it('keeps a large fleet near level', () => {
    const index = fleetOf(500, () => ({ cpu: 100_000 }));
    placeOn(index, 25_000, { cpu: 1000 });
    expect(Math.max(...loads(index))).to.be.at.most(66);
    expect(Math.min(...loads(index))).to.be.at.least(26);
  });

  it('finds the one host with room among a thousand full ones', () => {
    const index = fleetOf(1000, (at) => ({ cpu: at === 617 ? 8000 : 500 }));
    const { runs, unplaced } = placeOn(index, 10, {});
    expect(unplaced).to.equal(2);
    expect(new Set(runs.map(({ host }) => host))).to.deep.equal(new Set([617]));
  });

  it('does not fill a host at once with large copies', () => {
    const index = fleetOf(100, () => ({ cpu: 8000 }));
    const { runs } = placeOn(index, 50, { cpu: 2000 });
    expect(Math.max(...runs.map(({ count }) => count))).to.equal(1);
    expect(Math.max(...loads(index))).to.be.at.most(2);
  });

  it('goes where the affinity is as long as its weight outweighs the load', () => {
    const near: Affinity = { attribute: 'labels.zone', operator: 'in', values: ['a'], weight: 50 };
    const index = fleetOf(2, (at) => ({ cpu: 10_000, labels: { zone: at === 0 ? 'a' : 'b' } }));
    placeOn(index, 4, { spec: { affinities: [near] } });
    expect(loads(index)).to.deep.equal([4, 0]);
    placeOn(index, 5, { spec: { affinities: [near] } });
    expect(loads(index)).to.deep.equal([7, 2]);
  });

  it('avoids hosts with a negative weight until there is nothing else', () => {
    const far: Affinity = { attribute: 'labels.zone', operator: 'in', values: ['a'], weight: -100 };
    const index = fleetOf(40, (at) => ({ cpu: 1000, labels: { zone: at < 20 ? 'a' : 'b' } }));
    placeOn(index, 20, { spec: { affinities: [far] } });
    expect(loads(index).slice(0, 20)).to.deep.equal(Array<number>(20).fill(0));
    expect(placeOn(index, 21, { spec: { affinities: [far] } }).unplaced).to.equal(1);
  });
});

describe('strategy spread', () => {
  const overHosts = { spec: strategyOf({ kind: 'spread' }) };
  const overRacks = { spec: strategyOf({ kind: 'spread', spreadBy: 'rack' }) };

  it('gives every host one instance of the miner before any gets a second', () => {
    const index = fleetOf(5, (at) => ({ cpu: (at + 1) * 10_000 }));
    placeOn(index, 7, overHosts);
    expect(loads(index)).to.deep.equal([1, 1, 1, 2, 2]);
  });

  it('counts what the miner holds already, and not what others hold', () => {
    const index = fleetOf(3);
    index.reserve(0, placementDemand({ miner: 'other' }), 5);
    index.reserve(1, placementDemand(), 2);
    placeOn(index, 3, overHosts);
    expect([0, 1, 2].map((host) => index.counts.on('alpha', host))).to.deep.equal([1, 2, 2]);
  });

  it('levels over the values of a label, hosts without it together', () => {
    const index = fleetOf(8, (at) => ({ labels: at < 5 ? { rack: 'r1' } : at < 7 ? { rack: 'r2' } : {} }));
    placeOn(index, 9, overRacks);
    const byHost = loads(index);
    const sum = (from: number, to: number): number => byHost.slice(from, to).reduce((total, count) => total + count, 0);
    expect([sum(0, 5), sum(5, 7), sum(7, 8)]).to.deep.equal([3, 3, 3]);
    expect(Math.max(...byHost.slice(0, 5))).to.equal(1);
  });

  it('goes on with the other racks when one is full', () => {
    const index = fleetOf(4, (at) => ({
      cpu: at === 0 ? 1000 : 10_000,
      labels: { rack: at === 0 ? 'small' : 'large' },
    }));
    expect(placeOn(index, 12, overRacks).unplaced).to.equal(0);
    expect(loads(index)[0]).to.equal(1);
  });

  it('holds the cap per host and leaves the rest unplaced', () => {
    for (const kind of ['balance', 'spread', 'consolidate'] as const) {
      const index = fleetOf(3);
      expect(placeOn(index, 10, { spec: strategyOf({ kind, perHostCap: 2 }) }).unplaced, kind).to.equal(4);
      expect(loads(index), kind).to.deep.equal([2, 2, 2]);
    }
  });
});

describe('strategy consolidate', () => {
  const packed = { spec: strategyOf({ kind: 'consolidate' }) };

  it('fills the fullest host before it opens the next', () => {
    const index = fleetOf(4, () => ({ cpu: 10_000 }));
    index.reserve(2, placementDemand(), 3);
    placeOn(index, 9, packed);
    expect(loads(index).sort((a, b) => a - b)).to.deep.equal([0, 0, 2, 10]);
    expect(loads(index)[2]).to.equal(10);
  });

  it('leaves unplaced only what fits nowhere', () => {
    const index = fleetOf(3, () => ({ cpu: 2500 }));
    const { runs, unplaced } = placeOn(index, 8, packed);
    expect(unplaced).to.equal(2);
    expect(runs.map(({ count }) => count)).to.deep.equal([2, 2, 2]);
  });
});

describe('placing', () => {
  it('gives the runs the ports and GPUs of their copies', () => {
    const index = fleetOf(1, () => ({ gpus: ['g1', 'g2'], ports: { start: 100, end: 200 } }));
    const { runs } = placeOn(index, 2, { gpus: 1, ports: [0, 0] });
    expect(runs.flatMap(({ hostPorts }) => hostPorts)).to.deep.equal([100, 101, 102, 103]);
    expect(runs.flatMap(({ gpuIds }) => gpuIds)).to.deep.equal(['g1', 'g2']);
  });

  it('leaves everything unplaced on an empty fleet', () => {
    for (const kind of ['balance', 'spread', 'consolidate'] as const)
      expect(placeOn(indexOf(), 3, { spec: strategyOf({ kind }) })).to.deep.include({ runs: [], unplaced: 3 });
  });

  it('chooses the same again for the same fleet and chance', () => {
    const choose = (): unknown => placeOn(fleetOf(100), 500, {}, 7).runs;
    expect(choose()).to.deep.equal(choose());
  });
});
