import { expect } from 'chai';
import { copiesThatFit, leftOutBy } from '../../../../coordinator/scheduler/fit.js';
import type { Filter } from '../../../../coordinator/scheduler/fit.js';
import { indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';
import type { DemandShape, HostShape } from '../../../support/placement-samples.js';

const inZoneA = { constraints: [{ attribute: 'labels.zone', operator: 'in', values: ['a'] }] } as const;
const capOf = (perHostCap: number) => ({ strategy: { kind: 'balance', spreadBy: '', perHostCap } }) as const;

/** Host, what it already holds, the demand, the filter, and how many copies fit. */
const cases: readonly (readonly [
  string,
  HostShape,
  DemandShape | undefined,
  DemandShape,
  Filter | undefined,
  number,
])[] = [
  ['an ample host', {}, undefined, {}, undefined, 10],
  ['a host that fits exactly', { cpu: 1000, memory: 512 }, undefined, {}, undefined, 1],
  ['too little CPU', { cpu: 999 }, undefined, {}, 'insufficient_cpu', 0],
  ['CPU that is taken', { cpu: 1500 }, {}, {}, 'insufficient_cpu', 0],
  ['too little memory', { memory: 511 }, undefined, {}, 'insufficient_memory', 0],
  ['too little disk', { disk: 4 }, undefined, { disk: 5 }, 'insufficient_disk', 0],
  ['no GPU', {}, undefined, { gpus: 1 }, 'insufficient_gpus', 0],
  ['a GPU in use', { gpus: ['g1', 'g2'] }, { gpus: 1 }, { gpus: 2 }, 'insufficient_gpus', 0],
  ['enough GPUs', { gpus: ['g1', 'g2', 'g3'] }, undefined, { gpus: 1 }, undefined, 3],
  ['a fixed port', {}, undefined, { ports: [80] }, undefined, 1],
  ['a fixed port that is taken', {}, { ports: [80] }, { ports: [80] }, 'port_taken', 0],
  ['a fixed port taken for another protocol', {}, { udpPorts: [80] }, { ports: [80] }, undefined, 1],
  ['one of two fixed ports taken', {}, { ports: [80] }, { ports: [80, 81] }, 'port_taken', 0],
  ['a range too small', { ports: { start: 100, end: 100 } }, undefined, { ports: [0, 0] }, 'port_range_full', 0],
  ['a range for two', { ports: { start: 100, end: 103 } }, undefined, { ports: [0, 0] }, undefined, 2],
  [
    'a range taken by a fixed port',
    { ports: { start: 100, end: 100 } },
    { ports: [100] },
    { ports: [0] },
    'port_range_full',
    0,
  ],
  [
    'own fixed port in the range',
    { ports: { start: 100, end: 100 } },
    undefined,
    { ports: [100, 0] },
    'port_range_full',
    0,
  ],
  ['a cap', {}, undefined, { spec: capOf(3) }, undefined, 3],
  ['a cap that is reached', {}, { spec: capOf(1) }, { spec: capOf(1) }, 'per_host_cap', 0],
  ['a cap that others reached', {}, { miner: 'other' }, { spec: capOf(1) }, undefined, 1],
  ['the zone asked for', { labels: { zone: 'a' } }, undefined, { spec: inZoneA }, undefined, 10],
  ['another zone', { labels: { zone: 'b' } }, undefined, { spec: inZoneA }, 'constraint_unmet', 10],
  [
    'an agent that builds',
    { patch: { capabilities: ['module_build'] } },
    undefined,
    { asks: 'module_build' },
    undefined,
    10,
  ],
  ['an agent that builds nothing', {}, undefined, { asks: 'module_build' }, 'host_cannot_build', 10],
  ['an agent that keeps leases', { patch: { capabilities: ['lease'] } }, undefined, { asks: 'lease' }, undefined, 10],
  [
    'an agent that only builds',
    { patch: { capabilities: ['module_build'] } },
    undefined,
    { asks: 'lease' },
    'host_cannot_lease',
    10,
  ],
  ['a host not ready', { patch: { state: 'suspect' } }, undefined, {}, 'host_not_ready', 10],
  ['a cordoned host', { patch: { cordoned: true } }, undefined, {}, 'host_cordoned', 10],
  ['a draining host', { patch: { draining: true } }, undefined, {}, 'host_cordoned', 10],
  ['a lost and cordoned host', { patch: { state: 'lost', cordoned: true } }, undefined, {}, 'host_not_ready', 10],
  ['a cordoned host without memory', { memory: 1, patch: { cordoned: true } }, undefined, {}, 'host_cordoned', 0],
  ['another zone without CPU', { cpu: 1 }, undefined, { spec: inZoneA }, 'constraint_unmet', 0],
  ['neither CPU nor memory', { cpu: 1, memory: 1 }, undefined, {}, 'insufficient_cpu', 0],
  ['no disk where none is asked', { disk: 0 }, undefined, { disk: 0 }, undefined, 10],
];

describe('the filters', () => {
  for (const [name, hostShape, held, demandShape, filter, copies] of cases)
    it(`answer ${filter ?? 'nothing'} for ${name}`, () => {
      const index = indexOf(placementHost('h1', hostShape));
      if (held !== undefined) index.reserve(0, placementDemand(held), 1);
      const demand = placementDemand(demandShape);
      expect(leftOutBy(index, demand, 0)).to.equal(filter);
      expect(copiesThatFit(index, demand, 0, 10)).to.equal(copies);
    });

  it('refuse what a host that shrank no longer has, and nothing else', () => {
    const index = indexOf(placementHost('h1', { disk: 10 }));
    index.reserve(0, placementDemand({ disk: 8 }), 1);
    index.upsertHost(placementHost('h1', { disk: 5 }));
    expect(leftOutBy(index, placementDemand({ disk: 1 }), 0)).to.equal('insufficient_disk');
    expect(leftOutBy(index, placementDemand({ disk: 0 }), 0)).to.equal(undefined);
  });
});
