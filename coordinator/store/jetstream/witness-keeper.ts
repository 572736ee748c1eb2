import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { WriteRefusal } from './write-refusal.js';
import { decodeWitness, encodeWitness } from './witness.js';
import type { WitnessPlace, Witnessed } from './witness.js';

/** What a keeper works with. */
export interface WitnessKeeperParts {
  readonly place: WitnessPlace;
  readonly clock: Pick<Clock, 'nowMs' | 'bootMs' | 'setTimer' | 'sleep'>;
  readonly logger: Logger;
  /** Asked right before each write. */
  readonly refusal: WriteRefusal;
  /** After how long servers have surely written what they have acknowledged, in milliseconds. */
  readonly syncMs: () => number;
}

/** An end of the journal that is stored, and since when. */
interface Stored {
  readonly end: Omit<Witnessed, 'atMs'>;
  readonly sinceMs: number;
}

/** What a cut may take unnoticed, in milliseconds; a write of a small value this often is nothing to the servers. */
const PERIOD_MS = 2_000;
/** Ends that are not surely written yet, at least this far from each other, in milliseconds. */
const APART_MS = 1_000;
/** Who ends waits for the last note so long at the most, in milliseconds. */
const LAST_MS = 2_000;

/**
 * Notes how far a journal goes apart from it, soon after it has grown, but at most every two seconds. It never goes ahead of what is
 * acknowledged and surely written, so that a note is no more than what must be there; commits do not wait for it.
 */
export class WitnessKeeper {
  readonly #parts: WitnessKeeperParts;
  #revision: number;
  #epoch: number;
  #stored: Stored[] = [];
  #writing: Promise<void> | undefined;
  #notBeforeMs = 0;
  #cancel: (() => void) | undefined;
  #isOver = false;

  /** Goes on from what stands there at `revision`, 0 for nothing, for who leads in that epoch. */
  constructor(parts: WitnessKeeperParts, at: { readonly revision: number; readonly epoch: number }) {
    this.#parts = parts;
    this.#revision = at.revision;
    this.#epoch = at.epoch;
  }

  /** Takes note that the journal is stored up to there. */
  note(end: Omit<Witnessed, 'atMs'>): void {
    const sinceMs = this.#parts.clock.bootMs();
    // Of ends that are close to each other the later takes the place of the earlier, but never of one that is nearly written.
    const before = this.#stored.at(-2);
    if (before !== undefined && sinceMs - before.sinceMs < APART_MS) this.#stored.pop();
    this.#stored.push({ end, sinceMs });
    this.#plan();
  }

  /** Writes what there is to write; resolves within seconds, whatever becomes of it. */
  async close(): Promise<void> {
    this.#cancel?.();
    const over = new AbortController();
    const late = this.#parts.clock.sleep(LAST_MS, over.signal).catch(() => undefined);
    const last = async (): Promise<void> => {
      await this.#writing;
      await this.#write();
    };
    await Promise.race([last(), late]);
    over.abort();
    this.#isOver = true;
    this.#cancel?.();
  }

  #plan(): void {
    const [first] = this.#stored;
    if (first === undefined || this.#isOver || this.#writing !== undefined) return;
    const { clock, syncMs } = this.#parts;
    const atMs = Math.max(this.#notBeforeMs, first.sinceMs + syncMs());
    this.#cancel?.();
    this.#cancel = clock.setTimer(() => {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
        this.#plan();
      });
    }, atMs - clock.bootMs());
  }

  /** Never throws: the journal has everything, and what is noted later does as well. */
  async #write(): Promise<void> {
    const { clock, refusal, place, logger } = this.#parts;
    const ripe = this.#ripe();
    this.#notBeforeMs = clock.bootMs() + PERIOD_MS;
    if (ripe === undefined || refusal() !== undefined) return;
    try {
      const text = encodeWitness({ ...ripe.end, atMs: clock.nowMs() });
      const written = await place.replace(text, this.#revision);
      if (written === undefined) {
        await this.#meet();
        return;
      }
      this.#revision = written;
      this.#stored = this.#stored.filter(({ sinceMs }) => sinceMs > ripe.sinceMs);
    } catch (thrown) {
      logger.debug({ err: thrown }, 'how far the journal goes could not be noted');
    }
  }

  /** The newest end that is surely written. */
  #ripe(): Stored | undefined {
    const ripeMs = this.#parts.clock.bootMs() - this.#parts.syncMs();
    return this.#stored.findLast(({ sinceMs }) => sinceMs <= ripeMs);
  }

  /** Another has written: of a later epoch, which is the end of this one, or of an earlier, whose turn is over. */
  async #meet(): Promise<void> {
    const found = await this.#parts.place.read();
    if (((found && decodeWitness(found.text))?.epoch ?? 0) > this.#epoch) this.#isOver = true;
    this.#revision = found?.revision ?? 0;
  }
}
