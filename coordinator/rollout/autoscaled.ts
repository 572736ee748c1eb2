import type { AutoscaleRecord } from '../../common/model/autoscale.js';
import { HeadframeError } from '../../common/model/error.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';

/**
 * What of the autoscaler's choice stays when a spec is applied: all of it, as long as the miner is autoscaled. A miner that
 * comes to be autoscaled keeps as many replicas as it had.
 */
export function keptChoice(before: MinerRecord, spec: MinerSpec): AutoscaleRecord | undefined {
  if (spec.autoscale === undefined) return undefined;
  if (before.spec.autoscale === undefined) return { replicas: before.spec.replicas, steps: [] };
  return before.autoscale;
}

/** Throws failed_precondition (`miner_autoscaled`): what somebody sets by hand would be gone with the next look. */
export function refuseAutoscaled({ name, autoscale }: MinerSpec): void {
  if (autoscale === undefined) return;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'miner_autoscaled',
    message: `the number of replicas of ${name} follows its load`,
    remedy: 'Apply it with other bounds, autoscale.min and autoscale.max, or without autoscale.',
    metadata: { miner: name },
  });
}
