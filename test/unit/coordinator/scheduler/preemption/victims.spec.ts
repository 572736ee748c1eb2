import { expect } from 'chai';
import { clearingOn } from '../../../../../coordinator/scheduler/preemption/victims.js';
import type { Tenant } from '../../../../../coordinator/scheduler/preemption/victims.js';
import type { CapacityIndex } from '../../../../../coordinator/scheduler/capacity-index.js';
import { indexOf, placementDemand, placementHost } from '../../../../support/placement-samples.js';
import type { DemandShape, HostShape } from '../../../../support/placement-samples.js';

interface TenantShape extends DemandShape {
  readonly priority?: number;
  readonly standing?: Tenant['standing'];
  readonly startedAtMs?: number;
  readonly recent?: boolean;
}

/** Puts tenants on a host, with serials from 1 on. */
function host(shape: HostShape, tenants: readonly TenantShape[]): { index: CapacityIndex; tenants: Tenant[] } {
  const index = indexOf(placementHost('h1', shape));
  return {
    index,
    tenants: tenants.map(
      ({ priority = 100, standing = 'evictable', startedAtMs = 0, recent = false, ...needs }, at) => {
        const demand = placementDemand({ miner: `m${String(at + 1)}`, ...needs, spec: { priority, ...needs.spec } });
        const grant = standing === 'booked' ? undefined : index.reserve(0, demand, 1);
        if (standing === 'booked') index.book(0, demand);
        return { serial: at + 1, demand, grant, priority, standing, startedAtMs, recent };
      },
    ),
  };
}

/** Serials of the victims for one of a demand of priority 500; undefined when the host cannot make room. */
function victims(
  shape: HostShape,
  tenants: readonly TenantShape[],
  needs: DemandShape & { readonly priority?: number } = {},
): number[] | undefined {
  const at = host(shape, tenants);
  const demand = placementDemand({ miner: 'x', ...needs, spec: { priority: needs.priority ?? 500, ...needs.spec } });
  return clearingOn(at.index, 0, demand, at.tenants)?.victims.map(({ serial }) => serial);
}

const CASES: readonly (readonly [string, number[] | undefined, Parameters<typeof victims>])[] = [
  ['evicts nobody where there is room', [], [{ cpu: 2000 }, [{}]]],
  ['evicts across a gap of a hundred', [1], [{ cpu: 1000 }, [{ priority: 400 }]]],
  ['evicts nobody across a smaller gap', undefined, [{ cpu: 1000 }, [{ priority: 401 }]]],
  [
    'counts a port that another had booked too, once that one is displaced',
    [1],
    [
      { cpu: 6000, ports: { start: 100, end: 103 } },
      [
        { cpu: 0, ports: [0, 0] },
        { cpu: 0, ports: [80, 0], startedAtMs: 1 },
        { cpu: 3000, ports: [101], standing: 'booked' },
        { cpu: 0, ports: [0], startedAtMs: 1 },
        { cpu: 3000 },
      ],
      { cpu: 1000, ports: [0, 0] },
    ],
  ],
  ['evicts nobody in vain', undefined, [{ cpu: 2000 }, [{}, { priority: 450 }], { cpu: 2000 }]],
  ['takes one large one rather than many small ones', [4], [{ cpu: 6000 }, [{}, {}, {}, { cpu: 3000 }], { cpu: 3000 }]],
  ['takes no more than it needs', [3, 4], [{ cpu: 4000 }, [{}, {}, {}, {}], { cpu: 2000 }]],
  ['takes the lowest of equal size', [2], [{ cpu: 3000 }, [{ priority: 300 }, { priority: 200 }, { priority: 250 }]]],
  [
    'takes the lowest that suffice together',
    [1, 3],
    [{ cpu: 3000 }, [{ priority: 100 }, { priority: 300 }, { priority: 200 }], { cpu: 2000 }],
  ],
  ['takes the youngest of equals', [2], [{ cpu: 2000 }, [{ startedAtMs: 5 }, { startedAtMs: 9 }]]],
  ['spares a miner that lost one just now', [1], [{ cpu: 2000 }, [{}, { recent: true, startedAtMs: 9 }]]],
  ['looks at memory too', [2], [{ memory: 1024 }, [{ memory: 100 }, { memory: 900 }], { memory: 500 }]],
  ['looks at disk too', [2], [{ disk: 10 }, [{ disk: 1 }, { disk: 9 }], { disk: 5 }]],
  [
    'covers several resources at once',
    [1, 2],
    [
      { cpu: 2000, memory: 2000 },
      [
        { cpu: 1500, memory: 10 },
        { cpu: 10, memory: 1500 },
      ],
      { cpu: 1500, memory: 1500 },
    ],
  ],
  ['frees GPUs', [2], [{ gpus: ['a', 'b'] }, [{ gpus: 1, priority: 450 }, { gpus: 1 }], { gpus: 1 }]],
  ['frees the fixed port that is asked for', [2], [{}, [{ ports: [80] }, { ports: [81] }], { ports: [81] }]],
  ['cannot free a port that a worthier one holds', undefined, [{}, [{ ports: [81], priority: 450 }], { ports: [81] }]],
  [
    'frees automatic ports',
    [1],
    [{ ports: { start: 100, end: 101 } }, [{ ports: [0] }, { ports: [0], priority: 450 }], { ports: [0] }],
  ],
  [
    'cannot help a miner at its cap per host',
    undefined,
    [
      { cpu: 2000 },
      [{ miner: 'x', priority: 500 }, {}],
      { spec: { strategy: { kind: 'balance', spreadBy: '', perHostCap: 1 } } },
    ],
  ],
  [
    'waits for who is stopping rather than evict more',
    [],
    [{ cpu: 2000 }, [{}, { standing: 'leaving', priority: 900 }]],
  ],
  ['does not wait for who is overdue', [1], [{ cpu: 2000 }, [{}, { standing: 'staying' }]]],
  ['takes back what is booked for a lower priority', [], [{ cpu: 1000 }, [{ standing: 'booked', priority: 499 }]]],
  ['leaves what is booked for an equal', undefined, [{ cpu: 1000 }, [{ standing: 'booked', priority: 500 }]]],
  ['evicts nobody below priority 100', undefined, [{ cpu: 1000 }, [{ priority: 0 }], { priority: 99 }]],
];

describe('the choice of victims on a host', () => {
  for (const [title, expected, args] of CASES)
    it(title, () => {
      expect(victims(...args)).to.deep.equal(expected);
    });

  it('tells whom it waits for, and only those it needs', () => {
    const leaving = { standing: 'leaving' } as const;
    const at = host({ cpu: 4000 }, [{ ...leaving, cpu: 3000 }, leaving]);
    const clearing = clearingOn(at.index, 0, placementDemand({ cpu: 2000, spec: { priority: 500 } }), at.tenants);
    expect(clearing?.awaited.map(({ serial }) => serial)).to.deep.equal([1]);
    expect(clearing?.cost).to.include({ victims: 0, highest: -1, sum: 0 });
  });

  it('displaces no more bookings than it must, the lowest first', () => {
    const booked = { standing: 'booked' } as const;
    const at = host({ cpu: 3000 }, [{ ...booked, priority: 300 }, { ...booked, priority: 200 }, booked]);
    const clearing = clearingOn(at.index, 0, placementDemand({ cpu: 2000, spec: { priority: 500 } }), at.tenants);
    expect(clearing?.displaced.map(({ serial }) => serial)).to.have.members([2, 3]);
  });
});
