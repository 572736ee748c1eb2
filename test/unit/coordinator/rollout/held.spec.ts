import { expect } from 'chai';
import { placeOf } from '../../../../common/model/admission.js';
import type { AdmissionRecord, DangerRecord } from '../../../../common/model/admission.js';
import type { ModuleChain } from '../../../../common/model/module-spec.js';
import { dutyWhy } from '../../../../coordinator/rollout/held.js';
import { sampleMiner } from '../../../support/fleet-samples.js';
import { brief, failed, pending, plan, running } from '../../../support/rollout-scene.js';
import type { Scene } from '../../../support/rollout-scene.js';

const CHAIN: ModuleChain = {
  ...{ network: 'net', netuid: 7, wallet: 'farm', hotkey: 'one', leastStake: '0' },
  ...{ register: { highestPrice: '1', again: 'never' }, serve: undefined },
};
const NAMED = { name: 'm', role: 'miner', commit: 'c', settings: {}, secrets: {}, env: {}, args: [] };

function scene(state: AdmissionRecord['state'] | undefined, chain = CHAIN): Scene {
  const judged = { place: placeOf(CHAIN), reason: 'hotkey_pruned', text: '', atMs: 0 };
  const spec = { kind: 'module', replicas: 2, module: { ...NAMED, chain } } as const;
  const instances = [running, pending, failed];
  return { spec, instances, miner: state === undefined ? {} : { admission: { ...judged, state } } };
}

describe('a miner whose chain has not let it run', () => {
  const steps = (...parameters: Parameters<typeof scene>): string[] => brief(plan(scene(...parameters)));

  it('has nothing started, and what runs left alone', () => {
    for (const state of [undefined, 'held'] as const)
      expect(steps(state), String(state)).to.deep.equal(['remove 2 chain_withdrawn']);
    expect(plan(scene(undefined)).why?.reason).to.equal('duties_pending');
    expect(plan(scene('held')).why?.reason).to.equal('hotkey_pruned');
  });

  it('runs all the same where Headframe neither registers it nor looks for stake', () => {
    const free = { ...CHAIN, register: undefined };
    for (const state of [undefined, 'held', 'withdrawn'] as const)
      expect(steps(state, free), String(state)).to.deep.equal([]);
    expect(steps('held', { ...free, leastStake: '1' })).to.deep.equal(['remove 2 chain_withdrawn']);
  });

  it('stops once its place is lost for good, which is no failure', () => {
    expect(steps('withdrawn')).to.have.members(['stop 1 chain_withdrawn', 'remove 2 chain_withdrawn']);
  });

  it('runs once it is let in, for as long as it works in the same place', () => {
    expect(steps('admitted')).to.deep.equal([]);
    expect(plan(scene('admitted')).why?.reason).to.equal('hotkey_pruned');
    expect(steps('admitted', { ...CHAIN, netuid: 8 })).to.deep.equal(['remove 2 chain_withdrawn']);
  });

  it('says that it is about to lose its place where it lacks nothing else', () => {
    const whyOf = (reason: string, danger?: DangerRecord, chain = CHAIN): string | undefined => {
      const admission = { place: placeOf(chain), state: 'admitted', reason, text: '', atMs: 0 } as const;
      return dutyWhy(sampleMiner({ kind: 'module', module: { ...NAMED, chain } }, { admission, danger }))?.reason;
    };
    const danger = { place: placeOf(CHAIN), text: '', sinceMs: 1 };
    expect(whyOf('duties_done')).to.equal(undefined);
    expect(whyOf('duties_done', danger)).to.equal('deregistration_near');
    expect(whyOf('stake_too_low', danger)).to.equal('stake_too_low');
    expect(whyOf('duties_done', danger, { ...CHAIN, netuid: 8 })).to.equal(undefined);
  });
});
