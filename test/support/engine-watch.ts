import type Docker from 'dockerode';

/** Waits for the engine to tell that it did something to a container of a miner, from now on. */
export class EngineWatch {
  readonly #abort = new AbortController();
  readonly #first: Promise<void>;

  constructor(docker: Docker, { action, miner }: { readonly action: string; readonly miner: string }) {
    const filters = JSON.stringify({ type: ['container'], event: [action], label: [`headframe.miner=${miner}`] });
    // The library takes a signal, too, of which its types do not tell.
    const options = { filters, abortSignal: this.#abort.signal };
    this.#first = docker.getEvents(options).then(async (stream) => {
      await stream[Symbol.asyncIterator]().next();
    });
    // Whoever waits hears of it.
    this.#first.catch(() => undefined);
  }

  /** Resolves the moment that the engine tells. */
  first(): Promise<void> {
    return this.#first;
  }

  close(): void {
    this.#abort.abort();
  }
}
