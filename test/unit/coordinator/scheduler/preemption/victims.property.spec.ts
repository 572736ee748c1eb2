import { expect } from 'chai';
import fc from 'fast-check';
import type { CapacityIndex } from '../../../../../coordinator/scheduler/capacity-index.js';
import type { Demand } from '../../../../../coordinator/scheduler/demand.js';
import { leftOutBy } from '../../../../../coordinator/scheduler/fit.js';
import { clearingOn } from '../../../../../coordinator/scheduler/preemption/victims.js';
import type { Tenant } from '../../../../../coordinator/scheduler/preemption/victims.js';
import { indexOf, placementDemand, placementHost } from '../../../../support/placement-samples.js';

const needs = fc.record({
  miner: fc.constantFrom('a', 'b', 'x'),
  cpu: fc.constantFrom(0, 500, 1000, 2000, 3000),
  memory: fc.constantFrom(0, 256, 512, 1024),
  gpus: fc.constantFrom(0, 0, 1),
  ports: fc.constantFrom([], [], [0], [0, 0], [101], [80], [80, 0]),
});

const tenant = fc.record({
  needs,
  priority: fc.constantFrom(0, 100, 200, 399, 400, 401, 500, 700),
  standing: fc.constantFrom('evictable' as const, 'evictable' as const, 'leaving' as const, 'booked' as const),
});

type TenantShape = typeof tenant extends fc.Arbitrary<infer T> ? T : never;

const wanted = fc.record({ needs, perHostCap: fc.constantFrom(0, 0, 1, 2) });

const demandOf = (of: { readonly miner: string; readonly cpu: number }, priority: number, perHostCap = 0): Demand =>
  placementDemand({ ...of, spec: { priority, strategy: { kind: 'balance', spreadBy: '', perHostCap } } });

/** Puts on the host what fits, and books what does not. */
function fill(index: CapacityIndex, tenants: readonly TenantShape[]): Tenant[] {
  return tenants.flatMap((one, at): Tenant[] => {
    const demand = demandOf(one.needs, one.priority);
    const common = { serial: at, demand, priority: one.priority, startedAtMs: at, recent: false };
    if (one.standing === 'booked') {
      const isPortBooked = demand.fixedPorts.some((port) =>
        index.entry(0).ports.isBooked(port.protocol, port.hostPort),
      );
      if (isPortBooked) return [];
      index.book(0, demand);
      return [{ ...common, standing: 'booked' as const, grant: undefined }];
    }
    if (leftOutBy(index, demand, 0) !== undefined) return [];
    return [{ ...common, standing: one.standing, grant: index.reserve(0, demand, 1) }];
  });
}

/** Whether the host takes the demand once these are gone; by the index itself. */
function fitsWithout(index: CapacityIndex, demand: Demand, gone: readonly Tenant[]): boolean {
  const copy = index.copy();
  for (const { demand: held, grant } of gone) {
    if (grant === undefined) copy.unbook(0, held);
    else copy.release(0, held, grant);
  }
  return leftOutBy(copy, demand, 0) === undefined;
}

const without = <T>(list: readonly T[], one: T): T[] => list.filter((other) => other !== one);

describe('the choice of victims, whatever a host holds', () => {
  it('lets the instance start, keeps the gap, spares whoever can be, and is found whenever there is one', () => {
    let evicting = 0;
    fc.assert(
      fc.property(fc.array(tenant, { maxLength: 9 }), wanted, (shapes, { needs: want, perHostCap }) => {
        const shape = { cpu: 6000, memory: 2048, gpus: ['g1', 'g2'], ports: { start: 100, end: 103 } };
        const index = indexOf(placementHost('h1', shape));
        const tenants = fill(index, shapes);
        const demand = demandOf({ ...want, miner: 'x' }, 500, perHostCap);
        const clearing = clearingOn(index, 0, demand, tenants);
        const leaving = tenants.filter(({ standing }) => standing === 'leaving');
        const mayGo = tenants.filter(
          ({ standing, priority }) =>
            (standing === 'evictable' && priority <= 400) || (standing === 'booked' && priority < 500),
        );
        if (clearing === undefined) {
          expect(fitsWithout(index, demand, [...leaving, ...mayGo])).to.equal(false);
          return;
        }
        const { victims, displaced, awaited } = clearing;
        const gone = [...victims, ...displaced, ...awaited];
        expect(fitsWithout(index, demand, gone)).to.equal(true);
        for (const victim of victims) {
          expect(victim.standing).to.equal('evictable');
          expect(victim.priority).to.be.at.most(400);
        }
        for (const one of [...victims, ...displaced, ...awaited])
          expect(fitsWithout(index, demand, without(gone, one))).to.equal(false);
        // One that alone is enough is never passed over for a higher one.
        const alone = mayGo.filter(
          (one) => one.standing === 'evictable' && fitsWithout(index, demand, [...leaving, ...displaced, one]),
        );
        if (victims.length > 0 && alone.length > 0)
          expect(clearing.cost).to.include({ victims: 1, highest: Math.min(...alone.map(({ priority }) => priority)) });
        if (victims.length > 0) evicting += 1;
      }),
      { numRuns: 20_000 },
    );
    expect(evicting).to.be.at.least(1000);
  }).timeout(240_000);
});
