import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import type { Logger } from '../../../../common/observe/logger.js';
import type { HostTeller } from '../../../host/health-board.js';
import { programBeside } from '../../../../common/service/start-thread.js';
import type { FromPlotProcess, PlotAsk, PlotProcessOptions, PlotsAnswer, ToPlotProcess } from './plot-word.js';

/** What a desk works with. */
export interface PlotDeskParts {
  readonly options: PlotProcessOptions;
  readonly teller: Pick<HostTeller, 'note'>;
  /** All folders of plots, at first and when something of them changed. */
  readonly onFolders: (folders: readonly ReportedPlotFolder[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the process, once it is told to end; 10 s by default. */
  readonly endWithinMs?: number;
}

interface Waiting {
  readonly resolve: (answer: PlotsAnswer) => void;
  readonly reject: (error: HeadframeError) => void;
}

const [FIRST_DELAY_MS, LONGEST_DELAY_MS] = [1_000, 60_000];
/** A process that ran for so long was well: the next one is started soon. */
const WELL_MS = 60_000;
/** Most asks at once. */
const MOST_ASKS = 64;
const ASK_TIMEOUT_MS = 60_000;
const END_WITHIN_MS = 10_000;
/** A process that a disk holds in the kernel goes when the disk answers, and is not waited for. */
const KILLED_WITHIN_MS = 1_000;

/** Keeps the process of a host's plots running, and asks it. */
export class PlotDesk {
  readonly #parts: PlotDeskParts;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #asked = 0;

  constructor(parts: PlotDeskParts) {
    this.#parts = parts;
  }

  /** Runs the process until the signal, and starts it again when it ends; the jobs that it had go on. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    let delayMs = FIRST_DELAY_MS;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const how = await this.#runOnce(signal);
      if (isAborted(signal)) return;
      if (clock.monotonicMs() - startedMs > WELL_MS) delayMs = FIRST_DELAY_MS;
      logger.error({ how, againInMs: delayMs }, 'the process of plots ended');
      await clock.sleep(delayMs, signal).catch(() => undefined);
      delayMs = Math.min(LONGEST_DELAY_MS, 2 * delayMs);
    }
  }

  /** What the process answers. Throws `HeadframeError` with what it refuses, and unavailable ('plots_process_failed'). */
  async ask(ask: PlotAsk): Promise<PlotsAnswer> {
    if (this.#child?.connected !== true || this.#waiting.size >= MOST_ASKS) throw failed('it is being started');
    this.#asked += 1;
    const id = this.#asked;
    let cancel: () => void = () => undefined;
    const answer = new Promise<PlotsAnswer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      cancel = this.#parts.clock.setTimer(() => reject(failed('it does not answer')), ASK_TIMEOUT_MS);
    });
    this.#send({ id, ask });
    return await answer.finally(() => {
      cancel();
      this.#waiting.delete(id);
    });
  }

  async #runOnce(signal: AbortSignal): Promise<string> {
    const { options } = this.#parts;
    const child = spawn(process.execPath, [...programBeside('./plot-process', import.meta.url)], {
      // Neither secrets nor settings of the agent's. A mount that hangs holds a thread of the pool: there are some more.
      env: { UV_THREADPOOL_SIZE: String(4 + options.folders.length) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    const { clock, endWithinMs = END_WITHIN_MS } = this.#parts;
    const parting = new Parting(child, clock, endWithinMs);
    const leave = (): void => parting.begin();
    signal.addEventListener('abort', leave, { once: true });
    child.on('message', (word: FromPlotProcess) => this.#hear(word));
    // What cannot be sent is not answered, and the end of the process is told below.
    child.on('error', () => undefined);
    this.#send({ options });
    if (signal.aborted) leave();
    const how = await Promise.race([endOf(child), parting.givenUp]);
    parting.cancel();
    signal.removeEventListener('abort', leave);
    for (const { reject } of this.#waiting.values()) reject(failed(how));
    return how;
  }

  #send(word: ToPlotProcess): void {
    // Whoever waits for the answer hears of the end of the process.
    this.#child?.send(word, () => undefined);
  }

  #hear(word: FromPlotProcess): void {
    if ('reported' in word) {
      this.#parts.onFolders(word.reported);
      return;
    }
    if ('note' in word) {
      this.#parts.teller.note(word.note.reason, word.note.text);
      return;
    }
    const waiting = this.#waiting.get(word.id);
    if ('answer' in word) waiting?.resolve(word.answer);
    else waiting?.reject(new HeadframeError(word.error));
  }
}

/** Has a process end, by a kill if it takes too long, and gives up waiting for one that a disk holds in the kernel. */
class Parting {
  readonly givenUp: Promise<string>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #endWithinMs: number;
  #giveUp: (how: string) => void = () => undefined;
  #cancel: () => void = () => undefined;

  constructor(child: ChildProcess, clock: Clock, endWithinMs: number) {
    this.#child = child;
    this.#clock = clock;
    this.#endWithinMs = endWithinMs;
    this.givenUp = new Promise((settle) => (this.#giveUp = settle));
  }

  begin(): void {
    // Without the channel it puts on stable storage what it made, and ends.
    if (this.#child.connected) this.#child.disconnect();
    this.#cancel = this.#clock.setTimer(() => this.#kill(), this.#endWithinMs);
  }

  cancel(): void {
    this.#cancel();
  }

  #kill(): void {
    this.#child.kill('SIGKILL');
    this.#child.unref();
    this.#cancel = this.#clock.setTimer(() => this.#giveUp('a disk holds it'), KILLED_WITHIN_MS);
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((settle) => {
    child.once('exit', (code, signal) => settle(signal ?? `code ${String(code)}`));
    child.once('error', (error) => {
      // One that was never started has no end either.
      if (child.pid === undefined) settle(error.message);
    });
  });
}

/** Asked anew after waiting, which the compiler does not see. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function failed(why: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'plots_process_failed',
    message: `the process of this host's plots cannot be asked: ${why}`,
    remedy: 'Try again in a moment.',
  });
}
