import type { Clock } from '../../common/model/clock.js';
import type { PullPolicy } from '../../common/model/miner.js';
import { Lane } from '../runtime/lane.js';
import { runtimeError } from '../runtime/runtime-error.js';
import { Flights } from './flights.js';
import type { ProgressListener, Underway } from './flights.js';
import type { ImageEngine } from './image-engine.js';
import { PullProgress } from './pull-progress.js';
import { isImageId, withTag } from './reference.js';

/** How a puller behaves. */
export interface PullerOptions {
  /** Images pulled at once; default 3. */
  readonly concurrency?: number;
  /** A pull without a word for this long goes on, but lets another begin in its place; default 10,000 ms. */
  readonly quietMs?: number;
  /** A pull without a word for this long has failed; default 300,000 ms. */
  readonly stallMs?: number;
}

/** People see no more than ten changes a second. */
const PROGRESS_EVERY_MS = 100;

/** Many instances of one image come at once; an image that was there a moment ago is taken to be there still. */
const SEEN_FOR_MS = 5_000;
const MOST_SEEN = 1_000;

/** What a pull under way tells, what ends it, and how it gives up its place. */
interface Passage extends Underway {
  readonly leave: () => void;
}

/** Makes images present. However many ask for one image, it is pulled once; it goes on until the last of them gives up. */
export class ImagePuller {
  readonly #engine: ImageEngine;
  readonly #clock: Clock;
  readonly #lane: Lane;
  readonly #quietMs: number;
  readonly #stallMs: number;
  readonly #seenUntilMs = new Map<string, number>();
  readonly #flights = new Flights();

  constructor(engine: ImageEngine, clock: Clock, options: PullerOptions = {}) {
    this.#engine = engine;
    this.#clock = clock;
    this.#lane = new Lane(options.concurrency ?? 3);
    this.#quietMs = options.quietMs ?? 10_000;
    this.#stallMs = options.stallMs ?? 300_000;
  }

  /**
   * Makes the image present as the policy says; one that is local needs no registry unless the policy is `always`.
   * @throws HeadframeError `image_not_found`, `image_invalid`, `image_pull_failed` or `disk_full`
   */
  async ensure(image: string, policy: PullPolicy, listener: ProgressListener, signal: AbortSignal): Promise<void> {
    const byId = isImageId(image);
    if (policy !== 'always' || byId) {
      if (await this.#isPresent(image, signal)) return;
      if (policy === 'never' || byId) throw runtimeError('image_not_found', `${image} is not on this host`);
    }
    await this.#join(withTag(image), listener, signal);
  }

  /** Drops what was seen of an image, as when a container could not be made of it. */
  forget(image: string): void {
    this.#seenUntilMs.delete(image);
  }

  async #isPresent(image: string, signal: AbortSignal): Promise<boolean> {
    if (this.#clock.monotonicMs() < (this.#seenUntilMs.get(image) ?? 0)) return true;
    this.#seenUntilMs.delete(image);
    if ((await this.#engine.find(image, signal)) === undefined) return false;
    if (this.#seenUntilMs.size >= MOST_SEEN) this.#seenUntilMs.clear();
    this.#seenUntilMs.set(image, this.#clock.monotonicMs() + SEEN_FOR_MS);
    return true;
  }

  #join(reference: string, listener: ProgressListener, signal: AbortSignal): Promise<void> {
    return this.#flights.join(reference, listener, signal, (underway) =>
      this.#lane.run(underway.controller.signal, (leave) => this.#pull(reference, { ...underway, leave })),
    );
  }

  async #pull(reference: string, { listeners, controller, leave }: Passage): Promise<void> {
    const progress = new PullProgress();
    let quietUntilMs = 0;
    let stopWatch = this.#watchSilence(reference, controller, leave);
    try {
      for await (const message of this.#engine.pull(reference, controller.signal)) {
        stopWatch();
        stopWatch = this.#watchSilence(reference, controller, leave);
        const sum = progress.add(message);
        if (this.#clock.monotonicMs() < quietUntilMs) continue;
        quietUntilMs = this.#clock.monotonicMs() + PROGRESS_EVERY_MS;
        for (const listener of listeners) listener(sum);
      }
    } finally {
      stopWatch();
    }
  }

  /** A registry that keeps silent holds up its own image alone. */
  #watchSilence(reference: string, controller: AbortController, leave: () => void): () => void {
    const cancels = [
      this.#clock.setTimer(leave, this.#quietMs),
      this.#clock.setTimer(() => {
        controller.abort(runtimeError('image_pull_failed', `the pull of ${reference} stands still`));
      }, this.#stallMs),
    ];
    return () => {
      for (const cancel of cancels) cancel();
    };
  }
}
