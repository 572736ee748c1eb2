import type { Began, Ended, HistoryEvent } from './history.js';
import type { Violation } from './violation.js';

/** For which reasons containers may end in a history. */
export interface EndReasons {
  readonly exclusive: readonly string[];
  readonly others: readonly string[];
}

interface Life extends Began {
  readonly end: Ended | undefined;
}

/** Containers: no exclusive identity lives twice at once, no instance has a second container, and none ends without a reason. */
export function checkLives(history: readonly HistoryEvent[], reasons: EndReasons): Violation[] {
  const lives = livesOf(history);
  return [
    ...overlaps(lives),
    ...restarts(lives),
    ...lives.flatMap(({ container, identity, end }): Violation[] => {
      const allowed = identity === '' ? reasons.others : reasons.exclusive;
      if (end === undefined || allowed.includes(end.reason)) return [];
      return [{ kind: 'container_ended', text: `${container} ended for '${end.reason}'` }];
    }),
  ];
}

function livesOf(history: readonly HistoryEvent[]): Life[] {
  const ends = new Map<string, Ended>();
  for (const event of history) if (event.kind === 'ended') ends.set(event.container, event);
  const lives = history.filter((event) => event.kind === 'began');
  return lives.map((began) => ({ ...began, end: ends.get(began.container) })).sort((a, b) => a.atMs - b.atMs);
}

function overlaps(lives: readonly Life[]): Violation[] {
  const found: Violation[] = [];
  const last = new Map<string, Life>();
  for (const life of lives) {
    if (life.identity === '') continue;
    const before = last.get(life.identity);
    const overlapMs = before === undefined ? 0 : endOf(before) - life.atMs;
    if (before && overlapMs > 0) {
      const text = `${life.identity} ran in ${life.container} for ${overlapMs.toFixed(1)} ms while in ${before.container}`;
      found.push({ kind: 'identity_twice', text });
    }
    if (before === undefined || endOf(life) > endOf(before)) last.set(life.identity, life);
  }
  return found;
}

/** An exclusive instance that its host's lease has ended goes on as another instance, with another serial. */
function restarts(lives: readonly Life[]): Violation[] {
  const containers = new Map<string, string>();
  return lives.flatMap(({ host, serial, container }): Violation[] => {
    const instance = String(serial);
    const before = containers.get(instance);
    containers.set(instance, container);
    if (before === undefined || before === container) return [];
    return [
      { kind: 'container_restarted', text: `instance ${instance} ran in ${before}, then in ${container} on ${host}` },
    ];
  });
}

function endOf({ end }: Life): number {
  return end?.atMs ?? Infinity;
}
