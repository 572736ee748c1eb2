import { expect } from 'chai';
import { explain, explainRun } from '../../../../coordinator/scheduler/explain.js';
import { isReasonCode } from '../../../../common/model/reason.js';
import { indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';
import type { DemandShape, HostShape } from '../../../support/placement-samples.js';

type Filters = readonly (readonly [string, number])[];
const inZoneA = { constraints: [{ attribute: 'labels.zone', operator: 'in', values: ['a'] }] } as const;
const lost: HostShape = { patch: { state: 'lost' } };
const cordoned: HostShape = { patch: { cordoned: true } };

/** Full hosts have a share of theirs taken by another miner, so that an empty one would do. */
const full = (shape: HostShape, taken: DemandShape): readonly [HostShape, DemandShape] => [shape, taken];

const cases: readonly (readonly [
  string,
  readonly (HostShape | readonly [HostShape, DemandShape])[],
  DemandShape,
  string,
  Filters,
])[] = [
  ['no host', [], {}, 'no_hosts', []],
  ['lost hosts alone', [lost, lost], {}, 'no_ready_hosts', [['host_not_ready', 2]]],
  ['cordoned hosts alone', [cordoned], {}, 'host_cordoned', [['host_cordoned', 1]]],
  [
    'lost and cordoned hosts',
    [lost, cordoned],
    {},
    'no_ready_hosts',
    [
      ['host_not_ready', 1],
      ['host_cordoned', 1],
    ],
  ],
  [
    'no host of the zone',
    [{}, lost],
    { spec: inZoneA },
    'constraint_unmet',
    [
      ['host_not_ready', 1],
      ['constraint_unmet', 1],
    ],
  ],
  [
    'full hosts',
    [full({ memory: 1024 }, { memory: 600 }), full({ memory: 1024 }, { memory: 800 }), lost],
    {},
    'insufficient_memory',
    [
      ['host_not_ready', 1],
      ['insufficient_memory', 2],
    ],
  ],
  [
    'full hosts of the zone and others outside it',
    [full({ cpu: 1000, labels: { zone: 'a' } }, {}), {}],
    { spec: inZoneA },
    'insufficient_cpu',
    [
      ['constraint_unmet', 1],
      ['insufficient_cpu', 1],
    ],
  ],
  [
    'hosts that lack different things',
    [full({ cpu: 1000 }, {}), full({ memory: 1024 }, { memory: 600 })],
    {},
    'no_host_fits',
    [
      ['insufficient_cpu', 1],
      ['insufficient_memory', 1],
    ],
  ],
  [
    'hosts too small even when empty',
    [{ cpu: 500 }, { cpu: 800 }],
    {},
    'impossible_resources',
    [['insufficient_cpu', 2]],
  ],
  [
    'a large enough host that is lost',
    [{ cpu: 500 }, { ...lost }],
    {},
    'insufficient_cpu',
    [
      ['host_not_ready', 1],
      ['insufficient_cpu', 1],
    ],
  ],
  ['no host with a GPU', [{}], { gpus: 1 }, 'impossible_resources', [['insufficient_gpus', 1]]],
  [
    'a range smaller than the ports asked for',
    [{ ports: { start: 1, end: 1 } }],
    { ports: [0, 0] },
    'impossible_resources',
    [['port_range_full', 1]],
  ],
  ['a port that is taken everywhere', [full({}, { ports: [80] })], { ports: [80] }, 'port_taken', [['port_taken', 1]]],
  [
    'the cap everywhere',
    [full({}, { miner: 'alpha' })],
    { spec: { strategy: { kind: 'balance', spreadBy: '', perHostCap: 1 } } },
    'per_host_cap',
    [['per_host_cap', 1]],
  ],
];

describe('the why of a demand that fits nowhere', () => {
  for (const [name, hosts, demand, reason, filters] of cases)
    it(`is ${reason} with ${name}`, () => {
      const index = indexOf();
      hosts.forEach((host, at) => {
        const [shape, taken] = 'length' in host ? host : [host, undefined];
        const handle = index.upsertHost(placementHost(`h${String(at)}`, shape));
        if (taken !== undefined) index.reserve(handle, placementDemand({ miner: 'other', ...taken }), 1);
      });
      const why = explain(index, placementDemand(demand));
      expect(why?.reason).to.equal(reason);
      expect(why?.filters.map(({ reason: code, hosts: count }) => [code, count])).to.deep.equal(filters);
      expect(isReasonCode(why?.reason ?? '')).to.equal(true);
    });

  it('names the need and the most that is free, and where', () => {
    const index = indexOf(placementHost('h0', { memory: 1024 }), placementHost('h3', { memory: 1024 }));
    index.reserve(0, placementDemand({ memory: 800 }), 1);
    index.reserve(1, placementDemand({ memory: 724 }), 1);
    for (const part of ['0 of 2', '512 MiB', '300 MiB', 'h3'])
      expect(explain(index, placementDemand())?.text).to.contain(part);
  });

  it('is nothing when a host takes it', () => {
    expect(explain(indexOf(placementHost('h1')), placementDemand())).to.equal(undefined);
  });
});

describe('the why of a placement', () => {
  it('tells the share and the candidates, whatever the strategy', () => {
    for (const kind of ['balance', 'spread', 'consolidate'] as const) {
      const demand = placementDemand({ spec: { strategy: { kind, spreadBy: 'rack', perHostCap: 0 } } });
      const text = explainRun(demand, { host: 0, count: 1, hostPorts: [], gpuIds: [], share: 0.412, compared: 4 });
      for (const part of ['41 %', '4 candidates']) expect(text, kind).to.contain(part);
    }
  });
});
