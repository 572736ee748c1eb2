import { scaleMetricName } from '../../common/model/autoscale.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { ReasonCode } from '../../common/model/reason.js';
import type { AutoscaleView, MetricView } from '../../common/wire/client.js';
import { isTotal, valueOf } from './measure.js';
import type { Measure } from './measure.js';

/** The last decision about a miner and what it was made from. */
export interface Decided {
  readonly reason: ReasonCode;
  readonly text: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly measures: readonly Measure[];
}

/** What clients see of a miner's autoscaling; undefined for a miner whose number of replicas is fixed. */
export function autoscaleViewOf(miner: MinerRecord, decided: Decided | undefined): AutoscaleView | undefined {
  const { autoscale } = miner.spec;
  if (autoscale === undefined) return undefined;
  const { min, max } = autoscale;
  return {
    desired: wantedReplicas(miner),
    min,
    max,
    metrics: (decided?.measures ?? []).map(metricView),
    lastStep: miner.autoscale?.steps.at(-1),
    decided: decided && { reason: decided.reason, text: decided.text, atMs: decided.atMs },
  };
}

function metricView(measure: Measure): MetricView {
  const { metric, missing, known, instances } = measure;
  const name = scaleMetricName(metric);
  return { name, target: metric.target, value: valueOf(measure), total: isTotal(metric), missing, known, instances };
}
