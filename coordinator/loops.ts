import { setMaxListeners } from 'node:events';

/** The loops of a program: started together, ended together; one that fails is told of. */
export class Loops {
  /** Resolves with what the first loop to fail threw. */
  readonly failed: Promise<Error>;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  #tellFailed: (error: Error) => void = () => undefined;

  constructor() {
    this.failed = new Promise((resolve) => (this.#tellFailed = resolve));
    // Each loop waits for it, and there are more of them than Node takes for a leak.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Starts a loop that runs until its signal. */
  start(run: (signal: AbortSignal) => Promise<void>): void {
    const running = run(this.#stop.signal).catch((error: unknown) => {
      this.#tellFailed(error instanceof Error ? error : new Error(String(error)));
    });
    this.#running.push(running);
  }

  /** Ends all loops and resolves when they have ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}
