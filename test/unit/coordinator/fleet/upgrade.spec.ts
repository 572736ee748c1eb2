import { expect } from 'chai';
import type { MinerRecord } from '../../../../common/model/miner.js';
import { upgradeMiner } from '../../../../coordinator/fleet/upgrade.js';
import { sampleMiner, sampleRollout } from '../../../support/fleet-samples.js';

describe('a miner stored by an earlier version', () => {
  it('gets what it lacks, and goes on with what was under way', () => {
    const { rollout: _rollout, failures: _failures, quarantine: _quarantine, ...record } = sampleMiner();
    const { update: _update, retry: _retry, namespace: _namespace, ...spec } = record.spec;
    // What such a version wrote: less than the type promises.
    const upgraded = upgradeMiner({ ...record, spec } as MinerRecord);
    expect(upgraded.spec).to.deep.include({ namespace: 'default', retry: { maxFailures: 10, windowMs: 21_600_000 } });
    expect(upgraded.spec.update).to.include({ autoRollback: false, progressDeadlineMs: 600_000 });
    expect(upgraded.rollout).to.include({ state: 'progressing', paused: false, toRevision: record.specRevision });
  });

  it('keeps what it has', () => {
    const stored = sampleMiner({ priority: 700 }, { rollout: sampleRollout({ state: 'failed' }) });
    expect(upgradeMiner(stored)).to.deep.equal(stored);
  });
});
