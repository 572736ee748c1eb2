import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeInfo } from '../../../agent/runtime/runtime.js';
import { GUARD_CAPABILITY } from '../../../common/model/host.js';
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

/** How an agent says that all is well, as it does until it has seen an end. */
const RUNNING = 'started';
const MOST_LOOKS = 100;

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

  /** Its agent is never killed here, and ends what is exclusive itself: else identities of lost hosts would stay where they are. */
  override async info(signal?: AbortSignal): Promise<RuntimeInfo> {
    return { ...(await super.info(signal)), capabilities: [GUARD_CAPABILITY] };
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
    const { host, note } = this.#listener;
    void this.#reasonOf(serial).then((reason) => {
      note({ kind: 'ended', host, container, reason, atMs });
    });
  }

  /** It is there for a moment only: the coordinator has the agent forget what has ended. */
  async #reasonOf(serial: number): Promise<string> {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const reason = this.#listener.reasonOf(serial);
      if (reason !== RUNNING) return reason;
      await sleep(1);
    }
    return RUNNING;
  }
}
