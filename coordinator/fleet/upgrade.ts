import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';
import type { RolloutRecord } from '../../common/model/rollout.js';

/** What miners have that were stored by a version which did not know the field. */
const ADDED: Pick<MinerSpec, 'namespace' | 'update' | 'retry'> = {
  namespace: DEFAULT_NAMESPACE,
  update: {
    maxUnavailable: { kind: 'percent', value: 25 },
    maxSurge: { kind: 'count', value: 0 },
    minHealthyMs: 5000,
    progressDeadlineMs: 600_000,
    autoRollback: false,
  },
  retry: { maxFailures: 10, windowMs: 21_600_000 },
};

/** A miner as this version knows it: fields that came after it was stored have their defaults. */
export function upgradeMiner(stored: MinerRecord): MinerRecord {
  const found: Partial<MinerRecord> = stored;
  return {
    ...stored,
    spec: { ...ADDED, ...stored.spec },
    rollout: found.rollout ?? rolloutOfBefore(stored),
    failures: found.failures,
    quarantine: found.quarantine,
  };
}

/** Nothing was known of rollouts; what still had to be replaced goes on being replaced. */
function rolloutOfBefore({ specRevision, updatedAtMs }: MinerRecord): RolloutRecord {
  return {
    state: 'progressing',
    paused: false,
    cause: 'apply',
    fromRevision: 0,
    fromWorkloadId: 0,
    toRevision: specRevision,
    goodRevision: 0,
    startedAtMs: updatedAtMs,
    progressedAtMs: updatedAtMs,
    progress: 0,
    updatedLimit: undefined,
    endedAtMs: 0,
    reason: 'rollout_progressing',
    text: '',
  };
}
