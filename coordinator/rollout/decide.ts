import type { MinerRecord } from '../../common/model/miner.js';
import type { RevisionOutcome, RolloutRecord } from '../../common/model/rollout.js';
import type { Transaction } from '../fleet/port.js';
import type { MinerKinds } from './change-miner.js';
import type { RolloutDecision } from './decision.js';
import { withOutcome } from './revisions.js';
import { rollbackMiner } from './steer.js';

/** Makes a decision in a transaction. Answers false, having done nothing, when the miner is not as it was planned for. */
export function makeDecision(
  tx: Transaction,
  planned: MinerRecord,
  decision: RolloutDecision,
  kinds: MinerKinds,
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
      tell('rollout_failed', decision.text);
      markFailed(tx, planned, decision.text);
      rollbackMiner(tx, name, kinds, { toRevision: decision.toRevision, cause: 'autoRollback', text: decision.text });
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

/** The outcome `rolledBack` comes with the rollback itself and keeps the reason of the failure. */
function markFailed(tx: Transaction, { spec, rollout }: MinerRecord, text: string): void {
  const ended = { outcome: 'failed', atMs: tx.atMs, text } as const;
  tx.putHistory(spec.name, withOutcome(tx.historyOf(spec.name), rollout.toRevision, ended));
}
