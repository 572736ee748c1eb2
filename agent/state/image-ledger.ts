import { join } from 'node:path';
import { Low } from 'lowdb';
import { DurableJsonAdapter } from './durable-adapter.js';

/** What is known of an image. Times are unix milliseconds. */
export interface ImageEntry {
  /** Headframe pulled or built it. */
  readonly brought: boolean;
  /** References it was brought or named by. */
  readonly references: readonly string[];
  readonly lastUsedMs: number;
}

type Stored = Record<string, ImageEntry>;

/** More images than these are not remembered; what is forgotten is kept on the host. */
const MOST_IMAGES = 5_000;

/** Opens `<folder>/images.json`. One that cannot be read begins anew: then nothing counts as brought, and all is kept. */
export async function openImageLedger(folder: string): Promise<ImageLedger> {
  const adapter = new DurableJsonAdapter<Stored>(join(folder, 'images.json'));
  const stored = await adapter.read().catch(() => null);
  return new ImageLedger(new Low<Stored>(adapter, isLedger(stored) ? stored : {}));
}

/** Which images Headframe brought to the host, and when each was last used: the engine knows neither. */
export class ImageLedger {
  readonly #low: Low<Stored>;
  readonly #entries: Map<string, ImageEntry>;
  #isChanged = false;

  constructor(low: Low<Stored>) {
    this.#low = low;
    this.#entries = new Map(Object.entries(low.data));
  }

  entry(imageId: string): ImageEntry | undefined {
    return this.#entries.get(imageId);
  }

  /** Notes that Headframe pulled or built an image that was not there before. */
  noteBrought(imageId: string, reference: string, nowMs: number): void {
    const known = this.#entries.get(imageId);
    const references = [...new Set([...(known?.references ?? []), reference])];
    this.#set(imageId, { brought: true, references, lastUsedMs: nowMs });
  }

  /** Notes that an image is used or needed now, or seen for the first time. */
  noteUsed(imageId: string, nowMs: number): void {
    const known = this.#entries.get(imageId);
    this.#set(imageId, { brought: false, references: [], ...known, lastUsedMs: nowMs });
  }

  /** Forgets all images but these. */
  keepOnly(imageIds: ReadonlySet<string>): void {
    for (const id of this.#entries.keys())
      if (!imageIds.has(id)) this.#isChanged = this.#entries.delete(id) || this.#isChanged;
  }

  /** Writes what changed; rejects with the system's error. */
  async save(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    this.#low.data = Object.fromEntries(this.#entries);
    await this.#low.write();
  }

  #set(imageId: string, entry: ImageEntry): void {
    if (!this.#entries.has(imageId) && this.#entries.size >= MOST_IMAGES) return;
    this.#entries.set(imageId, entry);
    this.#isChanged = true;
  }
}

function isLedger(value: unknown): value is Stored {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every(
      (entry: unknown) =>
        typeof entry === 'object' &&
        entry !== null &&
        'brought' in entry &&
        typeof entry.brought === 'boolean' &&
        'references' in entry &&
        Array.isArray(entry.references) &&
        'lastUsedMs' in entry &&
        typeof entry.lastUsedMs === 'number',
    )
  );
}
