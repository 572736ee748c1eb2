import { expect } from 'chai';
import type { Affinity, Constraint } from '../../../../common/model/miner.js';
import type { CapacityIndex } from '../../../../coordinator/scheduler/capacity-index.js';
import type { Demand } from '../../../../coordinator/scheduler/demand.js';
import { indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';

function namesOf(index: CapacityIndex, demand: Demand): string[][] {
  const { tiers } = index.feasibility.candidates(demand);
  return tiers.map(({ hosts }) => Array.from(hosts, (handle) => index.entry(handle).id).sort());
}

const zoneIn = (...values: string[]): Constraint => ({ attribute: 'labels.zone', operator: 'in', values });
const wish = (attribute: string, value: string, weight: number): Affinity => ({
  attribute,
  operator: 'in',
  values: [value],
  weight,
});

describe('feasibility', () => {
  const hosts = ['a', 'a', 'b', 'c'].map((zone, at) => placementHost(`h${String(at)}`, { labels: { zone } }));

  it('lists the open hosts that meet every constraint', () => {
    const index = indexOf(...hosts, placementHost('x', { labels: { zone: 'a' }, patch: { state: 'lost' } }));
    expect(namesOf(index, placementDemand())).to.deep.equal([['h0', 'h1', 'h2', 'h3']]);
    expect(namesOf(index, placementDemand({ spec: { constraints: [zoneIn('a', 'b')] } }))).to.deep.equal([
      ['h0', 'h1', 'h2'],
    ]);
    const notH0: Constraint = { attribute: 'host.name', operator: 'notIn', values: ['h0'] };
    expect(namesOf(index, placementDemand({ spec: { constraints: [zoneIn('a'), notH0] } }))).to.deep.equal([['h1']]);
    expect(namesOf(index, placementDemand({ spec: { constraints: [zoneIn('z')] } }))).to.deep.equal([]);
  });

  it('lists for what is built on its host those alone whose agents build, beside the same constraints for others', () => {
    const able = placementHost('h4', { labels: { zone: 'a' }, patch: { capabilities: ['module_build'] } });
    const index = indexOf(...hosts, able);
    const spec = { constraints: [zoneIn('a')] };
    expect(namesOf(index, placementDemand({ spec, asks: 'module_build' }))).to.deep.equal([['h4']]);
    expect(namesOf(index, placementDemand({ spec }))).to.deep.equal([['h0', 'h1', 'h4']]);
    index.upsertHost(placementHost('h4', { labels: { zone: 'a' } }));
    expect(namesOf(index, placementDemand({ spec, asks: 'module_build' }))).to.deep.equal([]);
  });

  it('sorts hosts into tiers by the sum of the weights that hold', () => {
    const affinities = [wish('labels.zone', 'a', -20), wish('labels.zone', 'b', 60), wish('host.id', 'h1', 70)];
    const index = indexOf(...hosts);
    const { tiers, count } = index.feasibility.candidates(placementDemand({ spec: { affinities } }));
    expect(tiers.map(({ bonus }) => bonus)).to.deep.equal([0.6, 0.5, 0, -0.2]);
    expect(namesOf(index, placementDemand({ spec: { affinities } }))).to.deep.equal([['h2'], ['h1'], ['h3'], ['h0']]);
    expect(count).to.equal(4);
  });

  it('notices hosts that come, change, go and come back', () => {
    const index = indexOf(...hosts);
    const demand = placementDemand({ spec: { constraints: [zoneIn('c')] } });
    expect(namesOf(index, demand)).to.deep.equal([['h3']]);
    index.upsertHost(placementHost('h0', { labels: { zone: 'c' } }));
    expect(namesOf(index, demand)).to.deep.equal([['h0', 'h3']]);
    expect(index.feasibility.allows(demand, 0)).to.equal(true);
    index.upsertHost(placementHost('h3', { labels: { zone: 'c' }, patch: { cordoned: true } }));
    index.removeHost('h0');
    expect(namesOf(index, demand)).to.deep.equal([]);
    index.upsertHost(placementHost('h9', { labels: { zone: 'c' } }));
    expect(namesOf(index, demand)).to.deep.equal([['h9']]);
  });

  it('answers right for more sets of constraints than it keeps', () => {
    const index = indexOf(...hosts);
    for (let round = 0; round < 2; round += 1)
      for (let at = 0; at < 300; at += 1) {
        const constraints = [zoneIn(`z${String(at)}`, at % 2 === 0 ? 'a' : 'b')];
        const expected = at % 2 === 0 ? [['h0', 'h1']] : [['h2']];
        expect(namesOf(index, placementDemand({ spec: { constraints } }))).to.deep.equal(expected);
      }
  });
});
