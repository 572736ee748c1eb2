import { HeadframeError } from '../../common/model/error.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { RevisionOutcome, RolloutRecord } from '../../common/model/rollout.js';
import type { Transaction } from '../fleet/port.js';
import type { MinerKinds } from './change-miner.js';
import type { RolloutDecision } from './decision.js';
import { withOutcome } from './revisions.js';
import { rollbackMiner } from './steer.js';
import { updatedLimit } from './revise.js';

/** Fields told of what keeps a rollback from being made. */
const MOST_TOLD = 5;

/** By what an automatic rollback is made. */
export interface RollbackGrounds {
  readonly kinds: MinerKinds;
  /** Throws `HeadframeError` for a spec that is not granted now, though it was when it was applied. */
  readonly judge?: ((spec: MinerSpec) => void) | undefined;
}

/** Makes a decision in a transaction. Answers false, having done nothing, when the miner is not as it was planned for. */
export function makeDecision(
  tx: Transaction,
  planned: MinerRecord,
  decision: RolloutDecision,
  grounds: RollbackGrounds,
): boolean {
  const { name } = planned.spec;
  if (tx.miner(name) !== planned) return false;
  const tell = (reason: string, text: string): void => tx.event({ subject: 'miner', id: name, reason, text });
  switch (decision.kind) {
    case 'countFailures': {
      const { lastInstance, lastReason, lastText } = decision.failures;
      tx.putMiner({ ...planned, failures: decision.failures });
      if (decision.begins)
        tell(
          'retry_backoff',
          `${lastInstance} failed: ${lastReason} (${lastText}). It is tried again, ever less often.`,
        );
      break;
    }
    case 'progress':
      tx.putMiner({ ...planned, rollout: decision.rollout });
      break;
    case 'conclude':
      conclude(tx, planned, decision.rollout);
      break;
    case 'rollBack':
      rollBack(tx, planned, decision, grounds);
      break;
    case 'quarantine':
      tx.putMiner({ ...planned, quarantine: decision.quarantine });
      tell('quarantined', decision.quarantine.text);
  }
  return true;
}

const OUTCOMES: Readonly<Record<RolloutRecord['state'], RevisionOutcome>> = {
  progressing: 'progressing',
  complete: 'complete',
  // What was gone back to is as good as it was.
  rolledBack: 'complete',
  failed: 'failed',
};

function conclude(tx: Transaction, miner: MinerRecord, rollout: RolloutRecord): void {
  const { name } = miner.spec;
  const { toRevision, state, endedAtMs, reason, text } = rollout;
  tx.putMiner({ ...miner, rollout });
  tx.putHistory(name, withOutcome(tx.historyOf(name), toRevision, { outcome: OUTCOMES[state], atMs: endedAtMs, text }));
  tx.event({ subject: 'miner', id: name, reason, text });
}

/**
 * What cannot be gone back to, as when it does not go with the replicas of now, or the policy has been made stricter since,
 * leaves the rollout failed.
 */
function rollBack(
  tx: Transaction,
  miner: MinerRecord,
  { toRevision, text }: Extract<RolloutDecision, { kind: 'rollBack' }>,
  { kinds, judge }: RollbackGrounds,
): void {
  const failed = { ...miner.rollout, state: 'failed', reason: 'rollout_failed', endedAtMs: tx.atMs } as const;
  conclude(tx, miner, { ...failed, text, updatedLimit: updatedLimit(tx, miner) });
  try {
    rollbackMiner(tx, miner.spec.name, kinds, { toRevision, cause: 'autoRollback', text, judge });
  } catch (error) {
    // It refuses before it changes anything.
    if (!(error instanceof HeadframeError)) throw error;
    const what = error.violations.slice(0, MOST_TOLD).map(({ path, value = '' }) => `${path} ${value}`.trimEnd());
    const why = [error.message, ...(what.length === 0 ? [] : [what.join(', ')])].join(': ');
    tx.event({ subject: 'miner', id: miner.spec.name, reason: 'rollout_failed', text: `No rollback: ${why}.` });
  }
}
