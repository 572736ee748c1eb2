import { expect } from 'chai';
import { countedIn, indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';

describe('the capacity index', () => {
  it('restores what was before once all that was reserved is released', () => {
    const index = indexOf(placementHost('h1', { gpus: ['g1', 'g2'] }));
    const before = countedIn(index);
    const demand = placementDemand({ gpus: 1, ports: [0, 0], udpPorts: [0] });
    const { hostPorts, gpuIds } = index.reserve(0, demand, 2);
    expect(countedIn(index)).to.not.deep.equal(before);
    for (const at of [1, 0])
      index.release(0, demand, { hostPorts: hostPorts.slice(3 * at, 3 * at + 3), gpuIds: gpuIds.slice(at, at + 1) });
    expect(countedIn(index)).to.deep.equal(before);
  });

  it('gives each copy its own ports and GPUs, in the order of the demand', () => {
    const index = indexOf(placementHost('h1', { gpus: ['g1', 'g2', 'g3'], ports: { start: 100, end: 200 } }));
    const demand = placementDemand({ gpus: 1, ports: [101, 0] });
    expect(index.reserve(0, demand, 1)).to.deep.equal({ hostPorts: [101, 100], gpuIds: ['g1'] });
    const automatic = placementDemand({ gpus: 1, ports: [0, 0] });
    expect(index.reserve(0, automatic, 2)).to.deep.equal({ hostPorts: [102, 103, 104, 105], gpuIds: ['g2', 'g3'] });
  });

  it('counts what instances hold on a host that the fleet does not know yet', () => {
    const [early, late] = [indexOf(), indexOf(placementHost('h1'))];
    for (const index of [early, late])
      index.hold('h1', placementDemand({ ports: [0] }), { hostPorts: [30_000], gpuIds: [] });
    early.upsertHost(placementHost('h1'));
    expect(countedIn(early)).to.deep.equal(countedIn(late));
  });

  it('keeps what a removed host holds until it is released or the host is back', () => {
    const index = indexOf(placementHost('h1'));
    const demand = placementDemand();
    const { hostPorts, gpuIds } = index.reserve(0, demand, 1);
    index.removeHost('h1');
    expect([...index.hosts()]).to.deep.equal([]);
    expect(index.handleOf('h1')).to.equal(undefined);
    expect(index.upsertHost(placementHost('h1'))).to.equal(0);
    expect(index.columns.freeCpu[0]).to.equal(63_000);
    index.removeHost('h1');
    index.release(0, demand, { hostPorts, gpuIds });
    expect(() => index.entry(0)).to.throw(RangeError);
    expect(index.upsertHost(placementHost('h2'))).to.equal(0);
    expect(index.columns.freeCpu[0]).to.equal(64_000);
  });

  it('takes a changed record in without losing count', () => {
    const index = indexOf(placementHost('h1', { gpus: ['g1', 'g2'] }));
    index.reserve(0, placementDemand({ gpus: 1 }), 1);
    index.upsertHost(placementHost('h1', { cpu: 500, gpus: ['g2', 'g3'] }));
    expect(index.columns.freeCpu[0]).to.equal(-500);
    expect(index.columns.freeGpus[0]).to.equal(1);
  });

  it('leaves out what is reserved for the system, GPUs too', () => {
    const reserved = { cpuMillis: 1000, memoryBytes: 0, diskBytes: 0, gpus: 1 };
    const index = indexOf(placementHost('h1', { cpu: 4000, gpus: ['g1', 'g2'], patch: { reserved } }));
    expect([index.columns.freeCpu[0], index.columns.freeGpus[0]]).to.deep.equal([3000, 1]);
  });

  it('is not changed through a copy, nor the copy through it', () => {
    const index = indexOf(placementHost('h1', { gpus: ['g1'] }), placementHost('h2'));
    const before = countedIn(index);
    const copy = index.copy();
    expect(countedIn(copy)).to.deep.equal(before);
    copy.reserve(0, placementDemand({ gpus: 1, ports: [0] }), 1);
    copy.removeHost('h2');
    expect(countedIn(index)).to.deep.equal(before);
    const changed = countedIn(copy);
    index.reserve(0, placementDemand({ ports: [0] }), 1);
    expect(countedIn(copy)).to.deep.equal(changed);
  });

  it('refuses to reserve ports or GPUs that do not exist', () => {
    const index = indexOf(placementHost('h1', { ports: { start: 100, end: 100 } }));
    expect(() => index.reserve(0, placementDemand({ gpus: 1 }), 1)).to.throw(RangeError);
    expect(() => index.reserve(0, placementDemand({ ports: [0] }), 2)).to.throw(RangeError);
  });

  it('has room for many hosts', () => {
    const index = indexOf(...Array.from({ length: 1000 }, (_, at) => placementHost(`h${String(at)}`)));
    expect([...index.hosts()]).to.have.length(1000);
    expect(index.columns.freeCpu[999]).to.equal(64_000);
  });
});
