import type { MinerSpec } from '../../common/model/miner.js';
import type { Workload } from '../../common/model/workload.js';

/** What a kind of miner needs centrally. Scheduler, sessions and store know only the workload it makes. */
export interface MinerKind {
  readonly kind: MinerSpec['kind'];
  /** Resolves a spec to what instances run. Pure: the same spec gives the same workload but for id and revision. */
  resolve(spec: MinerSpec, identity: { readonly workloadId: number; readonly specRevision: number }): Workload;
}
