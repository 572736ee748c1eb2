import { CanaryOutcome } from '../gen/headframe/v1/model_score_service_pb.js';
import type { RoundOutcome } from '../model/model-record.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';

/** What became of asking a model. */
export const ROUND_OUTCOME: EnumTable<RoundOutcome, CanaryOutcome> = enumTable({
  answered: CanaryOutcome.ANSWERED,
  failed: CanaryOutcome.FAILED,
  void: CanaryOutcome.VOID,
});
