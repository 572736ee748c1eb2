import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import { isOver, keptJobs, readJobs, writeJobs } from './job-file.js';
import type { PlotJob, PlotNote } from './plot-word.js';

/** How far a job is. */
export interface JobProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly bytesPerS: number;
  /** Infinity while that is not known. */
  readonly leftS: number;
}

/** Does a job; resolves when it is done, rejects with why it failed, or with the signal's reason. */
export type JobWorker = (
  job: PlotJob,
  onProgress: (progress: JobProgress) => void,
  signal: AbortSignal,
) => Promise<void>;

/** What jobs work with. */
export interface PlotJobsParts {
  /** Of the file that they are kept in. */
  readonly path: string;
  readonly work: JobWorker;
  /** Called when a job is over, or held up by its disk. */
  readonly onNote: (note: PlotNote) => void;
  readonly clock: Clock;
}

/** Reads the jobs of before. Throws what the disk throws. */
export async function openJobs(parts: PlotJobsParts): Promise<PlotJobs> {
  return new PlotJobs(parts, await readJobs(parts.path));
}

/** A disk that took nothing for so long is told of. */
const STALLED_MS = 60_000;

/** The jobs of a host: kept durably, one at a time, in the order in which they came; those that a kill ended are gone on with. */
export class PlotJobs {
  readonly #parts: PlotJobsParts;
  #jobs: readonly PlotJob[];
  #current: { readonly id: string; readonly stop: AbortController; readonly over: Promise<void> } | undefined;
  #wake: () => void = () => undefined;
  #saving: Promise<void> = Promise.resolve();

  /** `jobs` are those of before. */
  constructor(parts: PlotJobsParts, jobs: readonly PlotJob[]) {
    this.#parts = parts;
    this.#jobs = jobs;
  }

  /** In the order in which they came. */
  get all(): readonly PlotJob[] {
    return this.#jobs;
  }

  /** Takes a job; resolves once it is on stable storage. */
  async add(job: PlotJob): Promise<void> {
    this.#jobs = keptJobs([...this.#jobs, job]);
    try {
      await this.#save();
    } catch (error) {
      this.#jobs = this.#jobs.filter(({ id }) => id !== job.id);
      throw error;
    }
    this.#wake();
  }

  /** Ends a job, or forgets one that is over; resolves once nothing works on it any more. Undefined where none has that id. */
  async end(id: string): Promise<PlotJob | undefined> {
    const job = this.#jobs.find((one) => one.id === id);
    if (job === undefined) return undefined;
    const ended = isOver(job) ? job : { ...job, state: 'ended' as const, endedAtMs: this.#parts.clock.nowMs() };
    this.#jobs = isOver(job) ? this.#jobs.filter((one) => one.id !== id) : this.#replaced(id, ended);
    await this.#save();
    if (this.#current?.id === id) {
      this.#current.stop.abort(new Error('an operator ended it'));
      await this.#current.over;
    }
    return ended;
  }

  /** Has a job that failed done again, from where it was; resolves once that is on stable storage. Undefined where none has that id. */
  async retry(id: string): Promise<PlotJob | undefined> {
    const job = this.#find(id);
    if (job === undefined) return undefined;
    if (job.state !== 'failed') throw notFailed(job);
    const again: PlotJob = { ...job, state: 'waiting', reason: '', text: '', endedAtMs: 0 };
    this.#jobs = this.#replaced(id, again);
    await this.#save();
    this.#wake();
    return again;
  }

  /** Works until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#jobs.find((job) => !isOver(job));
      if (next === undefined) await this.#awaken(signal);
      else await this.#do(next, signal);
    }
  }

  #awaken(signal: AbortSignal): Promise<void> {
    return new Promise((settle) => {
      this.#wake = settle;
      signal.addEventListener('abort', () => settle(), { once: true });
    });
  }

  async #do(job: PlotJob, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const working = this.#work(job, AbortSignal.any([signal, stop.signal]));
    this.#current = { id: job.id, stop, over: working };
    await working;
    this.#current = undefined;
  }

  async #work({ id, path }: PlotJob, signal: AbortSignal): Promise<void> {
    const { clock, work, onNote } = this.#parts;
    const stall = this.#watchStall(id);
    const onProgress = ({ leftS, ...progress }: JobProgress): void => {
      stall.moved(progress.doneBytes);
      this.#change(id, { ...progress, leftS: Number.isFinite(leftS) ? Math.ceil(leftS) : undefined });
    };
    try {
      const job = this.#change(id, { state: 'running' });
      if (job === undefined) return;
      await work(job, onProgress, signal);
      const { totalBytes } = this.#find(id) ?? job;
      this.#change(id, { state: 'done', endedAtMs: clock.nowMs(), doneBytes: totalBytes, leftS: 0 });
      onNote({ reason: job.kind === 'make' ? 'plot_made' : 'plot_well', text: path });
    } catch (error) {
      // What ended it is no fault of the job: an operator has said so already, or the next run goes on.
      if (signal.aborted) return;
      const { reason, message } = toHeadframeError(error);
      this.#change(id, { state: 'failed', endedAtMs: clock.nowMs(), reason, text: message, leftS: undefined });
      onNote({ reason: 'plot_job_failed', text: `${path}: ${message}` });
    } finally {
      stall.end();
      // What cannot be written now is written with the next change; a job that is done twice does nothing.
      await this.#save().catch(() => undefined);
    }
  }

  /** Tells once when nothing moves for a minute, until something does. */
  #watchStall(id: string): { moved: (doneBytes: number) => void; end: () => void } {
    const { clock, onNote } = this.#parts;
    let [done, cancel] = [-1, (): void => undefined];
    const stalled = (): void => {
      const job = this.#change(id, {
        reason: 'plot_stalled',
        text: 'its disk has taken or given nothing for a minute',
      });
      if (job !== undefined) onNote({ reason: 'plot_stalled', text: job.path });
    };
    const moved = (doneBytes: number): void => {
      if (doneBytes === done) return;
      if (this.#find(id)?.reason === 'plot_stalled') this.#change(id, { reason: '', text: '' });
      done = doneBytes;
      cancel();
      cancel = clock.setTimer(stalled, STALLED_MS);
    };
    moved(0);
    return { moved, end: () => cancel() };
  }

  #find(id: string): PlotJob | undefined {
    return this.#jobs.find((job) => job.id === id);
  }

  /** Changes a job that is not over; undefined for one that is. */
  #change(id: string, change: Partial<PlotJob>): PlotJob | undefined {
    const job = this.#find(id);
    if (job === undefined || isOver(job)) return undefined;
    const next = { ...job, ...change };
    this.#jobs = this.#replaced(id, next);
    return next;
  }

  #replaced(id: string, next: PlotJob): readonly PlotJob[] {
    return this.#jobs.map((job) => (job.id === id ? next : job));
  }

  #save(): Promise<void> {
    const saving = this.#saving.then(() => writeJobs(this.#parts.path, this.#jobs));
    this.#saving = saving.catch(() => undefined);
    return saving;
  }
}

function notFailed({ id, state, path }: PlotJob): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'plot_job_not_failed',
    message: `the job ${id} with ${path} is ${state}`,
    remedy: 'Nothing to do while it waits or runs. For one that is over ask anew.',
  });
}

/** The error of an id that neither a plot nor a job has. */
export function unknownPlot(id: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'plot_not_found',
    message: `this host has no plot and no job ${JSON.stringify(id.slice(0, 80))}`,
    remedy: 'headframe plots ls shows all.',
  });
}
