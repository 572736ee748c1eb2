import { expect } from 'chai';
import type { HostRecord } from '../../../../common/model/host.js';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import { planRollout } from '../../../../coordinator/rollout/plan.js';
import { sampleHost, sampleMiner, sampleWorkload } from '../../../support/fleet-samples.js';
import { sampleInstance } from '../../../support/store-samples.js';

describe('the exclusive identity of an instance on a lost host', () => {
  function stepsFor(host: Partial<HostRecord> | undefined, patch: Partial<InstanceRecord> = {}): string[] {
    const spec = { identity: 'key' };
    const { steps } = planRollout({
      nowMs: 1_000_000,
      miner: sampleMiner(spec),
      instances: [sampleInstance({ serial: 1, hostId: 'h', createdAtMs: 0, startedAtMs: 1, changedAtMs: 1, ...patch })],
      workload: (id) => sampleWorkload(spec, id),
      host: (id) => host && sampleHost(id, host),
    });
    return steps.map((step) => `${step.kind} ${'reason' in step ? step.reason : ''}`);
  }

  it('is free where a guard has ended it by then', () => {
    expect(stepsFor({ state: 'lost' })).to.deep.equal(['lose host_lost', 'create queued']);
  });

  it('stays with it where nothing is sure to have ended it, and that is said once', () => {
    const unguarded = { state: 'lost', capabilities: [] } as const;
    expect(stepsFor(unguarded)).to.deep.equal(['lock identity_locked']);
    expect(stepsFor(unguarded, { reason: 'identity_locked' })).to.deep.equal([]);
  });

  it('is free once an operator has removed the host', () => {
    expect(stepsFor(undefined, { reason: 'identity_locked' })).to.deep.equal(['lose host_removed', 'create queued']);
  });

  it('is not touched while its host is only suspect', () => {
    expect(stepsFor({ state: 'suspect', capabilities: [] })).to.deep.equal([]);
  });
});
