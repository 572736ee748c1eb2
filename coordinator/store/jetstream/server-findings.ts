import { formatBytes } from '../../../common/model/units.js';
import { LEAST_FREE_BYTES } from './server-checks.js';
import type { MonitorFacts } from './server-checks.js';

/** How a server stands that is to hold the journal: `unknown` where nobody leads the journal who could tell. */
export const SERVER_STATES = ['current', 'behind', 'away', 'off', 'unknown'] as const;

/** One of these. */
export type ServerState = (typeof SERVER_STATES)[number];

/** A server that is to hold the journal, as the server says that leads it. */
export interface HolderSeen {
  readonly name: string;
  /** Undefined where none leads it, or none has answered. */
  readonly standing: 'current' | 'behind' | 'away' | undefined;
}

/** What is seen of the servers at one time. */
export interface ServersSeen {
  readonly holders: readonly HolderSeen[];
  /** Of those that have told of themselves just now. */
  readonly told: readonly MonitorFacts[];
  /** Those that have not, by name, or by address where they never have. */
  readonly silent: readonly string[];
  /** Size of all snapshots of the fleet, in bytes. */
  readonly snapshotBytes: number;
  /** By what acknowledged changes may be lost. */
  readonly mayLose: string | undefined;
}

/** Something that an operator should look at before it hurts. */
export interface ServerFinding {
  readonly reason:
    | 'store_may_lose'
    | 'store_server_off'
    | 'store_server_away'
    | 'store_server_behind'
    | 'store_server_silent'
    | 'store_room_low';
  /** Name of a server; '' for all. */
  readonly about: string;
  readonly text: string;
}

/** What is left of its room when a server is told of: fleets grow slowly, so that this is days and not minutes. */
const LOW_SHARE = 0.25;
/** A snapshot is written beside the one before, and the journal grows by as much until the next. */
const SNAPSHOTS_AHEAD = 2;

/** How each server stands by what is seen of it. Pure. */
export function statesOf({ holders, told, silent }: ServersSeen): ReadonlyMap<string, ServerState> {
  const off = new Set(told.filter(({ isOff }) => isOff).map(({ name }) => name));
  const stateOf = ({ name, standing }: HolderSeen): ServerState => {
    if (off.has(name)) return 'off';
    // The journal's leader calls it behind for as long as it believes that the server runs.
    if (standing !== 'current' && silent.includes(name)) return 'away';
    return standing ?? 'unknown';
  };
  return new Map(holders.map((holder) => [holder.name, stateOf(holder)]));
}

/** Free room below which a server is told of, in bytes, given all that it has and the size of all snapshots. Pure. */
export function lowRoomBytes(maxBytes: number, snapshotBytes: number): number {
  return Math.max(LOW_SHARE * maxBytes, LEAST_FREE_BYTES, SNAPSHOTS_AHEAD * snapshotBytes);
}

/**
 * What is wrong with the servers. What passes by itself within seconds, such as a server that catches up, is told only when
 * it was so `before`, too. Pure.
 */
export function findingsOf(seen: ServersSeen, before: ServersSeen | undefined): ServerFinding[] {
  const { told, silent, snapshotBytes, mayLose } = seen;
  const states = statesOf(seen);
  const statesBefore = before === undefined ? new Map<string, ServerState>() : statesOf(before);
  const wasWell = (name: string): boolean => (statesBefore.get(name) ?? 'current') === 'current';
  return [
    ...(mayLose === undefined ? [] : [{ reason: 'store_may_lose' as const, about: '', text: mayLose }]),
    ...[...states].flatMap(([name, state]) =>
      state === 'behind' && wasWell(name) ? [] : standingFinding(name, state),
    ),
    ...silent
      .filter((name) => states.get(name) !== 'away' && before?.silent.includes(name) === true)
      .map((name) => ({
        reason: 'store_server_silent' as const,
        about: name,
        text: `${name} does not tell of itself, so that nobody knows how much room it has, and whether it writes first`,
      })),
    ...told.flatMap((facts) => roomFinding(facts, snapshotBytes)),
  ];
}

function standingFinding(about: string, state: ServerState): ServerFinding[] {
  if (state === 'off') {
    const text = `${about} has switched JetStream off, as a server does that could not write`;
    return [{ reason: 'store_server_off', about, text }];
  }
  if (state === 'away') return [{ reason: 'store_server_away', about, text: `${about} is away` }];
  if (state === 'behind') {
    const text = `${about} has not all of the journal: it is away, or does not catch up`;
    return [{ reason: 'store_server_behind', about, text }];
  }
  return [];
}

function roomFinding(
  { name: about, isOff, maxBytes, freeBytes }: MonitorFacts,
  snapshotBytes: number,
): ServerFinding[] {
  if (isOff || maxBytes === undefined || freeBytes === undefined) return [];
  if (freeBytes >= lowRoomBytes(maxBytes, snapshotBytes)) return [];
  const text = `${about} has ${formatBytes(freeBytes)} of ${formatBytes(maxBytes)} left for JetStream`;
  return [{ reason: 'store_room_low', about, text }];
}
