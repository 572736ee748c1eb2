import type { Clock } from '../../../../common/model/clock.js';
import type { ModuleRecord } from '../../../../common/model/module.js';
import type { Logger } from '../../../../common/observe/logger.js';
import type { FleetPort } from '../../../fleet/port.js';
import type { ContentStore } from '../../../contents/index.js';
import type { GitSource } from '../source/index.js';
import { doJob } from './jobs.js';
import type { JobParts } from './jobs.js';
import { settle } from './outcomes.js';

/** What the lane works with. */
export interface LaneParts extends JobParts {
  readonly fleet: FleetPort;
  readonly source: GitSource;
  readonly content: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Jobs at once: each is a git of its own. */
const MOST_JOBS = 2;

interface RunningJob {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * Does the jobs of modules, beside all calls and at most two at once. A job is a part of its module's record and stays
 * there until it is settled, so that a restart takes it up again.
 */
export class ModuleLane {
  readonly #parts: LaneParts;
  readonly #running = new Map<string, RunningJob>();
  #sweeping: Promise<void> = Promise.resolve();
  #signal: AbortSignal | undefined;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Runs until the signal; resolves when all that it has begun has ended. */
  async start(signal: AbortSignal): Promise<void> {
    const { fleet, source, content, needed } = this.#parts;
    await source.clean();
    await content.sweep(needed);
    this.#signal = signal;
    const unsubscribe = fleet.onDurable(({ changes }) => {
      const mine = changes.filter((change) => 'table' in change && change.table === 'module');
      if (mine.some(({ kind }) => kind === 'documentRemoved')) this.#sweep();
      if (mine.length > 0) this.#look();
    });
    this.#look();
    await aborted(signal);
    unsubscribe();
    await Promise.all([this.#sweeping, ...[...this.#running.values()].map(({ done }) => done)]);
  }

  /** What is kept of a module goes with it. */
  #sweep(): void {
    const { content, needed, logger } = this.#parts;
    this.#sweeping = content.sweep(needed).catch((error: unknown) => {
      logger.warn({ err: error }, 'contents of modules that nobody needs cannot be removed');
    });
  }

  #look(): void {
    const signal = this.#signal;
    if (signal === undefined || signal.aborted) return;
    this.#endForgotten();
    for (const record of this.#parts.fleet.modules()) {
      if (this.#running.size >= MOST_JOBS) return;
      if (record.job !== undefined && !this.#running.has(record.name)) this.#run(record, signal);
    }
  }

  /** What was begun for a module that is gone, or is another one of the same name, is of no use. */
  #endForgotten(): void {
    for (const [name, { stop }] of this.#running) if (this.#parts.fleet.module(name)?.job === undefined) stop.abort();
  }

  #run(record: ModuleRecord, signal: AbortSignal): void {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const { logger } = this.#parts;
    const done = doJob(this.#parts, record, either, (outcome) => this.#settle(record, outcome))
      .catch((error: unknown) => {
        if (!either.aborted) logger.error({ err: error, module: record.name }, 'a job of a module failed unforeseen');
      })
      .finally(() => {
        this.#running.delete(record.name);
        this.#look();
      });
    this.#running.set(record.name, { stop, done });
  }

  #settle(before: ModuleRecord, outcome: Parameters<typeof settle>[1]): void {
    this.#parts.fleet.transact((tx) => {
      const current = tx.module(before.name);
      // It was removed meanwhile, and perhaps added anew.
      if (current?.job === undefined || current.createdAtMs !== before.createdAtMs) return;
      const { record, event } = settle(current, outcome, tx.atMs);
      tx.putModule(record);
      if (event !== undefined) tx.event({ subject: 'fleet', id: '', ...event });
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}
