import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Clock } from '../../../../common/model/clock.js';
import type { PlotRegistry } from './plot-registry.js';

const LOOK_EVERY_MS = 60_000;
/** Changes come in many at once. */
const SETTLE_MS = 500;

/** Has a registry look again soon after something changed in one of its folders, and each minute, until the signal is aborted. */
export async function watchFolders(
  registry: Pick<PlotRegistry, 'look' | 'folders'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const watchers = new Map<string, FSWatcher>();
  const change = new Change();
  const hear = (): void => change.note();
  signal.addEventListener('abort', hear);
  try {
    while (!signal.aborted) {
      arm(registry, watchers, hear);
      await change.wait(clock);
      if (change.isThere) await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
      change.clear();
      if (!isAborted(signal)) await registry.look();
    }
  } finally {
    signal.removeEventListener('abort', hear);
    for (const watcher of watchers.values()) watcher.close();
  }
}

/** Whether something changed since it was looked at. */
class Change {
  isThere = false;
  #wake: () => void = () => undefined;

  note(): void {
    this.isThere = true;
    this.#wake();
  }

  clear(): void {
    this.isThere = false;
  }

  /** Until something changes, a minute at most; not at all where it did already. */
  async wait(clock: Clock): Promise<void> {
    if (this.isThere) return;
    await new Promise<void>((settle) => {
      const cancel = clock.setTimer(settle, LOOK_EVERY_MS);
      this.#wake = () => {
        cancel();
        settle();
      };
    });
  }
}

/** Asked anew after waiting, which the compiler does not see. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Watches the folders that are there and not yet watched; what cannot be watched is looked at each minute. */
function arm({ folders }: Pick<PlotRegistry, 'folders'>, watchers: Map<string, FSWatcher>, change: () => void): void {
  for (const { folder, status } of folders) {
    if (status === 'well' && watchers.has(folder)) continue;
    watchers.get(folder)?.close();
    watchers.delete(folder);
    if (status === 'well') start(folder, watchers, change);
  }
}

function start(folder: string, watchers: Map<string, FSWatcher>, change: () => void): void {
  try {
    // A plot in the making changes its own files all the time.
    const watcher = watch(folder, (_, name) => {
      if (name === null || /\.plot(\.cache)?$/.test(name)) change();
    });
    watchers.set(folder, watcher);
    watcher.on('error', () => {
      watcher.close();
      watchers.delete(folder);
    });
  } catch {
    // Such as no watches left: the minute's look does it.
  }
}
