import type { HttpSource, MetricReading } from '../../common/model/autoscale.js';
import type { Clock } from '../../common/model/clock.js';
import type { Assignment } from '../../common/model/workload.js';
import { reachablePort } from '../runtime/instance-port.js';
import { onAbort } from '../runtime/on-abort.js';
import type { ObservedInstance } from '../runtime/runtime.js';
import { fetchText } from './fetch-text.js';
import { readValue } from './read-value.js';

interface Followed {
  readonly assignment: Assignment;
  observed: ObservedInstance;
  readings: readonly MetricReading[] | undefined;
  readonly stop: AbortController;
}

/** An instance has this long to answer, in milliseconds. */
const LONGEST_WAIT_MS = 5000;

/**
 * Fetches what running instances serve for their autoscaling, each on its own beat, so that one that hangs delays itself
 * alone. What cannot be had is a reading too, with what is in the way.
 */
export class HttpReadings {
  readonly #clock: Clock;
  readonly #periodMs: () => number;
  readonly #followed = new Map<number, Followed>();

  /** `periodMs()` is the time between two fetches from an instance. */
  constructor(parts: { readonly clock: Clock; readonly periodMs: () => number }) {
    this.#clock = parts.clock;
    this.#periodMs = parts.periodMs;
  }

  /** Begins, goes on with, or ends the fetching from an instance as its container now stands. A new run begins anew. */
  follow(assignment: Assignment, observed: ObservedInstance | undefined): void {
    const { serial, workload } = assignment;
    const sources = workload.metrics;
    if (sources === undefined || observed?.status !== 'running') {
      this.forget(serial);
      return;
    }
    const known = this.#followed.get(serial);
    if (known?.observed.startedAtMs === observed.startedAtMs) {
      known.observed = observed;
      return;
    }
    this.forget(serial);
    const next: Followed = { assignment, observed, readings: undefined, stop: new AbortController() };
    this.#followed.set(serial, next);
    void this.#run(sources, next);
  }

  /** Ends the fetching from an instance. */
  forget(serial: number): void {
    this.#followed.get(serial)?.stop.abort();
    this.#followed.delete(serial);
  }

  /** The newest readings of an instance; undefined where there are none. */
  of(serial: number): readonly MetricReading[] | undefined {
    return this.#followed.get(serial)?.readings;
  }

  /** Ends all fetching. */
  close(): void {
    for (const serial of [...this.#followed.keys()]) this.forget(serial);
  }

  /** Never rejects: what fails is a reading. */
  async #run(sources: readonly HttpSource[], followed: Followed): Promise<void> {
    const { signal } = followed.stop;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const readings = await this.#readAll(sources, followed, signal);
      if (ended()) return;
      followed.readings = readings;
      await this.#clock.sleep(this.#periodMs(), signal).catch(() => undefined);
    }
  }

  /** One request for all values of a page. */
  async #readAll(sources: readonly HttpSource[], followed: Followed, signal: AbortSignal): Promise<MetricReading[]> {
    const pages = new Map<string, Promise<string | Error>>();
    const readings = sources.map(async (source): Promise<MetricReading> => {
      const key = `${String(source.port)}${source.path}`;
      const page = pages.get(key) ?? this.#fetch(source, followed, signal);
      pages.set(key, page);
      return readingOf(source, await page);
    });
    return Promise.all(readings);
  }

  async #fetch({ port, path }: HttpSource, followed: Followed, signal: AbortSignal): Promise<string | Error> {
    const { assignment, observed } = followed;
    // Node takes an empty address for this very machine, where somebody else may answer.
    if (observed.address === '') return new Error('the instance has no address that it could be asked at');
    const target = { host: observed.address, port: reachablePort(assignment, port), path };
    const deadline = new AbortController();
    const giveUp = (): void => {
      deadline.abort();
    };
    const letGo = onAbort(signal, giveUp);
    const cancelTimer = this.#clock.setTimer(giveUp, Math.min(LONGEST_WAIT_MS, this.#periodMs()));
    try {
      return await fetchText(target, deadline.signal);
    } catch (error) {
      if (deadline.signal.aborted) return new Error('no answer in time');
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      cancelTimer();
      letGo();
    }
  }
}

function readingOf({ name, select }: HttpSource, page: string | Error): MetricReading {
  if (page instanceof Error) return { name, value: undefined, why: page.message };
  const read = readValue(page, select);
  return 'value' in read ? { name, value: read.value, why: '' } : { name, value: undefined, why: read.why };
}
