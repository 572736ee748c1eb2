import { expect } from 'chai';
import type { ModuleChain } from '../../../../../../common/model/module-spec.js';
import { fleetAlarms } from '../../../../../../coordinator/alarms.js';
import { recordLook } from '../../../../../../coordinator/kinds/module/duties/record-look.js';
import type { Look } from '../../../../../../coordinator/kinds/module/duties/record-look.js';
import { openFleetFixture } from '../../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../../support/fleet-fixture.js';
import { sampleMiner } from '../../../../../support/fleet-samples.js';

const CHAIN: ModuleChain = {
  ...{ network: 'finney', netuid: 7, wallet: 'cold', hotkey: 'one', leastStake: '0' },
  ...{ register: undefined, serve: undefined },
};
const PLACE = 'finney/7/cold/one';
const NEAR = { near: true, text: 'Number 1.' };
const FAR = { near: false, text: 'Number 9.' };

describe('what looks at the chain of a miner leave', () => {
  let at: FleetFixture;
  let told: string[];

  beforeEach(async () => {
    at = await openFleetFixture();
    told = [];
    at.fleet.onApplied(({ events }) => told.push(...events.map(({ reason }) => reason)));
    apply(CHAIN);
    told.length = 0;
  });

  function apply(chain: ModuleChain, more: { readonly stopped?: boolean } = {}): void {
    const named = { name: 'm', role: 'miner', commit: 'c', settings: {}, secrets: {}, env: {}, args: [] };
    at.fleet.transact((tx) => {
      const { admission, danger } = tx.miner('alpha') ?? {};
      tx.putMiner(sampleMiner({ kind: 'module', module: { ...named, chain } }, { admission, danger, ...more }));
    });
  }

  function look(danger: Look['danger'], more: Partial<Look> = {}): void {
    at.clock.advance(1_000);
    at.fleet.transact((tx) => {
      const miner = tx.miner('alpha');
      if (miner === undefined) throw new Error('it is there');
      const judged = { place: PLACE, state: 'admitted', reason: 'duties_done', text: '', block: 1 } as const;
      recordLook(tx, miner, { ...judged, danger, ...more });
    });
  }

  const alarms = () => fleetAlarms({ alarms: () => [] }, at.fleet);

  it('is an alarm from when a place is about to be lost until it is not, each told once', () => {
    look(FAR);
    expect(alarms()).to.deep.equal([]);
    look(NEAR);
    const [alarm] = alarms();
    expect(alarm).to.include({ reason: 'deregistration_near' });
    expect(alarm?.text).to.contain('cold/one').and.to.contain('Number 1.');
    look({ near: true, text: 'Number 2.' });
    expect(alarms()[0]).to.include({ sinceMs: alarm?.sinceMs });
    expect(alarms()[0]?.text).to.contain('Number 2.');
    look(undefined);
    expect(alarms()).to.have.length(1);
    look(FAR);
    look(FAR);
    expect(alarms()).to.deep.equal([]);
    expect(told).to.deep.equal(['duties_done', 'deregistration_near', 'deregistration_averted']);
  });

  it('is none where the place was lost, and of a miner that works elsewhere or is stopped', () => {
    look(NEAR);
    apply({ ...CHAIN, netuid: 8 });
    expect(alarms()).to.deep.equal([]);
    apply(CHAIN, { stopped: true });
    expect(alarms()).to.deep.equal([]);
    apply(CHAIN);
    expect(alarms()).to.have.length(1);
    look('gone', { state: 'withdrawn', reason: 'hotkey_pruned' });
    expect(alarms()).to.deep.equal([]);
    expect(told.slice(-1)).to.deep.equal(['hotkey_pruned']);
  });

  it('is written anew only where it says something else, or after a while', () => {
    look(FAR, { text: 'block 1' });
    const { revision } = at.fleet;
    look(FAR, { text: 'block 1' });
    look(FAR, { text: 'block 2' });
    expect(at.fleet.miner('alpha')?.admission?.text).to.equal('block 1');
    at.clock.advance(120_000);
    look(FAR, { text: 'block 3' });
    expect(at.fleet.miner('alpha')?.admission?.text).to.equal('block 3');
    expect(told).to.deep.equal(['duties_done']);
    expect(at.fleet.revision).to.be.above(revision);
  });
});
