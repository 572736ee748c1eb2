import type { HistoryEvent, Read, Write } from './history.js';
import type { Violation } from './violation.js';

/**
 * Acknowledged changes: each has a revision of its own, later ones a greater one, and every reading shows them from their
 * revision on. What was never acknowledged may be there or not, now or later, for a request may be long under way; what
 * nobody asked for may not.
 */
export function checkWrites(history: readonly HistoryEvent[]): Violation[] {
  const writes = history.filter((event) => event.kind === 'write');
  const reads = history.filter((event) => event.kind === 'read');
  const known = writes.filter(({ outcome }) => outcome === 'acknowledged');
  return [
    ...checkRevisions(known),
    ...reads.flatMap((read) => checkValues(read, writes)),
    ...checkProgress(reads, known),
  ];
}

function checkRevisions(known: readonly Write[]): Violation[] {
  const found: Violation[] = [];
  const byRevision = [...known].sort((a, b) => b.revision - a.revision);
  const owners = new Map<number, Write>();
  let earliestEndMs = Infinity;
  // From the greatest revision down: none above may have ended before this one began.
  for (const write of byRevision) {
    if (earliestEndMs < write.startMs)
      found.push({ kind: 'revision_back', text: `${told(write)}, below one that was acknowledged before it began` });
    earliestEndMs = Math.min(earliestEndMs, write.endMs);
    if (write.isRepeat) continue;
    const owner = owners.get(write.revision);
    if (owner) found.push({ kind: 'revision_twice', text: `${told(owner)} and ${told(write)}` });
    owners.set(write.revision, write);
  }
  return found;
}

function checkValues(read: Read, writes: readonly Write[]): Violation[] {
  const before = writes.filter(({ revision }) => revision > 0 && revision <= read.revision);
  const lasting = new Map([...before].sort((a, b) => a.revision - b.revision).map((write) => [write.key, write]));
  const unsure = writes.filter(({ outcome, startMs }) => outcome === 'unknown' && startMs <= read.endMs);
  const possible = new Set(unsure.map(({ key, value }) => pair(key, value)));
  const at = `revision ${String(read.revision)}`;
  const lost = [...lasting.values()].filter(({ key, value }) => {
    const seen = read.values[key];
    return seen !== value && (seen === undefined || !possible.has(pair(key, seen)));
  });
  const invented = Object.entries(read.values).filter(
    ([key, value]) => !lasting.has(key) && !possible.has(pair(key, value)),
  );
  return [
    ...lost.map((write) => {
      const text = `${told(write)}, but ${at} has ${String(read.values[write.key])}`;
      return { kind: 'write_lost', text } as const;
    }),
    ...invented.map(([key, value]) => ({ kind: 'write_invented', text: `${pair(key, value)} at ${at}` }) as const),
  ];
}

/** Readings see what was acknowledged before they began, and what others had shown, but for the time by which they say to be old. */
function checkProgress(reads: readonly Read[], known: readonly Write[]): Violation[] {
  const found: Violation[] = [];
  for (const [read, seen] of withGreatestBefore(reads, known))
    if (read.revision < seen)
      found.push({ kind: 'read_old', text: `${text(read)} after revision ${String(seen)} was acknowledged` });
  for (const [read, seen] of withGreatestBefore(reads, reads))
    if (read.revision < seen) found.push({ kind: 'read_back', text: `${text(read)} after revision ${String(seen)}` });
  return found;
}

/** Each reading with the greatest revision among what had ended before it began, less its age. */
function* withGreatestBefore(
  reads: readonly Read[],
  others: readonly Pick<Read, 'endMs' | 'revision'>[],
): Generator<readonly [Read, number]> {
  const ended = [...others].sort((a, b) => a.endMs - b.endMs);
  let [at, greatest] = [0, 0];
  for (const read of [...reads].sort((a, b) => asOfMs(a) - asOfMs(b))) {
    for (let next = ended[at]; next !== undefined && next.endMs < asOfMs(read); next = ended[at]) {
      greatest = Math.max(greatest, next.revision);
      at += 1;
    }
    yield [read, greatest];
  }
}

function asOfMs({ startMs, ageMs }: Read): number {
  return startMs - ageMs;
}

function pair(key: string, value: number): string {
  return `${key}=${String(value)}`;
}

function told({ key, value, revision }: Write): string {
  return `${pair(key, value)} was acknowledged at revision ${String(revision)}`;
}

function text({ revision, ageMs }: Read): string {
  return `revision ${String(revision)} was told, as ${String(ageMs)} ms old at the most,`;
}
