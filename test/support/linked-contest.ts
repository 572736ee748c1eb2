import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { LeaseBucket } from '../../coordinator/leadership/index.js';
import { Leadership } from '../../coordinator/leadership/index.js';
import { hungWatch } from '../../coordinator/leadership/hung-watch.js';
import type { LeaseHolder } from '../../coordinator/leadership/lease-entry.js';
import { SignOfLife } from '../../coordinator/leadership/life.js';
import { ThreadContest } from '../../coordinator/leadership/thread-contest.js';
import type { LeaseThread } from '../../coordinator/leadership/thread-contest.js';
import type { FromThread, ToThread } from '../../coordinator/leadership/thread-messages.js';
import { threadLogger } from '../../coordinator/leadership/thread-logger.js';
import { ThreadSide } from '../../coordinator/leadership/thread-side.js';

/** What the two sides are made of. */
interface LinkParts {
  readonly bucket: LeaseBucket;
  readonly me: LeaseHolder;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
}

/** Both sides of a contest that is kept by a thread, here in one, with messages copied as between two. */
export class LinkedContest {
  readonly contest: ThreadContest;
  readonly #side: ThreadSide;
  readonly #held: FromThread[] = [];
  #isHung = false;
  /** Whether the thread hears nothing, as one that hangs itself. */
  isDeaf = false;
  #onMessage: (message: FromThread) => void = () => undefined;
  #onEnd: (why: Error | undefined) => void = () => undefined;

  /** Both `ttlMs` and `hungMs` in milliseconds. */
  constructor(
    { bucket, me, clock, logger }: LinkParts,
    { ttlMs, hungMs }: { readonly ttlMs: number; readonly hungMs: number },
  ) {
    const life = new SignOfLife(clock);
    const thread: LeaseThread = {
      send: (message) => {
        const copy = structuredClone(message);
        queueMicrotask(() => this.#deliver(copy));
      },
      listen: (onMessage, onEnd) => {
        [this.#onMessage, this.#onEnd] = [onMessage, onEnd];
      },
      terminate: () => Promise.resolve(),
    };
    const living = { give: () => (this.#isHung ? undefined : life.give()) };
    this.contest = new ThreadContest(thread, { me, clock, logger, life: living }, ttlMs);
    const tell = (message: FromThread): void => this.#tell(message);
    const log = threadLogger(tell);
    const isHung = hungWatch(new SignOfLife(clock, life.memory), { hungMs, logger: log });
    const onChange = (): void => this.#side.changed();
    this.#side = new ThreadSide(new Leadership({ bucket, me, clock, logger: log, isHung, onChange }, ttlMs), tell);
    tell({ kind: 'opened' });
  }

  /** Has this side give no signs of life and hear nothing, as while its event loop stands still, until it goes on. */
  hang(isHung: boolean): void {
    this.#isHung = isHung;
    if (!isHung) for (const message of this.#held.splice(0)) this.#onMessage(message);
  }

  /** Has the thread end by an error. */
  die(why: Error): void {
    this.#onEnd(why);
  }

  #deliver(message: ToThread): void {
    if (this.isDeaf) return;
    if (message.kind === 'close') this.#onEnd(undefined);
    else this.#side.hear(message);
  }

  #tell(message: FromThread): void {
    // Memory is shared, all else copied; copying such memory is not for one thread alone.
    const copy = message.kind === 'term' ? message : structuredClone(message);
    queueMicrotask(() => {
      if (this.#isHung) this.#held.push(copy);
      else this.#onMessage(copy);
    });
  }
}
