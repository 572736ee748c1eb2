import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { HeadframeError } from '../../common/model/error.js';
import { onAbort } from '../runtime/on-abort.js';
import type { ProverProcess, ProverRequest } from '../runtime/prover.js';

/** Runs a prover as a child of the agent: with no limits, which the verdict says. */
export async function openChildProver(request: ProverRequest, signal: AbortSignal): Promise<ProverProcess> {
  if (request.kind === 'gpu')
    throw new HeadframeError({
      code: 'failed_precondition',
      reason: 'challenge_no_gpu_prover',
      message: 'GPUs are proven in containers alone, and this agent runs none on its own machine',
    });
  await mkdir(request.labels, { recursive: true });
  signal.throwIfAborted();
  const child = spawn(process.execPath, [...request.args, request.labels], {
    // Neither secrets nor settings of the agent's.
    env: { UV_THREADPOOL_SIZE: String(request.threads) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return new ChildProver(child, signal);
}

class ChildProver implements ProverProcess {
  readonly isContained = false;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #letGo: () => void;
  #failure: Error | undefined;

  constructor(child: ChildProcess, signal: AbortSignal) {
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => resolve());
      child.once('error', (error) => {
        this.#failure = error;
        resolve();
      });
    });
    // Whoever writes hears of it; nobody else needs to.
    child.stdin?.on('error', () => undefined);
    this.#letGo = onAbort(signal, () => void this.close());
  }

  get output(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const { stdin } = this.#child;
      if (stdin?.writable !== true) {
        reject(this.#failed());
        return;
      }
      stdin.write(bytes, (error) => {
        if (error) reject(this.#failed(error));
        else resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#letGo();
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    // A pipe without an encoding gives bytes.
    for await (const bytes of this.#child.stdout ?? []) yield bytes as Uint8Array;
    if (this.#failure !== undefined) throw this.#failed(this.#failure);
  }

  #failed(cause?: unknown): HeadframeError {
    return new HeadframeError({
      code: 'internal',
      reason: 'challenge_prover_failed',
      message: 'the prover ended before its time',
      cause,
    });
  }
}
