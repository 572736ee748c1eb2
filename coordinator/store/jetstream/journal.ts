import { HeadframeError } from '../../../common/model/error.js';
import type { LogStream } from './log-stream.js';
import { decodeLogMessage, tagOf } from './log-message.js';
import type { Patience } from './patience.js';
import type { PutOutcome } from './put-outcome.js';

type Failed = Exclude<PutOutcome, { readonly kind: 'stored' }>;

/** Messages under way at once: enough to keep three servers busy, little enough for what they let wait. */
const WINDOW = 16;

/** What a message that had to be put turned out to be. */
type Settled = 'stored' | 'absent' | 'leftover' | 'fenced';

/**
 * The end of a journal that one writer appends to.
 *
 * Every message names the one that it follows, so that what others wrote in between refuses it. Only the first of those
 * under way at once is known to follow one of our own; so all count as stored when each has been answered for, or was
 * found in its place, from the first to the last.
 */
export class Journal {
  readonly #stream: LogStream;
  readonly #epoch: number;
  readonly #writer: number | undefined;
  readonly #patience: () => Patience;
  #last: number;

  /** Goes on behind the message `last`. */
  constructor(
    stream: LogStream,
    patience: () => Patience,
    at: { readonly epoch: number; readonly writer?: number; readonly last: number },
  ) {
    this.#stream = stream;
    this.#patience = patience;
    this.#epoch = at.epoch;
    this.#writer = at.writer;
    this.#last = at.last;
  }

  /** Sequence of the last message, which is stored. */
  get last(): number {
    return this.#last;
  }

  /**
   * Puts messages at the end, all or, for whoever reads, none. They are made by `make`, and made anew, under another number,
   * when something of an old leader, or of an earlier attempt, has come in between. Throws `HeadframeError`: failed_precondition (`store_fenced`) when
   * another has taken the journal over, unavailable when the servers are away for too long or refuse.
   */
  async append(make: () => readonly Buffer[]): Promise<void> {
    const patience = this.#patience();
    for (;;) {
      if (await this.#attempt(make(), patience)) return;
      await this.#pass(patience);
    }
  }

  /** Goes to the end past what is left over, message by message: among them may be the one by which another took over. */
  async #pass(patience: Patience): Promise<void> {
    for (let next = this.#last + 1; ; next += 1) {
      const found = await patience.ask(() => this.#stream.get(next));
      const isOver = found === undefined ? await this.#isGone(next, patience) : this.#judge(found) === 'fenced';
      if (isOver) throw fenced(this.#stream.name, next);
      if (found === undefined) return;
      this.#last = next;
    }
  }

  /** Whether what stood there was removed, as only who has taken over does. */
  async #isGone(sequence: number, patience: Patience): Promise<boolean> {
    const { first } = await patience.ask(() => this.#stream.ends());
    return first > sequence;
  }

  /** False when something that is left over came in between. */
  async #attempt(messages: readonly Buffer[], patience: Patience): Promise<boolean> {
    const stored = new Set<number>();
    const base = this.#last;
    for (let next = 0; next < messages.length;) {
      const failed = await this.#send(messages, { base, next, stored });
      while (stored.has(next)) next += 1;
      const message = messages[next];
      if (message === undefined) break;
      if (failed?.kind === 'refused') throw refused(failed.cause);
      const settled = await this.#settle(base + next + 1, message, patience);
      if (settled === 'fenced') throw fenced(this.#stream.name, base + next + 1);
      if (settled === 'leftover') return false;
      if (settled === 'stored') stored.add(next);
      else await patience.pause(failed?.cause);
    }
    this.#last = base + messages.length;
    return true;
  }

  /** Sends what is not stored yet, until something fails; resolves when no answer is outstanding. */
  async #send(
    messages: readonly Buffer[],
    { base, next, stored }: { readonly base: number; readonly next: number; readonly stored: Set<number> },
  ): Promise<Failed | undefined> {
    let failed: Failed | undefined;
    const underWay = new Set<Promise<void>>();
    for (let index = next; index < messages.length && failed === undefined; index += 1) {
      const message = messages[index];
      if (message === undefined || stored.has(index)) continue;
      const answered = this.#stream.put(message, base + index).then((outcome) => {
        if (outcome.kind === 'stored') stored.add(index);
        else failed ??= outcome;
        underWay.delete(answered);
      });
      underWay.add(answered);
      if (underWay.size >= WINDOW) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    return failed;
  }

  /** Looks at what stands where a message of ours should; of the stream's leader, so that what is there is there for good. */
  async #settle(sequence: number, message: Buffer, patience: Patience): Promise<Settled> {
    const found = await patience.ask(() => this.#stream.get(sequence));
    if (found !== undefined) return found.equals(message) ? 'stored' : this.#judge(found);
    return (await this.#isGone(sequence, patience)) ? 'fenced' : 'absent';
  }

  /** What is of this epoch and stands in the way is of an earlier attempt of our own, that came late. */
  #judge(found: Buffer): 'leftover' | 'fenced' {
    try {
      const message = decodeLogMessage(found);
      if (message.epoch !== this.#epoch) return message.epoch < this.#epoch ? 'leftover' : 'fenced';
      const tag = tagOf(message);
      return tag === undefined || tag === this.#writer ? 'leftover' : 'fenced';
    } catch (thrown) {
      if (thrown instanceof RangeError) return 'fenced';
      throw thrown;
    }
  }
}

/**
 * Puts a message right behind `after` if nothing stands there; false when something else does. What was sent and not answered
 * for is looked up, so that the answer is certain. Throws as `Journal.append` does when servers are away or refuse.
 */
export async function claim(stream: LogStream, message: Buffer, after: number, patience: Patience): Promise<boolean> {
  for (;;) {
    const outcome = await stream.put(message, after);
    if (outcome.kind === 'stored') return true;
    if (outcome.kind === 'refused') throw refused(outcome.cause);
    const found = await patience.ask(() => stream.get(after + 1));
    if (found !== undefined) return found.equals(message);
    const { first } = await patience.ask(() => stream.ends());
    if (first > after + 1) return false;
    await patience.pause(outcome.cause);
  }
}

function fenced(stream: string, sequence: number): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_fenced',
    message: `another coordinator has taken the store over at message ${String(sequence)} of stream ${stream}`,
    remedy: 'Nothing: the other one leads. Start this one again to have it stand by.',
    metadata: { stream, sequence: String(sequence) },
  });
}

function refused(cause: unknown): HeadframeError {
  if (cause instanceof HeadframeError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new HeadframeError({
    code: 'unavailable',
    reason: 'store_failed',
    message: `NATS refused what the store wrote: ${text}`,
    remedy:
      "See the NATS servers' logs, free disk or raise their limits, then start the coordinator again: nothing acknowledged is lost.",
    cause,
  });
}
