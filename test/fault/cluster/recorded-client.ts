import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorRole } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { ApplyChange } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { historyMs } from '../../support/cluster-history/history.js';
import type { HistoryEvent } from '../../support/cluster-history/history.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { between, oneOf } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';
import type { Member } from './member.js';

/** What a client is. */
export interface RecordedClientParts {
  readonly members: readonly [Member, ...Member[]];
  /** Of all that this client writes. */
  readonly run: string;
  readonly random: Random;
  readonly note: (event: HistoryEvent) => void;
}

const WRITE_MS = 3_000;
const LOOK_MS = 1_000;
const READ_EVERY_MS = 150;
const ASK_EVERY_MS = 250;
/** One page holds all that a run writes. */
const MOST_KEYS = 900;
const KEYS_WRITTEN_AGAIN = 3;

/** A client that writes one thing after the other, each until it is acknowledged, and reads and asks who leads meanwhile. */
export class RecordedClient {
  readonly #parts: RecordedClientParts;
  readonly #over = new AbortController();
  readonly #loops: Promise<unknown>;
  readonly #values = new Map<string, number>();
  #at: Member;
  #isUndone = false;
  /** How many writes were acknowledged. */
  acknowledged = 0;

  constructor(parts: RecordedClientParts) {
    this.#parts = parts;
    this.#at = parts.members[0];
    const asking = parts.members.map((member) => this.#repeat(() => this.#ask(member), ASK_EVERY_MS));
    const reading = this.#repeat(() => this.read().catch(() => undefined), READ_EVERY_MS);
    this.#loops = Promise.all([this.#repeat(() => this.#write(), 20), reading, ...asking]);
  }

  /** Begins nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#loops;
  }

  /** Reads all that this client has written. */
  async read(): Promise<void> {
    const { run, note } = this.#parts;
    const startMs = historyMs();
    const asked = { labels: { run }, pageSize: 1000 };
    const { calls } = this.#at;
    const { miners, revision } = await calls.reads.listMiners(asked, { timeoutMs: LOOK_MS });
    // Readings go one after the other, so that these are the headers of this one; the one that leads says nothing of age.
    const ageMs = Number(calls.readHeaders()?.get('headframe-age-ms') ?? 0);
    const values = Object.fromEntries(miners.map(({ spec }) => [spec?.name ?? '', Number(spec?.labels['value'])]));
    note({ kind: 'read', startMs, endMs: historyMs(), revision: Number(revision), ageMs, values });
  }

  async #repeat(act: () => Promise<void>, everyMs: number): Promise<void> {
    while (!this.#over.signal.aborted) {
      await act();
      await sleep(everyMs, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
  }

  async #write(): Promise<void> {
    const key = this.#keyToWrite();
    const value = (this.#values.get(key) ?? 0) + (this.#isUndone ? 0 : 1);
    this.#values.set(key, value);
    this.#isUndone = !(await this.#try(key, value));
    if (!this.#isUndone) return;
    // What is not known to be done is done again, after another look for who leads.
    while (this.#isUndone && !this.#over.signal.aborted) {
      await sleep(between(this.#parts.random, 50, 200));
      this.#isUndone = !(await this.#try(key, value));
    }
    this.#isUndone = false;
  }

  #keyToWrite(): string {
    const { random, run } = this.#parts;
    const isNew = this.#values.size < MOST_KEYS && random() < 0.6;
    const number = isNew ? KEYS_WRITTEN_AGAIN + this.#values.size : between(random, 0, KEYS_WRITTEN_AGAIN - 1);
    return `${run}-${String(number)}`;
  }

  async #try(key: string, value: number): Promise<boolean> {
    const { run, note } = this.#parts;
    const [startMs, member] = [historyMs(), this.#at];
    const miner = wireSpec({ name: key, replicas: 0, labels: { run, value: String(value) } });
    const of = { kind: 'write', key, value, startMs } as const;
    try {
      const { revision, results } = await member.calls.fleet.applyMiners({ miners: [miner] }, { timeoutMs: WRITE_MS });
      const isRepeat = results[0]?.change === ApplyChange.UNCHANGED;
      note({ ...of, endMs: historyMs(), outcome: 'acknowledged', revision: Number(revision), isRepeat });
      this.acknowledged += 1;
      return true;
    } catch (error) {
      note({ ...of, endMs: historyMs(), outcome: 'unknown', revision: 0, isRepeat: false });
      this.#turn(error);
      return false;
    }
  }

  /** To the leader that is named, else to any. */
  #turn(error: unknown): void {
    const { members, random } = this.#parts;
    const { leader } = toHeadframeError(error).metadata;
    this.#at = members.find(({ address }) => address === leader) ?? oneOf(random, members);
  }

  async #ask(member: Member): Promise<void> {
    const startMs = historyMs();
    const asked = member.calls.coordinator.getCoordinator({}, { timeoutMs: LOOK_MS });
    const told = await asked.catch(() => undefined);
    if (told?.role !== CoordinatorRole.LEADER) return;
    const [coordinator, epoch] = [member.name, Number(told.epoch)];
    this.#parts.note({ kind: 'lead', coordinator, epoch, startMs, endMs: historyMs() });
  }
}
