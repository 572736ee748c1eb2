import { expect } from 'chai';
import fc from 'fast-check';
import type { HostRecord } from '../../../../common/model/host.js';
import type { ChallengeType } from '../../../../common/model/verdict.js';
import type { HostVerification } from '../../../../common/model/verification.js';
import { explain } from '../../../../coordinator/scheduler/explain.js';
import { copiesThatFit, leftOutBy } from '../../../../coordinator/scheduler/fit.js';
import { place } from '../../../../coordinator/scheduler/placement.js';
import { indexOf, placementDemand, placementHost } from '../../../support/placement-samples.js';
import {
  endPreempted,
  instanceOf,
  instancesByHost,
  putHost,
  putMiner,
  setState,
  startScheduler,
} from '../../../support/scheduler-fixture.js';
import { seededRandom } from '../../../support/seeded-random.js';

const MIB = 2 ** 20;

function proven(amounts: Partial<Record<ChallengeType, number>>): Partial<HostRecord> {
  const verified: HostVerification['verified'] = Object.fromEntries(
    Object.entries(amounts).map(([type, amount]) => [type, { amount, units: amount, atMs: 0, untilMs: 1 }]),
  );
  return { verification: { verified, clearedAtMs: 0 } };
}

const asking = (...values: readonly ChallengeType[]) =>
  ({ spec: { constraints: [{ attribute: 'host.verified', operator: 'in', values }] } }) as const;

describe('A miner that asks for proven capacity', () => {
  it('takes no more of a host than the lesser of what is claimed and proven, less what is reserved and held', () => {
    const reserved = { cpuMillis: 500, memoryBytes: 0, diskBytes: 0, gpus: 0 };
    const host = placementHost('h', { cpu: 8000, patch: { ...proven({ cpu: 4000, memory: 1024 * MIB }), reserved } });
    const index = indexOf(host);
    index.hold('h', placementDemand({ miner: 'other', cpu: 1000 }), { hostPorts: [], gpuIds: [] });
    const fits = (...types: ChallengeType[]): number => copiesThatFit(index, placementDemand(asking(...types)), 0, 99);
    expect(fits('cpu')).to.equal(2);
    expect(fits('memory')).to.equal(1);
    expect(fits('cpu', 'memory')).to.equal(1);
    expect(copiesThatFit(index, placementDemand(), 0, 99)).to.equal(6);
  });

  it('gains nothing by a proof of more than is claimed', () => {
    const index = indexOf(placementHost('h', { cpu: 2000, patch: proven({ cpu: 64_000 }) }));
    expect(copiesThatFit(index, placementDemand(asking('cpu')), 0, 99)).to.equal(2);
  });

  it('goes where the network is proven, as much of the rest as is claimed', () => {
    const index = indexOf(placementHost('h', { cpu: 2000, patch: proven({ network: 1 }) }));
    expect(copiesThatFit(index, placementDemand(asking('network')), 0, 99)).to.equal(2);
  });

  it('is told why it finds no place', () => {
    const [bare, some] = [placementHost('bare'), placementHost('some', { patch: proven({ cpu: 500 }) })];
    const index = indexOf(bare, some);
    const demand = placementDemand(asking('cpu'));
    const [inBare, inSome] = ['bare', 'some'].map((id) => leftOutBy(index, demand, index.handleOf(id) ?? -1));
    expect([inBare, inSome]).to.deep.equal(['constraint_unmet', 'insufficient_verified']);
    expect(explain(index, demand)?.reason).to.equal('insufficient_verified');
  });

  for (const kind of ['balance', 'spread', 'consolidate'] as const)
    it(`is placed by ${kind} as often as what is proven allows, and never oftener`, () => {
      const host = fc.record({ claimed: fc.nat(9), proof: fc.nat(9), held: fc.nat(4) });
      fc.assert(
        fc.property(fc.array(host, { minLength: 1, maxLength: 12 }), fc.nat(60), fc.nat(), (hosts, count, seed) => {
          const records = hosts.map(({ claimed, proof }, at) =>
            placementHost(`h${String(at)}`, { cpu: claimed * 1000, patch: proven({ cpu: proof * 1000 }) }),
          );
          const index = indexOf(...records);
          const other = placementDemand({ miner: 'other' });
          hosts.forEach(({ held }, at) => {
            if (held > 0) index.hold(`h${String(at)}`, other, { hostPorts: [], gpuIds: [] }, held);
          });
          const room = hosts.map(({ claimed, proof, held }) => Math.max(0, Math.min(claimed, proof) - held));
          const strategy = { kind, spreadBy: '', perHostCap: 0 };
          const demand = placementDemand({ spec: { ...asking('cpu').spec, strategy } });
          const { runs, unplaced } = place(index, { demand, count }, seededRandom(seed));
          const total = room.reduce((sum, one) => sum + one, 0);
          expect(unplaced).to.equal(Math.max(0, count - total));
          for (const [at, most] of room.entries()) {
            const handle = index.handleOf(`h${String(at)}`);
            const placed = runs.filter((run) => run.host === handle).reduce((sum, run) => sum + run.count, 0);
            expect(placed).to.be.at.most(most);
          }
        }),
      );
    });
});

describe('A fleet in which proofs come and go', () => {
  it('places who waited for a proof as soon as there is one, and more as more is proven', async () => {
    const { fleet, settle, stop } = await startScheduler();
    putHost(fleet, 'h', { cpu: 4000 });
    putMiner(fleet, 'alpha', 3, asking('cpu'));
    await settle();
    expect(instancesByHost(fleet, 'alpha')).to.deep.equal({ '': 3 });
    putHost(fleet, 'h', { cpu: 4000, patch: proven({ cpu: 1000 }) });
    await settle();
    expect(instancesByHost(fleet, 'alpha')).to.deep.equal({ '': 2, h: 1 });
    putHost(fleet, 'h', { cpu: 4000, patch: proven({ cpu: 3000 }) });
    await settle();
    expect(instancesByHost(fleet, 'alpha')).to.deep.equal({ h: 3 });
    await stop();
  });

  it('leaves what runs where it is when a proof lapses, and places nothing more there', async () => {
    const { fleet, settle, stop } = await startScheduler();
    putHost(fleet, 'h', { cpu: 4000, patch: proven({ cpu: 4000 }) });
    const serial = putMiner(fleet, 'alpha', 1, asking('cpu'));
    await settle();
    putHost(fleet, 'h', { cpu: 4000 });
    putMiner(fleet, 'beta', 1, asking('cpu'));
    await settle();
    expect(instanceOf(fleet, serial).state).to.equal('assigned');
    expect(instancesByHost(fleet, 'beta')).to.deep.equal({ '': 1 });
    await stop();
  });

  it('places nothing on a host in quarantine, until it is cleared', async () => {
    const { fleet, settle, stop } = await startScheduler();
    const quarantine = { challenge: 'c', type: 'cpu', reason: 'challenge_wrong_tag', text: '', sinceMs: 1 } as const;
    putHost(fleet, 'h', { patch: { verification: { verified: {}, quarantine, clearedAtMs: 0 } } });
    putMiner(fleet, 'alpha', 1);
    await settle();
    expect(instancesByHost(fleet, 'alpha')).to.deep.equal({ '': 1 });
    putHost(fleet, 'h', { patch: { verification: { verified: {}, clearedAtMs: 2 } } });
    await settle();
    expect(instancesByHost(fleet, 'alpha')).to.deep.equal({ h: 1 });
    await stop();
  });

  it('makes room for it among what is proven: enough give way, and no more', async () => {
    const { fleet, settle, stop } = await startScheduler();
    putHost(fleet, 'h', { cpu: 4000, patch: proven({ cpu: 2000 }) });
    const first = putMiner(fleet, 'low', 3, { spec: { priority: 100 } });
    await settle();
    for (const at of [0, 1, 2]) setState(fleet, first + at, 'running', 'started');
    putMiner(fleet, 'high', 1, { spec: { ...asking('cpu').spec, priority: 900 } });
    await settle();
    expect(await endPreempted({ fleet, settle })).to.equal(2);
    await settle();
    expect(instancesByHost(fleet, 'high')).to.deep.equal({ h: 1 });
    await stop();
  });
});
