import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { HANDED_OUTCOMES } from '../../common/rpc/index.js';
import type { HandedOutcome } from '../../common/rpc/index.js';
import type { Follower } from '../follower/index.js';

/** Told of what a follower hands on. */
export interface HandedFigures {
  /** Of a call that is over. */
  readonly call: (outcome: HandedOutcome) => void;
  /** Of a connection of HTTP: whether the one that leads has taken it. */
  readonly connection: (isTaken: boolean) => void;
}

/** Adds how old what a follower tells is, how following fails, and what is handed on; without a follower the latter alone. */
export function collectFollowing(
  registry: Registry,
  follower: Pick<Follower, 'ageMs' | 'known' | 'failures'> | undefined,
): HandedFigures {
  if (follower !== undefined) {
    collectKnown(registry, follower);
    collectFailures(registry, follower);
  }
  const outcomes = { labelNames: ['outcome'], registers: [registry] };
  const calls = new Counter({
    name: 'headframe_follower_handed_on_total',
    help: 'Calls that this coordinator has handed on to the one that leads, by what came of them',
    ...outcomes,
  });
  const connections = new Counter({
    name: 'headframe_follower_connections_total',
    help: 'Connections of HTTP that this coordinator was to hand on, by whether they were taken',
    ...outcomes,
  });
  // What has not happened yet is told as well, so that its first time is seen as an increase.
  for (const outcome of HANDED_OUTCOMES) calls.inc({ outcome }, 0);
  for (const outcome of ['taken', 'refused']) connections.inc({ outcome }, 0);
  return {
    call: (outcome) => {
      calls.inc({ outcome });
    },
    connection: (isTaken) => {
      connections.inc({ outcome: isTaken ? 'taken' : 'refused' });
    },
  };
}

function collectKnown(registry: Registry, follower: Pick<Follower, 'ageMs' | 'known'>): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `headframe_follower_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('age_seconds', 'How old at the most what this follower tells is; +Inf while it knows nothing', () => {
    return follower.ageMs / 1000;
  });
  gauge('revision', 'Revision of the fleet up to which this follower knows it', () => follower.known.revision);
  gauge('revisions_behind', 'Revisions that the one that leads has told of and this follower lacks', () => {
    return follower.known.behind;
  });
}

function collectFailures(registry: Registry, follower: Pick<Follower, 'failures'>): void {
  new Counter({
    name: 'headframe_follower_failures_total',
    help: 'Times that the journal could not be followed, by why',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      this.reset();
      for (const kind of ['away', 'unreadable', 'lost'] as const) this.inc({ kind }, follower.failures[kind]);
    },
  });
}
