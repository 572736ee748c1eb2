import { HeadframeError } from '../../common/model/error.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { ReasonCode } from '../../common/model/reason.js';
import type { FleetReader, Transaction } from '../fleet/port.js';
import type { MinerKind } from '../kinds/miner-kind.js';

/** The kinds of miners there are, by name. */
export type MinerKinds = ReadonlyMap<string, MinerKind>;

const NEXT_WORKLOAD = 'rollout.nextWorkload';

/** A miner that is there and may be changed. Throws not_found or failed_precondition. */
export function existingMiner(fleet: FleetReader, name: string): MinerRecord {
  const found = knownMiner(fleet, name);
  if (found.deleting) throw deleting(name);
  return found;
}

/** A miner that is there. Throws not_found. */
export function knownMiner(fleet: FleetReader, name: string): MinerRecord {
  const found = fleet.miner(name);
  if (found !== undefined) return found;
  throw new HeadframeError({
    code: 'not_found',
    reason: 'miner_not_found',
    message: `there is no miner ${name}`,
    remedy: 'See headframe miners ls.',
    metadata: { miner: name },
  });
}

/** Puts a changed miner and tells why. */
export function putChanged(
  tx: Transaction,
  after: MinerRecord,
  why: { readonly reason: ReasonCode; readonly text: string },
): MinerRecord {
  const record = { ...after, updatedAtMs: tx.atMs };
  tx.putMiner(record);
  tx.event({ subject: 'miner', id: record.spec.name, ...why });
  return record;
}

/** An id that no workload has had. */
export function drawWorkloadId(tx: Transaction): number {
  const kept = tx.setting(NEXT_WORKLOAD);
  const id = kept !== undefined && 'next' in kept && typeof kept.next === 'number' ? kept.next : 1;
  tx.putSetting(NEXT_WORKLOAD, { next: id + 1 });
  return id;
}

/** The kind of a spec. Throws invalid_argument. */
export function kindOf(spec: MinerSpec, kinds: MinerKinds): MinerKind {
  const kind = kinds.get(spec.kind);
  if (kind !== undefined) return kind;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'kind_unknown',
    message: `miner ${spec.name} is of the unknown kind ${spec.kind}`,
    remedy: `Use one of: ${[...kinds.keys()].join(', ')}.`,
    metadata: { miner: spec.name },
  });
}

/** The refusal to change a miner that is on its way out. */
export function deleting(name: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'miner_deleting',
    message: `miner ${name} is being deleted`,
    remedy: 'Wait until it is gone, then apply it again.',
    metadata: { miner: name },
  });
}
