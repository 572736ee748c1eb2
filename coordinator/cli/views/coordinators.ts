import { tableOf } from '../output/view.js';
import type { Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, toned } from './cells.js';

/** How a coordinator stands that was asked. */
export interface CoordinatorRow {
  /** At which it was called. */
  readonly address: string;
  /** `away` where nobody answers, or not as a coordinator does; `expected` where that is so since it was announced. */
  readonly role: 'leader' | 'follower' | 'away' | 'expected' | 'removed';
  /** That it tells to others. */
  readonly advertised: string;
  readonly leader: string;
  /** Name of those that share a store; empty for one that is alone. */
  readonly cluster: string;
  readonly version: string;
  readonly epoch: number;
  readonly sinceMs: number;
  /** When it told the others last that it runs; 0 where that is not known. */
  readonly seenMs: number;
  /** What is wrong with it. */
  readonly text: string;
}

const TONES: Readonly<Record<CoordinatorRow['role'], Tone>> = {
  leader: 'good',
  follower: 'faint',
  away: 'bad',
  expected: 'warn',
  removed: 'warn',
};

/** The table of `coordinator ls`. */
export function coordinatorsView(rows: readonly CoordinatorRow[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), rows, viewing.wide), empty: 'No coordinators.' }];
}

function columns({ nowMs }: Viewing): Column<CoordinatorRow>[] {
  return [
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'ROLE', cell: ({ role }) => toned(role, TONES[role]) },
    { title: 'LEADER', cell: ({ leader }) => leader || NOTHING },
    { title: 'EPOCH', cell: ({ epoch }) => (epoch === 0 ? NOTHING : String(epoch)) },
    { title: 'SINCE', cell: ({ sinceMs }) => (sinceMs === 0 ? NOTHING : ageCell(sinceMs, nowMs)) },
    { title: 'SEEN', cell: ({ seenMs }) => (seenMs === 0 ? NOTHING : ageCell(seenMs, nowMs)) },
    { title: 'VERSION', cell: ({ version }) => version || NOTHING },
    { title: 'CLUSTER', cell: ({ cluster }) => cluster || NOTHING, wide: true },
    { title: 'ADVERTISED', cell: ({ advertised }) => advertised || NOTHING, wide: true },
    { title: 'WHY', cell: ({ text }) => text },
  ];
}
