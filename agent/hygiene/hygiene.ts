import { statfs } from 'node:fs/promises';
import type { Clock } from '../../common/model/clock.js';
import { formatBytes } from '../../common/model/units.js';
import type { Logger } from '../../common/observe/logger.js';
import type { HostTeller } from '../host/health-board.js';
import type { Runtime } from '../runtime/runtime.js';
import type { RuntimeStorage, StoredImage } from '../runtime/storage.js';
import type { AgentState } from '../state/agent-state.js';
import type { ImageLedger } from '../state/image-ledger.js';
import { ImageCensus } from './image-census.js';
import { isRemovable, planHygiene } from './plan.js';
import type { EndedInstance, HygieneOptions, HygieneStep } from './plan.js';
import { lackingBytes } from './pressure.js';
import type { DiskRoom, PressureOptions } from './pressure.js';

/** How hygiene is kept; times in milliseconds. */
export interface HygieneSettings extends HygieneOptions {
  readonly interval: number;
  readonly disk: PressureOptions;
}

/** The parts the loop works with. */
export interface HygieneParts {
  readonly runtime: Pick<Runtime, 'info' | 'list' | 'remove'>;
  readonly storage: RuntimeStorage;
  readonly ledger: ImageLedger;
  readonly state: Pick<AgentState, 'held' | 'record'>;
  /** A folder of the agent, whose disk counts, too. */
  readonly dataDir: string;
  readonly teller: HostTeller;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Under pressure the disk is measured again this soon. */
const PRESSED_INTERVAL_MS = 5_000;

/**
 * Clears away what lies about on the host. Nothing goes that is in use: each image is looked at once more in the moment
 * before it goes, no removal is forced, and of instances only those go that have ended for good.
 */
export class Hygiene {
  readonly #parts: HygieneParts;
  readonly #settings: HygieneSettings;
  readonly #census: ImageCensus;
  #isPressed = false;
  #toldLogs = false;

  constructor(parts: HygieneParts, settings: HygieneSettings) {
    this.#parts = parts;
    this.#settings = settings;
    this.#census = new ImageCensus(parts);
  }

  /** Looks and clears away again and again until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const { interval } = this.#settings;
      const pauseMs = this.#isPressed ? Math.min(interval, PRESSED_INTERVAL_MS) : interval;
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      if (ended()) return;
      await this.pass(signal).catch((error: unknown) => {
        if (!ended()) logger.warn({ err: error }, 'what lies about on this host could not be cleared away');
      });
    }
  }

  /** Looks once and clears away. Rejects when the engine does not answer. */
  async pass(signal: AbortSignal): Promise<void> {
    const { storage, ledger, clock, logger } = this.#parts;
    const lacking = await this.#measureDisk(signal);
    if (lacking > 0) await this.#clearCache();
    const ended = await this.#endedInstances(signal);
    const logs = await storage.logs(signal);
    if (logs === undefined && !this.#toldLogs)
      logger.warn('the logs of the container engine cannot be measured: the agent may not read its folder');
    this.#toldLogs ||= logs === undefined;
    const images = await this.#census.take(signal);
    const nowMs = clock.nowMs();
    const steps = planHygiene({ images, ended, logs, lackingBytes: lacking, nowMs, options: this.#settings });
    for (const step of steps) await this.#do(step, signal);
    await ledger.save();
  }

  async #measureDisk(signal: AbortSignal): Promise<number> {
    const { runtime, dataDir, teller } = this.#parts;
    const { disk } = this.#settings;
    // An engine that does not answer must not hide that the agent's own disk is full.
    const info = await runtime.info(signal).catch(() => undefined);
    const folders = [dataDir, info?.dataRoot ?? ''].filter((folder) => folder !== '');
    const rooms = await Promise.all(folders.map(roomOf));
    const lacking = rooms.map((room) => (room ? lackingBytes(room, disk, this.#isPressed) : 0));
    const most = Math.max(0, ...lacking);
    this.#isPressed = most > 0;
    const at = lacking.indexOf(most);
    if (most === 0) teller.clear('disk_pressure');
    else teller.raise('disk_pressure', `${formatBytes(rooms[at]?.freeBytes ?? 0)} are free at ${folders[at] ?? ''}`);
    return most;
  }

  /** It can be had again as images can, and only makes builds quicker. */
  async #clearCache(): Promise<void> {
    const { storage, logger } = this.#parts;
    try {
      if ((await storage.clearCache?.()) !== true) return;
      logger.info({ cause: 'disk_pressure' }, 'what builds had left in the cache of BuildKit was cleared');
    } catch (error) {
      logger.warn({ err: error }, 'what builds left in the cache of BuildKit could not be cleared');
    }
  }

  async #endedInstances(signal: AbortSignal): Promise<EndedInstance[]> {
    const listed = await this.#parts.runtime.list(signal);
    return listed
      .filter(({ serial, status }) => status === 'exited' && this.#isOver(serial))
      .map(({ serial, finishedAtMs }) => ({ serial, endedAtMs: finishedAtMs }));
  }

  /** Ended for good: the coordinator keeps it for its logs alone, or is about to. */
  #isOver(serial: number): boolean {
    const { state } = this.#parts;
    return state.held.retained.includes(serial) || state.record(serial)?.end !== undefined;
  }

  async #do(step: HygieneStep, signal: AbortSignal): Promise<void> {
    const { runtime, storage } = this.#parts;
    switch (step.kind) {
      case 'removeImage':
        await this.#removeImage(step.image, step.cause, signal);
        return;
      case 'removeLog':
        await storage.removeLog(step.log);
        this.#tell('logs_trimmed', `${formatBytes(step.log.bytes)} of instance ${String(step.log.serial)}`, step.cause);
        return;
      case 'removeEnded':
        if (!this.#isOver(step.serial)) return;
        await runtime.remove(step.serial, signal);
        this.#tell('ended_removed', `instance ${String(step.serial)}`, step.cause);
        return;
    }
  }

  /** Looks at all there is once more: since the plan was made an assignment may have come or a container been made. */
  async #removeImage({ id }: StoredImage, cause: string, signal: AbortSignal): Promise<void> {
    const { storage, clock } = this.#parts;
    const image = (await this.#census.take(signal)).find((one) => one.id === id);
    if (image === undefined || !isRemovable(image, this.#settings, clock.nowMs())) return;
    if (!(await storage.removeImage(image, signal))) return;
    this.#tell('image_removed', `${image.tags[0] ?? image.digests[0] ?? id}, ${formatBytes(image.bytes)}`, cause);
  }

  #tell(reason: 'image_removed' | 'ended_removed' | 'logs_trimmed', what: string, cause: string): void {
    const text = `${what}: ${cause.replaceAll('_', ' ')}`;
    this.#parts.teller.note(reason, text);
    this.#parts.logger.info({ reason, cause }, text);
  }
}

/** Undefined where it cannot be measured, as for an engine on another machine. */
async function roomOf(folder: string): Promise<DiskRoom | undefined> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  } catch {
    return undefined;
  }
}
