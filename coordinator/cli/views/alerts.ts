import { AlertState } from '../../../common/gen/headframe/v1/alert_pb.js';
import type { Alert, AlertDelivery, AlertTarget } from '../../../common/gen/headframe/v1/alert_pb.js';
import type { GetAlertsResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { REASONS, isReasonCode } from '../../../common/model/reason.js';
import type { TargetTrial } from '../../alerts/index.js';
import { formatAge } from '../../../common/model/units.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, toned } from './cells.js';

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

/** What `alerts ls` shows. */
export function alertsView({ alerts, targets, deliveries, terms, rules }: GetAlertsResponse, viewing: Viewing): View {
  const { nowMs, wide } = viewing;
  const ignored = new Set(terms?.ignored);
  const ruleColumns: readonly Column<GetAlertsResponse['rules'][number]>[] = [
    { title: 'RULE', cell: ({ reason }) => reason },
    { title: 'TOLD', cell: ({ reason }) => (ignored.has(reason) ? toned('ignored', 'faint') : 'yes') },
    { title: 'WHEN', cell: ({ when }) => when },
  ];
  const span = (ms: bigint | undefined): string => formatAge(Number(ms ?? 0n));
  return [
    { kind: 'table', table: tableOf(alertColumns(nowMs), alerts, wide), empty: 'Nothing is wrong.' },
    { kind: 'table', title: 'Targets', table: tableOf(targetColumns(nowMs), targets, wide), empty: 'Nobody is told.' },
    {
      ...{ kind: 'table', title: 'Last told' },
      ...{ table: tableOf(deliveryColumns(nowMs), deliveries, wide), empty: 'Nothing was told yet.' },
    },
    { kind: 'table', title: 'Rules', table: tableOf(ruleColumns, rules, wide), empty: '' },
    {
      kind: 'facts',
      facts: [
        ['raised after', span(terms?.raiseAfterMs)],
        ['cleared after', span(terms?.clearAfterMs)],
        ['reminded after', span(terms?.remindAfterMs)],
      ],
    },
  ];
}

const STATES: Readonly<Record<AlertState, Cell>> = {
  [AlertState.UNSPECIFIED]: NOTHING,
  [AlertState.WAITING]: { text: 'waiting', tone: 'warn' },
  [AlertState.RAISED]: { text: 'raised', tone: 'bad' },
  [AlertState.ENDING]: { text: 'ending', tone: 'warn' },
  [AlertState.CLEARED]: { text: 'cleared', tone: 'good' },
};

function alertColumns(nowMs: number): Column<Alert>[] {
  return [
    { title: 'STATE', cell: ({ state }) => STATES[state] ?? NOTHING },
    { title: 'REASON', cell: ({ reason }) => reason },
    { title: 'ABOUT', cell: ({ about }) => about || NOTHING },
    { title: 'FOR', cell: ({ sinceMs }) => ageCell(Number(sinceMs), nowMs) },
    { title: 'TOLD', cell: ({ told }) => told.join(', ') || NOTHING },
    { title: 'TEXT', cell: ({ text }) => text || NOTHING },
    {
      title: 'REMEDY',
      cell: ({ reason }) => (isReasonCode(reason) ? REASONS[reason].remedy || NOTHING : NOTHING),
      wide: true,
    },
  ];
}

function targetColumns(nowMs: number): Column<AlertTarget>[] {
  return [
    { title: 'TARGET', cell: ({ name }) => name },
    { title: 'WHERE', cell: ({ where }) => where },
    { title: 'FAILED', cell: ({ failures }) => toned(failures === 0 ? '' : String(failures), 'bad') },
    { title: 'AGAIN IN', cell: ({ nextAtMs }) => (nextAtMs === 0n ? NOTHING : formatAge(Number(nextAtMs) - nowMs)) },
    { title: 'REASON', cell: ({ reason }) => toned(reason, 'bad') },
    { title: 'WHY', cell: ({ text }) => text || NOTHING },
  ];
}

function deliveryColumns(nowMs: number): Column<AlertDelivery>[] {
  return [
    { title: 'AGE', cell: ({ atMs }) => ageCell(Number(atMs), nowMs) },
    { title: 'TARGET', cell: ({ target }) => target },
    { title: 'ALERTS', cell: ({ alerts }) => String(alerts) },
    { title: 'RESULT', cell: ({ reason }) => (reason === '' ? toned('taken', 'good') : toned(reason, 'bad')) },
    { title: 'WHY', cell: ({ text }) => text || NOTHING },
  ];
}
