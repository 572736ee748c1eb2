import { randomUUID } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../../../../common/model/clock.js';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { HeadframeError } from '../../../../common/model/error.js';
import { encodePlotList } from '../format/plot-list.js';
import type { ListedPlot } from '../format/plot-list.js';
import { lookAt, lookInto } from './look.js';
import type { FolderLook, SeenPlot } from './look.js';
import { folderStates, matchPlots } from './match-plots.js';
import type { FolderState, PlotChange, RegisteredPlot } from './match-plots.js';
import { listedTime, readPlotList, writePlotList } from './plot-list-file.js';
import { stalledFolder } from './registry-errors.js';

/** Where plots are. */
export interface RegistryOptions {
  /** Plots stand directly in them. */
  readonly folders: readonly string[];
  /** Of plots_metadata.json. */
  readonly listPath: string;
}

/** What a registry tells its owner. */
export type RegistryReport =
  | { readonly kind: 'plot'; readonly change: PlotChange }
  | { readonly kind: 'folder'; readonly folder: FolderState }
  /** The list was damaged and stands under another name now. */
  | { readonly kind: 'list-damaged'; readonly path: string; readonly problem: HeadframeError }
  /** What was found is not written down: the disk of the list fails. */
  | { readonly kind: 'list-not-written'; readonly problem: HeadframeError };

/** What a registry works with. */
export interface RegistryTools {
  readonly clock: Clock;
  readonly report: (report: RegistryReport) => void;
  /** For looking into one folder; a disk that takes longer delays nobody and counts as unreadable until it answers. */
  readonly lookTimeoutMs?: number;
}

const LOOK_TIMEOUT_MS = 10_000;

/** Reads the list and looks into all folders once. Throws what the disk of the list throws. */
export async function openRegistry(options: RegistryOptions, tools: RegistryTools): Promise<PlotRegistry> {
  const listPath = resolve(options.listPath);
  const { plots, setAside } = await readPlotList(listPath, tools.clock.nowMs());
  if (setAside !== undefined) tools.report({ kind: 'list-damaged', ...setAside });
  const folders = [...new Set(options.folders.map((folder) => resolve(folder)))];
  const registry = new PlotRegistry({ folders, listPath }, tools, plots);
  await registry.look();
  return registry;
}

/** The plots of a host: what its list names and what its folders hold, kept in step, the disk being right. */
export class PlotRegistry {
  readonly #options: RegistryOptions;
  readonly #tools: RegistryTools;
  readonly #known = new Map<string, SeenPlot>();
  readonly #lookTimeoutMs: number;
  readonly #looking = new Map<string, Promise<unknown>>();
  #plots: readonly (ListedPlot | RegisteredPlot)[];
  #registered: readonly RegisteredPlot[] = [];
  #folders: readonly FolderState[] = [];
  #written: string;
  #turn: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(options: RegistryOptions, tools: RegistryTools, listed: readonly ListedPlot[]) {
    this.#options = options;
    this.#tools = tools;
    this.#lookTimeoutMs = tools.lookTimeoutMs ?? LOOK_TIMEOUT_MS;
    this.#plots = listed;
    this.#written = encodePlotList(listed);
  }

  /** All that are listed, in the order of the list; those that are not valid have a problem. */
  get plots(): readonly RegisteredPlot[] {
    return this.#registered;
  }

  get folders(): readonly FolderState[] {
    return this.#folders;
  }

  /** Looks again at everything; calls that come while a look has not begun share it. */
  look(): Promise<void> {
    this.#next ??= this.#queued(async () => {
      this.#next = undefined;
      await this.#look();
    });
    return this.#next;
  }

  /**
   * A check of all of a plot has found it well, or what is wrong with it: it counts as that until the next check, and until its file
   * is another or the process is.
   */
  async judge(filePath: string, problem: HeadframeError | undefined): Promise<void> {
    await this.#queued(async () => {
      const seen = this.#known.get(filePath);
      if (seen?.header !== undefined) this.#known.set(filePath, judged(seen, problem));
      await this.#look();
    });
  }

  /** Takes a plot off the list; undefined where none has that id. A later look finds it again if it still stands in one of the folders. */
  async remove(plotId: string): Promise<RegisteredPlot | undefined> {
    let found: RegisteredPlot | undefined;
    await this.#queued(async () => {
      found = this.#registered.find((plot) => plot.plotId === plotId);
      this.#plots = this.#registered = this.#registered.filter((plot) => plot.plotId !== plotId);
      await this.#write();
    });
    return found;
  }

  #queued(step: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #look(): Promise<void> {
    const { clock, report } = this.#tools;
    const looks = await Promise.all(this.#options.folders.map((folder) => this.#lookInto(folder)));
    const sights = { looks, strays: await this.#strays() };
    const entry = { newId: randomUUID, nowUtc: listedTime(clock.nowMs()) };
    const { plots, changes } = matchPlots(this.#plots, sights, entry);
    this.#remember(sights);
    this.#plots = this.#registered = plots;
    const before = new Map(this.#folders.map(({ folder, status }) => [folder, status]));
    this.#folders = folderStates(plots, looks);
    for (const folder of this.#folders) {
      if (folder.status !== (before.get(folder.folder) ?? 'well')) report({ kind: 'folder', folder });
    }
    for (const change of changes) report({ kind: 'plot', change });
    await this.#write();
  }

  #lookInto(folder: string): Promise<FolderLook> {
    const problem = stalledFolder(folder, this.#lookTimeoutMs);
    const late = { folder, status: 'unreadable', problem, device: undefined, plots: [] } as const;
    return this.#inTime(folder, () => lookInto(folder, this.#known), late);
  }

  /** Listed plots that stand in none of the folders. */
  async #strays(): Promise<Map<string, SeenPlot | undefined>> {
    const paths = this.#plots.map(({ filePath }) => filePath);
    const strays = paths.filter((path) => !this.#options.folders.includes(dirname(path)));
    const seen = strays.map(async (path) => {
      return [path, await this.#inTime(path, () => lookAt(path, this.#known), undefined)] as const;
    });
    return new Map(await Promise.all(seen));
  }

  /** What a look at a path gives, or `late`. A disk that hangs is asked once: until it answers, nothing more is asked of it. */
  async #inTime<T>(path: string, start: () => Promise<T>, late: T): Promise<T> {
    const looking = (this.#looking.get(path) as Promise<T> | undefined) ?? start(); // what stands under a path was started for it
    this.#looking.set(path, looking);
    void looking.then(
      () => this.#looking.delete(path),
      () => this.#looking.delete(path),
    );
    let cancel: () => void = () => undefined;
    const waited = new Promise<T>((settle) => {
      cancel = this.#tools.clock.setTimer(() => settle(late), this.#lookTimeoutMs);
    });
    return await Promise.race([looking, waited]).finally(() => cancel());
  }

  #remember({ looks, strays }: { looks: readonly FolderLook[]; strays: Map<string, SeenPlot | undefined> }): void {
    this.#known.clear();
    for (const plot of [...looks.flatMap(({ plots }) => plots), ...strays.values()]) {
      if (plot !== undefined) this.#known.set(plot.path, plot);
    }
  }

  async #write(): Promise<void> {
    const text = encodePlotList(this.#plots);
    if (text === this.#written) return;
    try {
      await writePlotList(this.#options.listPath, this.#plots);
      this.#written = text;
    } catch (error) {
      this.#tools.report({ kind: 'list-not-written', problem: toHeadframeError(error) });
    }
  }
}

function judged({ problem: _, ...seen }: SeenPlot, problem: HeadframeError | undefined): SeenPlot {
  return { ...seen, ...(problem && { problem }) };
}
