import { expect } from 'chai';
import type { MachineRecord } from '../../../../common/model/machine.js';
import { nextStep } from '../../../../coordinator/providers/plan.js';
import type { MachineView } from '../../../../coordinator/providers/plan.js';
import { sampleMachine } from '../../../support/machine-samples.js';

const RELEASE = { by: 'ann', stopMiners: true, forget: false };

function view(machine: Partial<MachineRecord>, patch: Partial<MachineView> = {}): MachineView {
  const base = { host: { draining: false }, liveOnHost: 0, miners: [], ownsHosts: true };
  return { machine: sampleMachine(machine), ...base, ...patch };
}

describe('nextStep of a machine', () => {
  const releasing = { state: 'releasing', release: RELEASE } as const;
  const miners = [
    { name: 'alpha', deleting: false },
    { name: 'beta', deleting: true },
  ];
  const cases: readonly (readonly [string, MachineView, string | undefined])[] = [
    ['is made while it is allocating', view({ state: 'allocating' }), 'provide'],
    ['is left alone while it is active', view({ state: 'active' }), undefined],
    ['has failed where its host has gone', view({ state: 'active' }, { host: undefined }), 'hostGone'],
    ['is left alone once it has failed', view({ state: 'failed' }, { host: undefined }), undefined],
    ['loses its miners first', view(releasing, { miners, liveOnHost: 3 }), 'deleteMiners'],
    ['waits for them', view(releasing, { miners: miners.slice(1) }), 'wait'],
    ['drains a host that came with it', view(releasing, { liveOnHost: 3 }), 'drain'],
    ['waits until it is empty', view(releasing, { host: { draining: true }, liveOnHost: 3 }), 'wait'],
    ['is taken back then', view(releasing, { host: { draining: true } }), 'withdraw'],
    ['is taken back without a host', view(releasing, { host: undefined }), 'withdraw'],
    ['drains no host that stays in the fleet', view(releasing, { ownsHosts: false, liveOnHost: 3 }), 'withdraw'],
    [
      'is forgotten with what lives on its host',
      view({ ...releasing, release: { ...RELEASE, forget: true } }, { liveOnHost: 3 }),
      'remove',
    ],
    [
      'is not forgotten before its miners',
      view({ ...releasing, release: { ...RELEASE, forget: true } }, { miners }),
      'deleteMiners',
    ],
  ];
  for (const [title, seen, kind] of cases)
    it(title, () => {
      expect(nextStep(seen)?.kind).to.equal(kind);
    });

  it('deletes only what is not being deleted already', () => {
    expect(nextStep(view(releasing, { miners }))).to.deep.equal({ kind: 'deleteMiners', names: ['alpha'] });
  });
});
