import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../../../../common/model/clock.js';
import { TreeFolder } from '../format/merkle.js';
import type { FolderState } from '../format/merkle.js';
import { chunkAt, chunkCount, chunkLevel, keptLevels } from './plot-plan.js';
import type { PlotPlan } from './plot-plan.js';
import { cacheLayout } from '../format/cache-file.js';
import { LEAF_BYTES } from '../format/leaf.js';

/** How far a plot is. */
export interface PlotProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Since this run began; 0 before the first chunk is written. */
  readonly bytesPerS: number;
  /** Infinity before the first chunk is written. */
  readonly leftS: number;
}

/** Makes one chunk somewhere; several at once. */
export interface ChunkThread {
  make(index: number): Promise<Buffer>;
}

/** What a plot is made with. */
export interface MakingParts {
  readonly plan: PlotPlan;
  readonly clock: Clock;
  /** Ends the making after the chunks at hand. */
  readonly signal: AbortSignal;
  /** Bytes of plot a second at most; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Puts what was written on stable storage, and the record after it. */
  readonly checkpoint: (state: FolderState) => Promise<void>;
  /** Gives back the room of what was written behind so many chunks: a full disk has none for the record else. */
  readonly cut: (chunks: number) => Promise<void>;
  readonly onProgress: (progress: PlotProgress) => void;
  /** Absent where nothing is kept beside the plot. */
  readonly cache: FileHandle | undefined;
}

/** A kill costs what was made since. */
const CHECKPOINT_MS = 10_000;

/** Hands chunks to threads, takes their nodes in order, and says from time to time how far that is on stable storage. */
export class PlotMaking {
  readonly #parts: MakingParts;
  readonly #folder: TreeFolder;
  readonly #waiting = new Map<number, Buffer>();
  readonly #kept: Promise<unknown>[] = [];
  readonly #startedMs: number;
  readonly #from: number;
  #next: number;
  #checkpointMs: number;
  #saving: Promise<void> | undefined;

  /** Goes on from `state`, if there is one. */
  constructor(parts: MakingParts, state: FolderState | undefined) {
    this.#parts = parts;
    const { leafCount } = parts.plan;
    this.#folder = new TreeFolder(leafCount, chunkLevel(leafCount), (level, index, node) =>
      this.#keep(level, index, node),
    );
    if (state !== undefined) this.#folder.restore(state);
    this.#from = this.#folder.taken;
    this.#next = this.#from;
    this.#startedMs = parts.clock.monotonicMs();
    this.#checkpointMs = this.#startedMs;
  }

  /** Runs until all chunks are made, or throws: what a thread throws, or the reason of the signal. What is done is recorded either way. */
  async run(threads: readonly ChunkThread[]): Promise<Buffer> {
    const ends = await Promise.allSettled(threads.map((thread) => this.#serve(thread)));
    await this.#saving;
    await Promise.all(this.#kept);
    const { root } = this.#folder;
    if (root !== undefined) return root;
    if (this.#folder.taken > this.#from) {
      await this.#parts.cut(this.#folder.taken);
      await this.#parts.checkpoint(this.#folder.state);
    }
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    this.#parts.signal.throwIfAborted();
    throw new RangeError('a plot was left before its end');
  }

  async #serve(thread: ChunkThread): Promise<void> {
    try {
      for (let index = this.#take(); index !== undefined; index = this.#take()) {
        await this.#pace(index);
        this.#collect(index, await thread.make(index));
        await this.#saveIfDue();
      }
    } catch (error) {
      // The others end after the chunk at hand.
      this.#next = Infinity;
      throw error;
    }
  }

  #take(): number | undefined {
    if (this.#parts.signal.aborted || this.#next >= chunkCount(this.#parts.plan.leafCount)) return undefined;
    return this.#next++;
  }

  async #pace(index: number): Promise<void> {
    const { plan, clock, bytesPerSecond, signal } = this.#parts;
    const bytes = chunkAt(plan.leafCount, index).position - chunkAt(plan.leafCount, this.#from).position;
    const waitMs = this.#startedMs + (1000 * bytes) / bytesPerSecond - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  }

  #collect(index: number, root: Buffer): void {
    this.#waiting.set(index, root);
    for (let at = this.#folder.taken, node = this.#waiting.get(at); node !== undefined; node = this.#waiting.get(at)) {
      this.#waiting.delete(at);
      this.#folder.add(node);
      at += 1;
    }
    this.#tell();
  }

  #tell(): void {
    const { plan, clock, onProgress } = this.#parts;
    const [made, all] = [this.#folder.taken, chunkCount(plan.leafCount)];
    const bytesOf = (chunks: number): number =>
      (chunks === all ? plan.leafCount : chunkAt(plan.leafCount, chunks).first) * LEAF_BYTES;
    const totalBytes = plan.leafCount * LEAF_BYTES;
    const seconds = (clock.monotonicMs() - this.#startedMs) / 1000;
    const bytesPerS = seconds > 0 ? (bytesOf(made) - bytesOf(this.#from)) / seconds : 0;
    const leftS = bytesPerS > 0 ? (totalBytes - bytesOf(made)) / bytesPerS : Infinity;
    onProgress({ doneBytes: bytesOf(made), totalBytes, bytesPerS, leftS });
  }

  async #saveIfDue(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#folder.root !== undefined || nowMs - this.#checkpointMs < CHECKPOINT_MS) return;
    this.#checkpointMs = nowMs;
    this.#saving = this.#parts.checkpoint(this.#folder.state);
    await this.#saving;
  }

  #keep(level: number, index: number, node: Buffer): void {
    const { plan, cache } = this.#parts;
    const kept = keptLevels(plan);
    if (kept === undefined || cache === undefined || level < kept.first || level > kept.last) return;
    const start = cacheLayout(plan.leafCount, kept).starts.get(level) ?? 0;
    this.#kept.push(cache.write(node, 0, node.length, start + index * LEAF_BYTES));
  }
}
