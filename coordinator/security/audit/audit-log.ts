import type { Disk } from '../../../common/disk/index.js';
import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { AuditFacts, ChainLink } from './entry.js';
import { LogFiles } from './log-files.js';
import type { AuditLimits } from './log-files.js';
import { readPage } from './query.js';
import type { AuditFilter, AuditPage } from './query.js';
import { Refusals } from './refusals.js';
import { verifyLog } from './verify.js';
import type { KnownHead, Verification } from './verify.js';

/** What the log takes from its program. */
export interface AuditParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** Entries that may wait for the disk; a call beyond them is refused. */
const LARGEST_QUEUE = 10_000;
/** Entries of one write. */
const LARGEST_BATCH = 500;

interface Waiting {
  readonly facts: AuditFacts;
  readonly resolve: () => void;
  readonly reject: (error: HeadframeError) => void;
}

/**
 * The record of who changed what. Entries become durable together, in the order in which they came. While the disk takes none,
 * each is refused and the next is tried afresh.
 */
export class AuditLog {
  readonly #parts: AuditParts;
  readonly #files: LogFiles;
  readonly #refusals = new Refusals();
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #cancelFlush: (() => void) | undefined;
  #failing = false;

  /** For `open` alone. */
  constructor(parts: AuditParts, files: LogFiles) {
    this.#parts = parts;
    this.#files = files;
  }

  /** Opens the log in its folder. Throws `HeadframeError` (data_loss, reason `audit_damaged`) when it is not what was written. */
  static async open(parts: AuditParts, limits: AuditLimits): Promise<AuditLog> {
    const files = await LogFiles.open(parts.disk, parts.folder, limits, parts.clock.nowMs());
    parts.logger.info({ entry: files.head.sequence, hash: files.head.hash }, 'audit log opened');
    return new AuditLog(parts, files);
  }

  /** The last durable entry. */
  get head(): ChainLink {
    return this.#files.head;
  }

  /** Resolves once the entry is durable. Rejects with `HeadframeError` (unavailable, reason `audit_unavailable`) when it is not. */
  record(facts: AuditFacts): Promise<void> {
    if (this.#waiting.length >= LARGEST_QUEUE) return Promise.reject(unavailableError('too much waits to be written'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ facts, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Records a call that was not let in, or counts it where there are many. Waits for nothing. */
  refused(facts: AuditFacts): void {
    const { clock } = this.#parts;
    this.#recordAll(this.#refusals.take(facts, clock.monotonicMs()));
    const dueInMs = this.#refusals.dueInMs(clock.monotonicMs());
    if (dueInMs === undefined || this.#cancelFlush !== undefined) return;
    this.#cancelFlush = clock.setTimer(() => {
      this.#flush();
    }, dueInMs);
  }

  /** A page of what matches, newest first. */
  list(filter: AuditFilter, page: { readonly before: number; readonly size: number }): Promise<AuditPage> {
    return readPage(this.#parts, filter, { ...page, before: Math.min(page.before, this.head.sequence + 1) });
  }

  /** Reads the whole log through, telling after each file how far it is; with a head noted earlier, that is checked as well. */
  verify(known?: KnownHead): AsyncGenerator<Verification, void, undefined> {
    return verifyLog(this.#parts, known);
  }

  /** Ends once all that was recorded is durable. */
  async close(): Promise<void> {
    this.#flush();
    await this.#running;
    await this.#files.close();
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#recordAll(this.#refusals.flush());
  }

  #recordAll(all: readonly AuditFacts[]): void {
    // Nobody waits for these; that they could not be written is in the program's log.
    for (const facts of all) void this.record(facts).catch(() => undefined);
  }

  async #run(): Promise<void> {
    // What comes in the same turn goes into the same write.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0, LARGEST_BATCH));
    this.#running = undefined;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#files.append(batch.map(({ facts }) => facts));
      for (const { resolve } of batch) resolve();
      if (this.#failing) this.#parts.logger.info('the audit log is written again');
      this.#failing = false;
    } catch (thrown) {
      if (!this.#failing)
        this.#parts.logger.error({ err: thrown }, 'the audit log cannot be written: changes and exec are refused');
      this.#failing = true;
      const error = unavailableError(thrown instanceof Error ? thrown.message : String(thrown), thrown);
      for (const { reject } of batch) reject(error);
    }
  }
}

function unavailableError(why: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'audit_unavailable',
    message: `what is done cannot be recorded, so it is not done: ${why}`,
    remedy: "Make room on the disk of the coordinator's data folder, or mend it; then try again.",
    cause,
  });
}
