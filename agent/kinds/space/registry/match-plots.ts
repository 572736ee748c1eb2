import { dirname } from 'node:path';
import type { HeadframeError } from '../../../../common/model/error.js';
import type { PlotHeader } from '../format/plot-header.js';
import type { ListedPlot } from '../format/plot-list.js';
import type { FolderLook, SeenPlot } from './look.js';
import { emptiedFolder, missingPlot, sameFolder } from './registry-errors.js';

/** A plot of this host, as the list names it and as the disk has it. */
export interface RegisteredPlot extends ListedPlot {
  /** The first of the folders on its disk; its own folder where it stands in none of them. */
  readonly disk: string;
  /** There for valid ones, and for those that only a check of all of them has found damaged. */
  readonly header?: PlotHeader;
  /** Why it is not valid. */
  readonly problem?: HeadframeError;
}

/** A folder of plots. */
export interface FolderState extends Pick<FolderLook, 'folder' | 'status' | 'problem'> {
  /** Where links of its path lead to; undefined where it is not there. */
  readonly realPath?: string | undefined;
  /** The first of the folders that it is, under another name. */
  readonly sameAs?: string;
  /** The first of the folders on its disk; undefined where it is not there. */
  readonly disk: string | undefined;
}

/** What became of a plot since the list was written. */
export interface PlotChange {
  /** `found`: it was not listed. `back`: it can be mined with again. `changed`: it is another plot under the same name. */
  readonly kind: 'found' | 'back' | 'changed' | 'damaged' | 'lost';
  readonly plot: RegisteredPlot;
}

/** What was looked at. */
export interface Sights {
  readonly looks: readonly FolderLook[];
  /** Listed plots that stand in none of the folders. */
  readonly strays: ReadonlyMap<string, SeenPlot | undefined>;
}

/** What a new entry of the list gets. */
export interface NewEntry {
  readonly newId: () => string;
  readonly nowUtc: string;
}

/** The list and the disk brought together: the disk is right. */
export function matchPlots(
  list: readonly ListedPlot[],
  sights: Sights,
  entry: NewEntry,
): { readonly plots: readonly RegisteredPlot[]; readonly changes: readonly PlotChange[] } {
  const { strays } = sights;
  const { listed, looks } = underOneName(list, sights);
  const byFolder = new Map(looks.map((look) => [look.folder, look]));
  const seen = new Map(looks.flatMap(({ plots }) => plots.map((plot) => [plot.path, plot] as const)));
  const known = new Map([...listed].reverse().map((plot) => [plot.filePath, plot]));
  const diskOf = disksOf(looks);
  const old = listed
    .filter((plot) => known.get(plot.filePath) === plot)
    .map((before) => {
      const here = seen.get(before.filePath) ?? strays.get(before.filePath);
      const disk = (here && diskOf(here.device)) ?? dirname(before.filePath);
      const plot =
        here === undefined
          ? missing(before, disk, byFolder.get(dirname(before.filePath)))
          : present(before, here, disk);
      return { before, plot };
    });
  const fresh = [...seen.values()]
    .filter(({ path }) => !known.has(path))
    .map((here) => present(newEntry(here, entry), here, diskOf(here.device) ?? dirname(here.path)));
  const changes = [...old.flatMap(changeOf), ...fresh.map(foundOf)];
  return { plots: [...old.map(({ plot }) => plot), ...fresh], changes };
}

/**
 * The list and the looks with each file under one name alone, that in the first of the folders, so that what links or mounts show twice is
 * scanned once.
 */
function underOneName(
  list: readonly ListedPlot[],
  { looks, strays }: Sights,
): { readonly listed: readonly ListedPlot[]; readonly looks: readonly FolderLook[] } {
  const outside = [...strays.values()].flatMap((plot) => plot ?? []);
  const all = [...looks.flatMap(({ plots }) => plots), ...outside];
  const names = new Map(all.toReversed().map((plot) => [fileOf(plot), plot.path]));
  const nameOf = (plot: SeenPlot): string => names.get(fileOf(plot)) ?? plot.path;
  const seen = new Map(all.map((plot) => [plot.path, nameOf(plot)]));
  return {
    listed: list.map((plot) => ({ ...plot, filePath: seen.get(plot.filePath) ?? plot.filePath })),
    looks: looks.map((look) => ({ ...look, plots: look.plots.filter((plot) => nameOf(plot) === plot.path) })),
  };
}

/** One for all names of a file. File systems that number files anew have plots that differ all the same. */
function fileOf({ identity, path, header }: SeenPlot): string {
  return identity === '' ? path : `${identity} ${header?.headerHash.toString('hex') ?? ''}`;
}

/** The folders, of which one is missing also when it is there and none of its plots is. */
export function folderStates(plots: readonly RegisteredPlot[], looks: readonly FolderLook[]): readonly FolderState[] {
  const diskOf = disksOf(looks);
  return looks.map(({ folder, status, problem, device, real }) => {
    const first = looks.find((look) => real !== undefined && look.real?.identity === real.identity);
    const realPath = first?.real?.path;
    if (first !== undefined && first.folder !== folder) {
      const same = { status, problem: sameFolder(folder, first.folder), sameAs: first.folder };
      return { folder, ...same, realPath, disk: device === undefined ? undefined : diskOf(device) };
    }
    const own = plots.filter(({ filePath }) => dirname(filePath) === folder);
    const isEmptied = status === 'well' && own.length > 0 && own.every((plot) => plot.status === 'Missing');
    if (isEmptied)
      return { folder, status: 'missing', problem: emptiedFolder(folder, own.length), realPath, disk: undefined };
    return {
      folder,
      status,
      realPath,
      ...(problem && { problem }),
      disk: device === undefined ? undefined : diskOf(device),
    };
  });
}

/** Names the disk of a device by the first folder on it. */
function disksOf(looks: readonly FolderLook[]): (device: string) => string | undefined {
  const folders = new Map([...looks].reverse().map(({ device, folder }) => [device, folder]));
  return (device) => folders.get(device);
}

function newEntry({ path }: SeenPlot, { newId, nowUtc }: NewEntry): ListedPlot {
  const unknown = { cacheFilePath: '', spaceAllocatedBytes: 0, merkleRoot: Buffer.alloc(0) };
  return { plotId: newId(), filePath: path, ...unknown, createdAtUtc: nowUtc, status: 'Missing' };
}

function present(before: ListedPlot, here: SeenPlot, disk: string): RegisteredPlot {
  const entry = {
    ...listedOf(before),
    cacheFilePath: here.hasCache ? `${here.path}.cache` : '',
    spaceAllocatedBytes: here.bytes,
    disk,
  };
  const { header } = here;
  if (header !== undefined && here.problem === undefined)
    return { ...entry, status: 'Valid', merkleRoot: header.merkleRoot, header };
  // What the disk does not give now may be well again later.
  const isGone = here.problem?.reason === 'plot_unreadable';
  const kept = { ...entry, spaceAllocatedBytes: before.spaceAllocatedBytes, cacheFilePath: before.cacheFilePath };
  const problem = here.problem && { problem: here.problem };
  if (isGone) return { ...kept, status: 'Missing', ...problem };
  return { ...entry, status: 'Corrupted', merkleRoot: Buffer.alloc(0), ...(header && { header }), ...problem };
}

/** Size and root stay as they were known. */
function missing(before: ListedPlot, disk: string, look: FolderLook | undefined): RegisteredPlot {
  const isFolders = look !== undefined && look.status !== 'well';
  const problem = (isFolders ? look.problem : undefined) ?? missingPlot(before.filePath);
  return { ...listedOf(before), status: 'Missing', disk, problem };
}

/** Without what an earlier look had added. */
function listedOf(plot: ListedPlot): ListedPlot {
  const { plotId, filePath, cacheFilePath, spaceAllocatedBytes, merkleRoot, createdAtUtc, status } = plot;
  return { plotId, filePath, cacheFilePath, spaceAllocatedBytes, merkleRoot, createdAtUtc, status };
}

function foundOf(plot: RegisteredPlot): PlotChange {
  return { kind: plot.status === 'Valid' ? 'found' : 'damaged', plot };
}

function changeOf({
  before,
  plot,
}: {
  readonly before: ListedPlot;
  readonly plot: RegisteredPlot;
}): readonly PlotChange[] {
  if (plot.status === before.status) {
    const isSame = before.merkleRoot.equals(plot.merkleRoot) && before.spaceAllocatedBytes === plot.spaceAllocatedBytes;
    return plot.status !== 'Valid' || isSame ? [] : [{ kind: 'changed', plot }];
  }
  const kinds = { Valid: 'back', Corrupted: 'damaged', Missing: 'lost' } as const;
  return [{ kind: kinds[plot.status], plot }];
}
