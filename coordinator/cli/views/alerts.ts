import { REASONS, isReasonCode } from '../../../common/model/reason.js';
import type { TargetTrial } from '../../alerts/index.js';
import { tableOf } from '../output/view.js';
import type { Column, View } from '../output/view.js';

const COLUMNS: readonly Column<TargetTrial>[] = [
  { title: 'TARGET', cell: ({ target }) => target },
  { title: 'WHERE', cell: ({ where }) => where },
  {
    title: 'RESULT',
    cell: ({ delivery }) =>
      delivery.kind === 'taken' ? { text: 'taken', tone: 'good' } : { text: delivery.reason, tone: 'bad' },
  },
  { title: 'WHY', cell: ({ delivery }) => delivery.text ?? '' },
  {
    title: 'REMEDY',
    cell: ({ delivery }) =>
      delivery.kind === 'failed' && isReasonCode(delivery.reason) ? REASONS[delivery.reason].remedy : '',
  },
];

/** What `alerts test` shows. */
export function trialsView(trials: readonly TargetTrial[], wide: boolean): View {
  return [{ kind: 'table', table: tableOf(COLUMNS, trials, wide), empty: '' }];
}
