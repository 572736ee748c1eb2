import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A thread that has nothing to do but to wake every millisecond: what holds it up is the machine, not the programs. */
export class IdleThread {
  readonly #worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 });
     delay.enable();
     parentPort.on('message', () => {
       parentPort.postMessage(delay.max / 1e6);
       delay.reset();
     });`,
    { eval: true },
  );

  /** The longest time between two wakings since it was last asked, in milliseconds. */
  async heldUpMs(): Promise<number> {
    this.#worker.postMessage('');
    // What it posts is a number.
    const [ms] = (await once(this.#worker, 'message')) as [number];
    return ms;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
