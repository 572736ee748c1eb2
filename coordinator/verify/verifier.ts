import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { ProofFault } from './check/fault.js';
import type { VerifyJob } from './verify-job.js';

/** What came of looking at a proof. */
export interface Verified {
  readonly fault: ProofFault | undefined;
  /** How long the looking took. */
  readonly verifyMs: number;
}

/** Port: looks at proofs, one after the other, apart from what the coordinator does. */
export interface Verifier {
  /** Rejects with `HeadframeError` (resource_exhausted, unavailable; 'challenge_verifier_busy'). */
  verify(job: VerifyJob, signal: AbortSignal): Promise<Verified>;
  close(): void;
}

/** Proofs that wait; each holds up to some megabytes. */
const MOST_WAITING = 64;
/** Making the tag of a large memory again takes minutes. */
const JOB_MS = 1_800_000;
/** A process that nothing was asked of for so long is ended. */
const IDLE_MS = 60_000;
/** Argon2 calls of the verifier at once, and threads of a tag that is made again. */
const THREADS = 2;
/** The program's file is beside this one, compiled or not as this one is. */
const KIND = extname(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`./verify-process${KIND}`, import.meta.url));
const READER = KIND === '.ts' ? ['--import', 'tsx'] : [];

interface Waiting {
  readonly job: VerifyJob;
  readonly resolve: (verified: Verified) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Has proofs looked at in a process of its own. A worker thread would not do: Argon2 runs on libuv's threads, of which a
 * program has one pool, and the coordinator's own writes would wait behind it.
 */
export class VerifierProcess implements Verifier {
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #waiting: Waiting[] = [];
  #child: ChildProcess | undefined;
  #busy = false;
  #number = 0;
  #cancelIdle: () => void = () => undefined;
  #closed = false;

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock;
  }

  verify(job: VerifyJob, signal: AbortSignal): Promise<Verified> {
    if (this.#closed || this.#waiting.length >= MOST_WAITING)
      return Promise.reject(busy('too many proofs wait for it'));
    return new Promise((resolve, reject) => {
      const letGo = (): void => {
        signal.removeEventListener('abort', abort);
      };
      const waiting: Waiting = {
        job,
        resolve: (verified) => {
          letGo();
          resolve(verified);
        },
        reject: (error) => {
          letGo();
          reject(error);
        },
      };
      const abort = (): void => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason instanceof Error ? signal.reason : busy('it was given up'));
      };
      if (signal.aborted) {
        abort();
        return;
      }
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiting);
      void this.#work();
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelIdle();
    this.#child?.kill('SIGKILL');
    for (const { reject } of this.#waiting.splice(0)) reject(busy('the coordinator stops'));
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#cancelIdle();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      await this.#ask(next.job).then(next.resolve, next.reject);
    this.#busy = false;
    this.#cancelIdle = this.#clock.setTimer(() => {
      this.#end();
    }, IDLE_MS);
  }

  #ask(job: VerifyJob): Promise<Verified> {
    const child = (this.#child ??= this.#start());
    const number = (this.#number += 1);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        cancel();
        child.off('message', take).off('exit', refuse).off('error', refuse);
      };
      const take = (answer: unknown): void => {
        const verified = answer as Verified & { readonly number: number }; // the program sends nothing else
        if (verified.number !== number) return;
        settle();
        resolve({ fault: verified.fault, verifyMs: verified.verifyMs });
      };
      const refuse = (): void => {
        settle();
        this.#end();
        reject(busy('the program that looks at proofs ended'));
      };
      const cancel = this.#clock.setTimer(refuse, JOB_MS);
      child.on('message', take).once('exit', refuse).once('error', refuse);
      child.send({ number, job }, (error) => {
        if (error !== null) refuse();
      });
    });
  }

  #start(): ChildProcess {
    const child = fork(PROGRAM, {
      execArgv: READER,
      env: { UV_THREADPOOL_SIZE: String(THREADS) },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    // Nobody may be listening when one that is idle goes.
    child.on('error', () => undefined);
    return child;
  }

  #end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

function busy(why: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'challenge_verifier_busy',
    message: `the verifier cannot look at a proof: ${why}`,
    remedy: 'Ask for fewer challenges at once.',
  });
}
