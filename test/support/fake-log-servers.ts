import { ErrorCode, NatsError } from 'nats';
import type { LogStream } from '../../coordinator/store/jetstream/log-stream.js';
import type { LogPlace, LogStreams } from '../../coordinator/store/jetstream/log-place.js';
import type { PutOutcome } from '../../coordinator/store/jetstream/put-outcome.js';
import type { SnapshotName, SnapshotStream } from '../../coordinator/store/jetstream/snapshot-stream.js';
import { between, oneOf } from './seeded-random.js';
import type { Random } from './seeded-random.js';

/** What may become of a request that changes something; what is done twice is done again later, as is what comes late. */
type Fate = 'done' | 'lost' | 'answerLost' | 'late' | 'twice';

const FATES = ['done', 'done', 'done', 'done', 'done', 'done', 'lost', 'answerLost', 'late', 'twice'] as const;
/** Of reads: by a server that does not know yet that another has taken its place. */
const STALE_SHARE = 0.05;
const UNANSWERED_SHARE = 0.05;
const LATE_SHARE = 0.05;

interface SnapshotEntry {
  readonly of: SnapshotName;
  readonly kind: 'chunk' | 'end';
  readonly message: Buffer;
}

/**
 * Servers of both streams in memory, seeded: requests and answers get lost, come late or twice, what was taken can be read a while
 * later, and who answers may be behind.
 */
export class FakeLogServers {
  readonly #random: Random;
  readonly #isCalm: boolean;
  #late: (() => void)[] = [];
  /** Where the streams ended at the last two passings of time. */
  #ends = [
    { journal: 0, snapshots: 0 },
    { journal: 0, snapshots: 0 },
  ];
  #journal: Buffer[] = [];
  #first = 1;
  #visible = 0;
  #snapshots = new Map<number, SnapshotEntry>();
  #snapshotsLast = 0;
  /** How often parts of the journal, and snapshots, were removed. */
  removals = 0;
  /** Requests that came and would change something. */
  changes = 0;

  /** Without faults all goes well at once. */
  constructor(random: Random, faults: 'faults' | 'calm' = 'faults') {
    this.#random = random;
    this.#isCalm = faults === 'calm';
  }

  /** Where a store has its messages there. */
  place(messageBytes: number): LogPlace {
    const streams: LogStreams = { journal: this.#logStream(), snapshots: this.#snapshotStream(), messageBytes };
    return { open: () => Promise.resolve(streams), close: () => Promise.resolve() };
  }

  /** Has all come that was held up. */
  deliverLate(): void {
    while (this.#late.length > 0) this.#late.splice(between(this.#random, 0, this.#late.length - 1), 1)[0]?.();
    this.#visible = this.#last;
  }

  /** Has the journal end with this message. */
  setBack(last: number): void {
    this.#journal.length = last;
    this.#visible = last;
  }

  /** Lets a minute pass: after two of them all is written. */
  pass(): void {
    this.#ends = [...this.#ends.slice(1), { journal: this.#last, snapshots: this.#snapshotsLast }];
  }

  /** Most servers lose power at once, and with it of each stream some of what was not written yet. */
  losePower(): void {
    const [written] = this.#ends;
    this.#journal.length = between(this.#random, Math.max(written?.journal ?? 0, this.#first - 1), this.#last);
    this.#visible = this.#last;
    const kept = between(this.#random, written?.snapshots ?? 0, this.#snapshotsLast);
    for (const sequence of [...this.#snapshots.keys()]) if (sequence > kept) this.#snapshots.delete(sequence);
    this.#snapshotsLast = kept;
    this.#ends = this.#ends.map(() => ({ journal: this.#last, snapshots: kept }));
    // Connections end with the servers, and what was under way with them.
    this.#late = [];
  }

  get #last(): number {
    return this.#journal.length;
  }

  #logStream(): LogStream {
    return {
      name: 'JOURNAL',
      ends: () => this.#read((last) => ({ first: Math.min(this.#first, last + 1), last })),
      get: (sequence) =>
        this.#read((last) => (sequence < this.#first || sequence > last ? undefined : this.#journal[sequence - 1])),
      put: (bytes, after) => this.#put(Buffer.from(bytes), after),
      removeBefore: (sequence) =>
        this.#change(() => {
          if (sequence <= this.#first) return;
          this.#first = Math.min(sequence, this.#last + 1);
          this.removals += 1;
        }),
    };
  }

  #snapshotStream(): SnapshotStream {
    const entries = (): [number, SnapshotEntry][] => [...this.#snapshots];
    return {
      name: 'SNAPSHOTS',
      list: () =>
        this.#read(() =>
          [...new Set(entries().map(([, { of }]) => of))].sort((a, b) => a.revision - b.revision || a.epoch - b.epoch),
        ),
      addChunk: (of, message) => this.#change(() => this.#add({ of, kind: 'chunk', message: Buffer.from(message) })),
      addClosing: (of, message) => this.#change(() => this.#add({ of, kind: 'end', message: Buffer.from(message) })),
      closing: (of) =>
        this.#read(() => {
          const found = entries().findLast(([, entry]) => entry.of.id === of.id && entry.kind === 'end');
          return found && { sequence: found[0], message: found[1].message };
        }),
      get: (sequence) => this.#read(() => this.#snapshots.get(sequence)?.message),
      remove: ({ id }) =>
        this.#change(() => {
          for (const [sequence, { of }] of entries()) if (of.id === id) this.#snapshots.delete(sequence);
          this.removals += 1;
        }),
    };
  }

  /** Messages of snapshots that were ever taken. */
  get chunks(): number {
    return this.#snapshotsLast;
  }

  #add(entry: SnapshotEntry): number {
    this.#snapshotsLast += 1;
    this.#snapshots.set(this.#snapshotsLast, entry);
    return this.#snapshotsLast;
  }

  async #put(bytes: Buffer, after: number): Promise<PutOutcome> {
    await this.#onTheWay();
    this.changes += 1;
    const store = (): boolean => {
      if (after !== this.#last) return false;
      this.#journal.push(bytes);
      return true;
    };
    const fate = this.#fate();
    if (fate === 'late' || fate === 'twice') this.#late.push(store);
    if (fate === 'late' || fate === 'lost') return { kind: 'unclear', cause: timeout() };
    const isStored = store();
    await this.#onTheWay();
    if (fate === 'answerLost') return { kind: 'unclear', cause: timeout() };
    if (!isStored) return { kind: 'conflict', cause: new Error('wrong last sequence') };
    // What is answered for can be read.
    this.#visible = Math.max(this.#visible, Math.min(after + 1, this.#last));
    return { kind: 'stored', sequence: after + 1 };
  }

  async #change<T>(change: () => T): Promise<T> {
    await this.#onTheWay();
    this.changes += 1;
    const fate = this.#fate();
    if (fate === 'late' || fate === 'twice') this.#late.push(() => void change());
    if (fate === 'late' || fate === 'lost') throw timeout();
    const answer = change();
    await this.#onTheWay();
    if (fate === 'answerLost') throw timeout();
    return answer;
  }

  /** Reads as of a last message, which may be one that was the last before. */
  async #read<T>(read: (last: number) => T): Promise<T> {
    await this.#onTheWay();
    if (this.#happens(UNANSWERED_SHARE)) throw timeout();
    const isStale = this.#happens(STALE_SHARE);
    const answer = read(isStale ? Math.max(0, this.#visible - between(this.#random, 1, 3)) : this.#visible);
    await this.#onTheWay();
    return answer;
  }

  #happens(share: number): boolean {
    return !this.#isCalm && this.#random() < share;
  }

  #fate(): Fate {
    return this.#isCalm ? 'done' : oneOf(this.#random, FATES);
  }

  /** Takes some turns, in which others come first, and what was late may come. */
  async #onTheWay(): Promise<void> {
    for (let turns = between(this.#random, 0, 5); turns > 0; turns -= 1) await Promise.resolve();
    if (this.#visible < this.#last && this.#random() < 0.5) this.#visible += 1;
    if (this.#random() >= LATE_SHARE || this.#late.length === 0) return;
    this.#late.splice(between(this.#random, 0, this.#late.length - 1), 1)[0]?.();
  }
}

function timeout(): NatsError {
  return new NatsError('TIMEOUT', ErrorCode.Timeout);
}
