import { expect } from 'chai';
import { systemClock } from '../../common/model/clock.js';
import { notLeader } from '../../coordinator/leadership/index.js';
import { openLogStore } from '../../coordinator/store/jetstream/jetstream-store.js';
import { settingsOf } from '../../coordinator/store/jetstream/options.js';
import { Patience } from '../../coordinator/store/jetstream/patience.js';
import { Reading } from '../../coordinator/store/jetstream/reading.js';
import type { Store, StoreCommit, StoredFleet } from '../../coordinator/store/store.js';
import { FakeLogServers } from './fake-log-servers.js';
import { MemoryWitness } from './memory-witness.js';
import { between } from './seeded-random.js';
import type { Random } from './seeded-random.js';
import { randomCommit, recordsAfter, recordsOf } from './store-samples.js';

const MESSAGE_BYTES = 300;
const MINUTE_MS = 60_000;
const SIZES = { segmentBytes: 500, snapshotBytes: 1_500, recentCommits: 4 };

/** A state that somebody's commit led to, by the one before. */
interface State {
  readonly commit: StoreCommit;
  readonly before: State | undefined;
}

interface Writer {
  readonly store: Store;
  readonly epoch: number;
  state: State | undefined;
}

/** What happens next in a history. */
export type HistoryStep = 'commit' | 'commitAll' | 'load' | 'loadTwo' | 'crash' | 'close' | 'read' | 'late' | 'power';

/**
 * Coordinators that take one store over from each other while all that was displaced goes on writing, and while requests get lost or
 * come late. Each state that is read must be one that somebody's commits led to, and hold all that was acknowledged or read before.
 */
export class StoreHistory {
  readonly #random: Random;
  readonly #servers: FakeLogServers;
  readonly #writers: Writer[] = [];
  readonly #states = new Map<number, State>();
  #known: State[] = [];
  #marks = 0;
  #powerCuts = 0;
  #nowMs = 0;
  readonly #syncMs: number;
  readonly #witness = new MemoryWitness();
  readonly #timers = new Set<{ readonly atMs: number; readonly fn: () => void }>();
  /** Servers answer at once here, so nobody waits. */
  readonly #clock = {
    ...{ ...systemClock, bootMs: () => this.#nowMs, monotonicMs: () => 0, sleep: () => Promise.resolve() },
    setTimer: (fn: () => void, delayMs: number) => {
      const timer = { atMs: this.#nowMs + delayMs, fn };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    },
  };

  /** Servers `write` what they acknowledge at once, or within two minutes. */
  constructor(random: Random, write: 'first' | 'late' = 'first') {
    this.#random = random;
    this.#syncMs = write === 'first' ? 0 : 2 * MINUTE_MS;
    this.#servers = new FakeLogServers(random);
  }

  /** How often it was noted apart from the journal how far that goes. */
  get notes(): number {
    return this.#witness.written.length;
  }

  get removals(): number {
    return this.#servers.removals;
  }

  async run(steps: readonly HistoryStep[]): Promise<void> {
    await this.#load();
    for (const step of steps) {
      await this.#step(step);
      this.#nowMs += MINUTE_MS;
      this.#servers.pass();
      this.#runTimers();
    }
    this.#servers.deliverLate();
    await this.#read();
    await this.#load();
    const last = this.#writers.at(-1);
    if (last !== undefined) await this.#commit(last, 1);
    await this.#load();
    for (const { store } of this.#writers) await store.close();
  }

  #runTimers(): void {
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.fn();
    }
  }

  async #step(step: HistoryStep): Promise<void> {
    const newest = this.#writers.at(-1);
    if (newest === undefined) return this.#load();
    switch (step) {
      case 'commit':
        return this.#commit(newest, between(this.#random, 1, 4));
      case 'commitAll':
        await Promise.all(this.#writers.map((writer) => this.#commit(writer, between(this.#random, 1, 3))));
        return;
      case 'load':
        await Promise.all([this.#load(), this.#commit(newest, 2)]);
        return;
      case 'loadTwo':
        await Promise.all([this.#load(), this.#load(), ...this.#writers.map((writer) => this.#commit(writer, 2))]);
        return;
      case 'crash':
        this.#writers.splice(this.#writers.indexOf(newest), 1);
        void this.#commit(newest, 1);
        return;
      case 'close':
        this.#writers.splice(this.#writers.indexOf(newest), 1);
        return newest.store.close();
      case 'read':
        await Promise.all([this.#read(), this.#commit(newest, 2)]);
        return;
      case 'late':
        this.#servers.deliverLate();
        return;
      case 'power':
        this.#losePower();
        return;
    }
  }

  async #load(): Promise<void> {
    const known = [...this.#known];
    const powerCuts = this.#powerCuts;
    // The leases of all who led are over before another leads.
    const refusal = () => (powerCuts === this.#powerCuts ? undefined : notLeader(undefined));
    const options = { ...SIZES, clock: this.#clock, refusal, syncMs: () => this.#syncMs, witness: this.#witness };
    const store = openLogStore(this.#servers.place(MESSAGE_BYTES), settingsOf(options));
    const fleet = await store.load();
    this.#writers.push({ store, epoch: fleet.epoch + 1, state: this.#judge(fleet, fleet.revision, known) });
  }

  async #read(): Promise<void> {
    const known = [...this.#known];
    const { signal } = new AbortController();
    const patience = (): Patience => new Patience({ clock: this.#clock, limitMs: 1, signal });
    const streams = await this.#servers.place(MESSAGE_BYTES).open(patience);
    const reading = await Reading.open(streams, { commits: 4, changes: 100, mayLack: this.#syncMs > 0 }, patience);
    // Who only reads may be behind.
    const reached = known.filter(({ commit }) => commit.revision <= reading.revision);
    const state = this.#judge(reading.mirror.freeze(), reading.revision, reached);
    if (state !== undefined) this.#known.push(state);
  }

  /** The state that was read, which holds all that was known when reading began. */
  #judge(
    fleet: Pick<StoredFleet, 'documents' | 'instances'>,
    revision: number,
    known: readonly State[],
  ): State | undefined {
    const records = recordsOf(fleet);
    const mark = records.documents.get('setting/mark');
    const state = mark === undefined ? undefined : this.#states.get(Number(Object.values(mark)[0]));
    const lineage = lineageOf(state);
    expect(revision).to.equal(lineage.length);
    expect(records).to.deep.equal(recordsAfter(lineage.map(({ commit }) => commit)));
    for (const one of known) expect(lineage[one.commit.revision - 1]).to.equal(one);
    return state;
  }

  async #commit(writer: Writer, count: number): Promise<void> {
    const taken: Promise<unknown>[] = [];
    for (let left = count; left > 0; left -= 1) {
      const mark = ++this.#marks;
      const drawn = randomCommit(this.#random, (writer.state?.commit.revision ?? 0) + 1);
      const marked = { kind: 'document', table: 'setting', key: 'mark', value: { mark } } as const;
      const state = { commit: { ...drawn, changes: [...drawn.changes, marked] }, before: writer.state };
      this.#states.set(mark, state);
      writer.state = state;
      taken.push(this.#take(writer, state));
    }
    await Promise.all(taken);
  }

  async #take({ store, epoch }: Writer, state: State): Promise<void> {
    const powerCuts = this.#powerCuts;
    const isTaken = await store.commit(state.commit, epoch).then(
      () => true,
      () => false,
    );
    if (isTaken && powerCuts === this.#powerCuts) this.#known.push(state);
    if (!isTaken) this.#drop(store);
  }

  #drop(store: Store): void {
    const at = this.#writers.findIndex((writer) => writer.store === store);
    if (at >= 0) this.#writers.splice(at, 1);
  }

  /** What was acknowledged may be lost. */
  #losePower(): void {
    this.#powerCuts += 1;
    this.#known = [];
    this.#writers.length = 0;
    this.#servers.losePower();
  }
}

function lineageOf(state: State | undefined): State[] {
  const lineage: State[] = [];
  for (let at = state; at !== undefined; at = at.before) lineage.push(at);
  return lineage.reverse();
}
