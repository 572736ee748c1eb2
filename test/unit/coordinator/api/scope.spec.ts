import { expect } from 'chai';
import { Scopes } from '../../../../coordinator/api/scope.js';
import { sampleMiner } from '../../../support/fleet-samples.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';

const FARM = { namespaces: ['farm'] };

describe('what of the fleet somebody sees', () => {
  async function open() {
    const { fleet } = await openFleetFixture();
    const scopes = new Scopes(fleet);
    const mine = addMiner(fleet, { name: 'mine', namespace: 'farm' }, 2, 1);
    const theirs = addMiner(fleet, { name: 'theirs', namespace: 'mill' }, 3, 2);
    for (const serial of [mine, theirs, theirs + 1]) assign(fleet, serial);
    return { fleet, scopes, mine, theirs };
  }

  it('is the fleet itself for whoever is held to no namespaces', async () => {
    const { fleet, scopes } = await open();
    expect(scopes.of({}).fleet).to.equal(fleet);
    expect(scopes.of({ namespaces: undefined }).namespaces).to.equal(undefined);
  });

  it('is counted on a host without what is of others', async () => {
    const { fleet, scopes, mine, theirs } = await open();
    const seen = scopes.of(FARM).fleet;
    expect([fleet.countsOn('host-1').assigned, seen.countsOn('host-1').assigned]).to.deep.equal([3, 1]);
    expect([...seen.instancesOn('host-1')].map(({ serial }) => serial)).to.deep.equal([mine]);
    expect([seen.countsOf('theirs').pending, seen.countsOf('mine').pending]).to.deep.equal([0, 1]);
    expect([...seen.instancesOf('theirs')]).to.deep.equal([]);
    expect([seen.instance(theirs), seen.whereaboutsOf(theirs)]).to.deep.equal([undefined, undefined]);
    expect(seen.instance(mine)?.miner).to.equal('mine');
  });

  it('goes by the namespace that a miner had when something happened, also once it has moved or gone', async () => {
    const { fleet, scopes } = await open();
    const before = fleet.revision;
    const put = (namespace: string): number => {
      const { revision } = fleet.transact((tx) => {
        tx.putMiner(sampleMiner({ name: 'wanderer', namespace }));
      });
      return revision;
    };
    const [begin, moved] = [put('farm'), put('mill')];
    const { revision: gone } = fleet.transact((tx) => {
      tx.removeMiner('wanderer');
    });
    const [farm, mill] = [scopes.of(FARM), scopes.of({ namespaces: ['mill'] })];
    const had = (scope: typeof farm) => [begin, moved, gone].map((at) => scope.hadMiner('wanderer', at));
    expect(had(farm)).to.deep.equal([true, false, false]);
    expect(had(mill)).to.deep.equal([false, true, true]);
    expect([farm.knowsMiner('wanderer'), mill.knowsMiner('wanderer')]).to.deep.equal([true, true]);
    expect(scopes.of({ namespaces: ['lake'] }).knowsMiner('wanderer')).to.equal(false);
    put('lake');
    expect(farm.hadMiner('wanderer', fleet.revision)).to.equal(false);
    expect(farm.hadMiner('mine', before)).to.equal(true);
  });

  it('has of the events those of its miners and of hosts', async () => {
    const { fleet, scopes } = await open();
    const event = { revision: fleet.revision, atMs: 0, reason: 'x', text: '', severity: 'info', state: '' } as const;
    const sees = (subject: 'miner' | 'instance' | 'host' | 'fleet', id: string, miner: string): boolean =>
      scopes.of(FARM).sees({ ...event, subject, id, miner, hostId: '' });
    expect([sees('miner', 'mine', ''), sees('instance', 'mine-1', 'mine'), sees('host', 'h', '')]).to.deep.equal([
      ...[true, true, true],
    ]);
    const others = [sees('miner', 'theirs', ''), sees('host', 'h', 'theirs'), sees('fleet', '', '')];
    expect(others).to.deep.equal([false, false, false]);
  });
});
