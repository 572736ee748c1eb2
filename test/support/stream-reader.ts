import { waitFor } from './wait-for.js';

/** Reads a stream in the background, so that a test can look at what has come. */
export class StreamReader<Message> {
  readonly messages: Message[] = [];
  /** What the stream ended with: an error, or `undefined` for a good end. */
  outcome: { readonly error: unknown } | undefined;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  /** `open` gets the signal by which the reader leaves. */
  constructor(open: (signal: AbortSignal) => AsyncIterable<Message>) {
    this.#done = this.#read(open(this.#stop.signal));
  }

  /** Waits until the messages so far are as wanted. */
  until(what: string, isWanted: (messages: readonly Message[]) => boolean): Promise<true> {
    return waitFor(what, () => {
      if (isWanted(this.messages)) return true;
      if (this.outcome !== undefined) throw new Error('the stream ended', { cause: this.outcome.error });
      return undefined;
    });
  }

  /** Leaves the stream; resolves when it has ended. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #read(messages: AsyncIterable<Message>): Promise<void> {
    try {
      for await (const message of messages) this.messages.push(message);
      this.outcome = { error: undefined };
    } catch (error) {
      this.outcome = { error };
    }
  }
}
