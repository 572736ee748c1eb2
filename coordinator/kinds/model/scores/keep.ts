import type { CanaryRound, ModelRecord } from '../../../../common/model/model-record.js';
import { keepRound, keepUptime } from '../../../../common/model/model-record.js';
import type { Transaction } from '../../../fleet/port.js';

/** Time in which somebody looked at a model, and the share of its wanted replicas that was healthy, times that time. */
export interface SeenTime {
  readonly seenMs: number;
  readonly usefulMs: number;
}

/** No time. */
export const NO_TIME: SeenTime = Object.freeze({ seenMs: 0, usefulMs: 0 });

/** Keeps what was seen of a model, and tells when it begins to fail and when it is well again. False where it is gone. */
export function keepSeen(
  tx: Transaction,
  miner: string,
  { seenMs, usefulMs }: SeenTime,
  round: CanaryRound | undefined,
): boolean {
  if (tx.miner(miner) === undefined) return false;
  const before = tx.modelRecord(miner) ?? newRecord(miner, tx.atMs);
  const timed = seenMs === 0 ? before : keepUptime(before, seenMs, usefulMs / seenMs, tx.atMs);
  tx.putModelRecord(round === undefined ? timed : keepRound(timed, round));
  if (round !== undefined) tellTurn(tx, miner, before, round);
  return true;
}

/** Of a model that was never healthy before. */
function newRecord(miner: string, sinceMs: number): ModelRecord {
  return { miner, sinceMs, rounds: [], uptime: [] };
}

function tellTurn(tx: Transaction, id: string, { rounds }: ModelRecord, round: CanaryRound): void {
  if (round.outcome === 'void') return;
  const last = rounds.findLast(({ outcome }) => outcome !== 'void');
  const was = last === undefined || isGood(last);
  if (was === isGood(round)) return;
  const reason = was ? 'canary_failing' : 'canary_recovered';
  tx.event({ subject: 'miner', id, hostId: round.hostId, reason, text: `${round.reason}: ${round.text}` });
}

function isGood({ outcome, quality }: CanaryRound): boolean {
  return outcome === 'answered' && quality > 0;
}
