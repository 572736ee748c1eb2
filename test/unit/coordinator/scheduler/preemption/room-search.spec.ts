import { expect } from 'chai';
import type { Demand } from '../../../../../coordinator/scheduler/demand.js';
import { Tenancy } from '../../../../../coordinator/scheduler/preemption/tenancy.js';
import { RoomSearch } from '../../../../../coordinator/scheduler/preemption/room-search.js';
import { indexOf, placementDemand, placementHost } from '../../../../support/placement-samples.js';
import type { CapacityIndex } from '../../../../../coordinator/scheduler/capacity-index.js';

const HOSTS = 40;
const low = placementDemand({ miner: 'low', spec: { priority: 100 } });
const high = placementDemand({ miner: 'high', spec: { priority: 500 } });
const always = (): boolean => true;

describe('the search for room', () => {
  let index: CapacityIndex;
  let tenancy: Tenancy;
  let search: RoomSearch;
  let looks: number;

  beforeEach(() => {
    index = indexOf(...Array.from({ length: HOSTS }, (_, at) => placementHost(`h${String(at)}`, { cpu: 1000 })));
    tenancy = new Tenancy();
    looks = 0;
    for (const host of index.hosts()) {
      index.reserve(host, low, 1);
      tenancy.add('evictable', low, host);
    }
    const tenantsOn = (host: number) => {
      looks += 1;
      const grant = { hostPorts: [], gpuIds: [] };
      const kept = { demand: low, priority: 100, standing: 'evictable' as const, grant, recent: false };
      return [{ ...kept, serial: host, startedAtMs: host }];
    };
    search = new RoomSearch({ index, tenancy, view: () => ({ index, tenancy, tenantsOn }) });
  });

  /** Turns until something is found, all of them late. */
  const turnsFor = (demand: Demand): number => {
    for (let turns = 1; turns <= 100; turns += 1) {
      search.begin(demand, 0);
      const found = search.best(always);
      search.pause();
      if (found !== 'late') return turns;
    }
    return Infinity;
  };

  it('gives way when it is late, goes on where it was, and finds what it would have found at once', () => {
    expect(turnsFor(high)).to.be.within(3, 10);
    const [found, looked] = [search.best(always), looks];
    const fresh = new RoomSearch({ index, tenancy, view: () => ({ index, tenancy, tenantsOn: () => [] }) });
    fresh.begin(high, 0);
    expect(fresh.best(() => false)).to.equal(undefined);
    expect(found).to.have.nested.property('cost.victims', 1);
    expect(looked).to.be.at.most(20);
    expect(found).to.have.nested.property('cost.started', looked - 1);
  });

  it('looks again once something has changed, and then without giving way, so that it comes to an end', () => {
    search.begin(high, 0);
    expect(search.best(always)).to.equal('late');
    search.pause();
    index.removeHost('h7');
    search.begin(high, 0);
    expect(search.best(always)).to.have.nested.property('cost.victims', 1);
  });

  it('serves another of the same shape and priority, and looks anew for any other, or after a while', () => {
    turnsFor(high);
    const known = looks;
    search.begin({ ...high, miner: 'another' }, 999);
    expect([search.best(always), looks]).to.deep.include(known);
    search.pause();
    search.begin({ ...high, priority: 600 }, 999);
    expect(search.best(always)).to.equal('late');
    search.pause();
    search.begin({ ...high, priority: 600 }, 3000);
    expect(search.best(always)).to.not.equal('late');
    expect(looks).to.be.greaterThan(known);
  });
});
