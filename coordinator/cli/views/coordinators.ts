import { formatAge } from '../../../common/model/units.js';
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
  /** How old, at the most, what a follower tells is, in milliseconds; undefined where it does not say. */
  readonly ageMs?: number | undefined;
  /** How many revisions it lacks that the leader has told it of. */
  readonly revisionsBehind?: number | undefined;
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

/** Older than this it is behind for more than a pause, in milliseconds. */
const OLD_MS = 5_000;
/** Older than this it answers nothing by itself. */
export const TOO_OLD_MS = 30_000;

/** The table of `coordinator ls`. */
export function coordinatorsView(rows: readonly CoordinatorRow[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), rows, viewing.wide), empty: 'No coordinators.' }];
}

function toneOf(ageMs: number): Tone | undefined {
  if (ageMs > TOO_OLD_MS) return 'bad';
  return ageMs > OLD_MS ? 'warn' : undefined;
}

function columns({ nowMs }: Viewing): Column<CoordinatorRow>[] {
  return [
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'ROLE', cell: ({ role }) => toned(role, TONES[role]) },
    { title: 'LEADER', cell: ({ leader }) => leader || NOTHING },
    { title: 'EPOCH', cell: ({ epoch }) => (epoch === 0 ? NOTHING : String(epoch)) },
    { title: 'AGE', cell: ({ ageMs }) => (ageMs === undefined ? NOTHING : toned(formatAge(ageMs), toneOf(ageMs))) },
    { title: 'SINCE', cell: ({ sinceMs }) => (sinceMs === 0 ? NOTHING : ageCell(sinceMs, nowMs)) },
    { title: 'SEEN', cell: ({ seenMs }) => (seenMs === 0 ? NOTHING : ageCell(seenMs, nowMs)) },
    { title: 'VERSION', cell: ({ version }) => version || NOTHING },
    { title: 'CLUSTER', cell: ({ cluster }) => cluster || NOTHING, wide: true },
    { title: 'ADVERTISED', cell: ({ advertised }) => advertised || NOTHING, wide: true },
    { title: 'WHY', cell: ({ text }) => text },
  ];
}
