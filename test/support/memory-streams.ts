import { systemClock } from '../../common/model/clock.js';
import { ClusterEnd } from '../../coordinator/store/jetstream/cluster-end.js';
import type { LogStream, StreamEnds } from '../../coordinator/store/jetstream/log-stream.js';
import type { PutOutcome } from '../../coordinator/store/jetstream/put-outcome.js';
import type { SnapshotName, SnapshotStream } from '../../coordinator/store/jetstream/snapshot-stream.js';

/** What an attempt ends with whose process is killed. */
export class Killed extends Error {}

/** Streams of a cluster's store in memory; whoever writes to them can be killed at any write. */
export class MemoryStreams {
  #messages: Buffer[] = [];
  #first = 1;
  readonly #snapshots = new Map<number, { of: SnapshotName; isEnd: boolean; message: Buffer }>();
  #snapshotSequence = 0;
  /** Writes that are left before the process is killed. */
  budget = Infinity;
  /** Whether they were made. */
  exist = false;
  /** Changes what a read of a snapshot's chunk gives. */
  spoil: (chunk: Buffer) => Buffer = (chunk) => chunk;

  /** An end of a move over these streams. */
  end(cluster = 'test'): ClusterEnd {
    const streams = { journal: this.journal, snapshots: this.snapshots, messageBytes: 400 };
    const find = async (): Promise<typeof streams | undefined> => (this.exist ? streams : undefined);
    const make = async (): Promise<typeof streams> => {
      this.exist = true;
      return streams;
    };
    let ids = 0;
    const newId = (): string => `id-${String((ids += 1))}-${String(this.#snapshotSequence)}`;
    const clock = { ...systemClock, sleep: () => Promise.resolve() };
    const signal = new AbortController().signal;
    return new ClusterEnd({ cluster, mayLack: false, find, make, clock, newId, patienceMs: 1000, signal });
  }

  readonly journal: LogStream = {
    name: 'JOURNAL',
    ends: async (): Promise<StreamEnds> => ({ first: this.#first, last: this.#last }),
    get: async (sequence) => this.#messages[sequence - this.#first],
    put: async (bytes, after): Promise<PutOutcome> => {
      this.#spend();
      if (after !== this.#last) return { kind: 'conflict', cause: 'wrong last sequence' };
      this.#messages.push(Buffer.from(bytes));
      return { kind: 'stored', sequence: after + 1 };
    },
    removeBefore: async (sequence) => {
      this.#spend();
      this.#messages = this.#messages.slice(Math.max(0, sequence - this.#first));
      this.#first = Math.max(this.#first, sequence);
    },
  };

  readonly snapshots: SnapshotStream = {
    name: 'SNAPSHOTS',
    list: async () => {
      const found = new Map([...this.#snapshots.values()].map(({ of }) => [of.id, of]));
      return [...found.values()].sort((a, b) => a.revision - b.revision || a.epoch - b.epoch);
    },
    addChunk: async (of, message) => this.#add(of, false, message),
    addClosing: async (of, message) => this.#add(of, true, message),
    closing: async ({ id }) => {
      const found = [...this.#snapshots].find(([, { of, isEnd }]) => of.id === id && isEnd);
      return found && { sequence: found[0], message: found[1].message };
    },
    get: async (sequence) => {
      const found = this.#snapshots.get(sequence);
      return found && this.spoil(found.message);
    },
    remove: async ({ id }) => {
      this.#spend();
      for (const [sequence, { of }] of this.#snapshots) if (of.id === id) this.#snapshots.delete(sequence);
    },
  };

  get #last(): number {
    return this.#first + this.#messages.length - 1;
  }

  #add(of: SnapshotName, isEnd: boolean, message: Buffer): number {
    this.#spend();
    this.#snapshotSequence += 1;
    this.#snapshots.set(this.#snapshotSequence, { of, isEnd, message: Buffer.from(message) });
    return this.#snapshotSequence;
  }

  #spend(): void {
    this.budget -= 1;
    if (this.budget < 0) throw new Killed('killed');
  }
}
