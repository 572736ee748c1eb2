import type { Clock } from '../../common/model/clock.js';
import { familiarName } from '../images/index.js';
import type { RuntimeStorage, StoredImage } from '../runtime/storage.js';
import type { AgentState } from '../state/agent-state.js';
import type { ImageLedger } from '../state/image-ledger.js';
import type { KnownImage } from './plan.js';

/** The parts a census works with. */
export interface CensusParts {
  readonly storage: Pick<RuntimeStorage, 'findImage' | 'images'>;
  readonly ledger: ImageLedger;
  readonly state: Pick<AgentState, 'held' | 'record'>;
  readonly clock: Clock;
}

/** Counts the images of the host and what each is for; notes in the ledger which are used now. */
export class ImageCensus {
  readonly #parts: CensusParts;

  constructor(parts: CensusParts) {
    this.#parts = parts;
  }

  /** Every image with what is known of it. Rejects when the engine does not tell, for then nothing is known. */
  async take(signal: AbortSignal): Promise<KnownImage[]> {
    const { storage, ledger, clock } = this.#parts;
    const images = await storage.images(signal);
    const needed = await this.#neededIds(signal);
    const nowMs = clock.nowMs();
    ledger.keepOnly(new Set(images.map(({ id }) => id)));
    return images.map((image) => {
      const isNeeded = needed.has(image.id);
      // One that is seen for the first time counts as used now: how long it lay unused nobody knows.
      if (isNeeded || image.inUse || ledger.entry(image.id) === undefined) ledger.noteUsed(image.id, nowMs);
      const entry = ledger.entry(image.id);
      const lastUsedMs = entry?.lastUsedMs ?? nowMs;
      return { ...image, brought: isBrought(image, entry), needed: isNeeded, lastUsedMs };
    });
  }

  /** Asked after the images were listed: one that is pulled meanwhile is not among them. */
  async #neededIds(signal: AbortSignal): Promise<Set<string>> {
    const { state, storage } = this.#parts;
    const live = state.held.assignments.filter(({ serial }) => state.record(serial)?.end === undefined);
    const references = new Set(live.map(({ workload }) => workload.container.image));
    const ids = await Promise.all([...references].map((reference) => storage.findImage(reference, signal)));
    return new Set(ids.filter((id) => id !== undefined));
  }
}

/** An image that somebody has given a name of his own is not only Headframe's any more. */
function isBrought(image: StoredImage, entry: ReturnType<ImageLedger['entry']>): boolean {
  if (image.built && entry === undefined) return true;
  if (entry?.brought !== true && !image.built) return false;
  const ours = new Set((entry?.references ?? []).map(familiarName));
  return image.tags.every((tag) => ours.has(familiarName(tag)));
}
