import type { AutoscaleView, MetricView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Block, Cell, Column, Viewing } from '../output/view.js';
import { NOTHING, timeCell, toned } from './cells.js';

/** How the number of replicas stands to the load: bounds, the last step, what is decided now, and each metric. */
export function autoscaleBlocks(autoscale: AutoscaleView, viewing: Viewing): Block[] {
  const { lastStep, decided, metrics } = autoscale;
  const facts: [string, Cell][] = [['replicas', `${String(autoscale.desired)} of ${scaleText(autoscale)}`]];
  if (decided === undefined) facts.push(['now', 'not looked at yet']);
  else facts.push(['now', toned(decided.reason, toneOf(decided.reason))], ['why', decided.text]);
  facts.push(['last step', lastStep === undefined ? NOTHING : timeCell(lastStep.atMs)]);
  if (lastStep !== undefined) facts.push(['its why', lastStep.text]);
  const table = tableOf(METRICS, metrics, viewing.wide);
  const metricsBlock: Block = { kind: 'table', title: 'Metrics', table, empty: 'None.' };
  return [{ kind: 'facts', title: 'Autoscaling', facts }, ...(metrics.length === 0 ? [] : [metricsBlock])];
}

/** The bounds, such as `1-10`. */
export function scaleText({ min, max }: Pick<AutoscaleView, 'min' | 'max'>): string {
  return `${String(min)}-${String(max)}`;
}

const METRICS: Column<MetricView>[] = [
  { title: 'METRIC', cell: ({ name }) => name },
  { title: 'VALUE', cell: valueCell },
  { title: 'TARGET', cell: ({ target, total }) => `${String(target)}${total ? ' a replica' : ''}` },
  {
    title: 'KNOWN',
    cell: ({ known, instances, total }) => (total ? NOTHING : `${String(known)}/${String(instances)}`),
  },
  { title: 'MISSING', cell: ({ missing }) => toned(missing, 'warn') },
];

function valueCell({ value }: MetricView): Cell {
  return value === undefined ? toned('missing', 'bad') : String(Number(value.toPrecision(4)));
}

function toneOf(reason: string): 'good' | 'warn' | 'faint' {
  if (reason === 'autoscale_steady' || reason === 'miner_scaled') return 'good';
  return reason === 'autoscale_metric_missing' || reason === 'autoscale_at_max' ? 'warn' : 'faint';
}
