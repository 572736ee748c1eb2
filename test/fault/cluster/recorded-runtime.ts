import type { Assignment } from '../../../common/model/workload.js';
import { historyMs } from '../../support/cluster-history/history.js';
import type { Began, Ended } from '../../support/cluster-history/history.js';
import { MemoryRuntime } from '../../support/memory-runtime.js';

/** What a recorded engine knows of its agent, and whom it tells. */
export interface RuntimeListener {
  readonly host: string;
  /** The agent's reason for how an instance stands. */
  readonly reasonOf: (serial: number) => string;
  readonly note: (event: Began | Ended) => void;
}

const TOLD_MS = 50;

/** An engine in memory that tells when containers run: from before they begin until after they have ended. */
export class RecordedRuntime extends MemoryRuntime {
  readonly #listener: RuntimeListener;
  readonly #assigned = new Map<number, Assignment>();
  readonly #running = new Map<number, string>();
  #containers = 0;

  constructor(listener: RuntimeListener) {
    super();
    this.#listener = listener;
  }

  override create(assignment: Assignment, signal?: AbortSignal): Promise<string> {
    this.#assigned.set(assignment.serial, assignment);
    return super.create(assignment, signal);
  }

  override start(serial: number, signal?: AbortSignal): Promise<void> {
    if (!this.#running.has(serial)) this.#begin(serial);
    return super.start(serial, signal);
  }

  override async stop(serial: number, graceMs: number, signal?: AbortSignal): Promise<void> {
    await super.stop(serial, graceMs, signal);
    this.#end(serial);
  }

  override async remove(serial: number, signal?: AbortSignal): Promise<void> {
    await super.remove(serial, signal);
    this.#end(serial);
  }

  #begin(serial: number): void {
    this.#containers += 1;
    const { host, note } = this.#listener;
    const container = `${host}/${String(serial)}#${String(this.#containers)}`;
    this.#running.set(serial, container);
    const { miner = '', identity = '' } = this.#assigned.get(serial)?.workload ?? {};
    note({ kind: 'began', host, container, serial, miner, identity, atMs: historyMs() });
  }

  /** The agent says why only once it has seen the end. */
  #end(serial: number): void {
    const [container, atMs] = [this.#running.get(serial), historyMs()];
    if (container === undefined || !this.#running.delete(serial)) return;
    const { host, reasonOf, note } = this.#listener;
    setTimeout(() => {
      note({ kind: 'ended', host, container, reason: reasonOf(serial), atMs });
    }, TOLD_MS);
  }
}
