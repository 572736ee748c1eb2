import { realpath, rm } from 'node:fs/promises';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { openRegistry } from '../registry/plot-registry.js';
import type { PlotRegistry } from '../registry/plot-registry.js';
import { askControl } from './control-socket.js';
import { rowOf } from './miner-status.js';
import type { PlotRow } from './miner-status.js';
import { runningMiner } from './presence.js';
import type { Places } from './presence.js';
import { describeRegistry } from './describe-plots.js';
import type { SpaceSettings } from './settings-schema.js';

/** Where the list of plots is, and who keeps it. */
export interface PlotListParts {
  readonly settings: Pick<SpaceSettings, 'plotDirectory' | 'plotMetadataPath'>;
  readonly places: Places;
  readonly clock: Clock;
  /** For what is found wrong with the list. */
  readonly remark: (text: string) => void;
}

/** All plots, as the miner that runs has them, else as their folder and list have them now. */
export async function listPlots(parts: PlotListParts): Promise<readonly PlotRow[]> {
  if ((await runningMiner(parts.places)) === undefined) return (await openList(parts)).plots.map(rowOf);
  // A miner of the same installation says it.
  return (await askControl(parts.places.socket, { kind: 'plots' })) as readonly PlotRow[];
}

/** Has the list take up a plot that was made; whether it did. */
export async function tellOfNewPlot(parts: PlotListParts, path: string): Promise<boolean> {
  if ((await runningMiner(parts.places)) !== undefined) await askControl(parts.places.socket, { kind: 'look' });
  // It may be listed under another name of its folder.
  const real = await realpath(path);
  const names = (await listPlots(parts)).map(({ filePath }) => realpath(filePath).catch(() => ''));
  return (await Promise.all(names)).includes(real);
}

/** Takes a plot off the list. Throws `HeadframeError` ('plot_not_listed'). */
export async function removePlot(parts: PlotListParts, plotId: string): Promise<PlotRow> {
  const found = await takeOff(parts, plotId);
  if (found === undefined) throw notListed(plotId);
  return found;
}

async function takeOff(parts: PlotListParts, plotId: string): Promise<PlotRow | undefined> {
  if ((await runningMiner(parts.places)) === undefined) {
    const plot = await (await openList(parts)).remove(plotId);
    return plot && rowOf(plot);
  }
  // A miner of the same installation says it.
  return ((await askControl(parts.places.socket, { kind: 'remove', plotId })) as PlotRow | null) ?? undefined;
}

/** The plot of an id. Throws like `removePlot`. */
export async function findPlot(parts: PlotListParts, plotId: string): Promise<PlotRow> {
  const found = (await listPlots(parts)).find((plot) => plot.plotId === plotId.toLowerCase());
  if (found === undefined) throw notListed(plotId);
  return found;
}

/** Deletes the files of a plot; what could not be deleted, and why. */
export async function deleteFiles({ filePath, cacheFilePath }: PlotRow): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const path of [filePath, cacheFilePath].filter((one) => one !== '')) {
    await rm(path, { force: true }).catch((error: unknown) => failed.push(`${path}: ${String(error)}`));
  }
  return failed;
}

function openList({ settings, clock, remark }: PlotListParts): Promise<PlotRegistry> {
  const options = { folders: [settings.plotDirectory], listPath: settings.plotMetadataPath };
  return openRegistry(options, {
    clock,
    report: (report) => {
      if (report.kind !== 'plot') remark(describeRegistry(report).text);
    },
  });
}

function notListed(plotId: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'plot_not_listed',
    message: `no plot has the id ${plotId}`,
    remedy: 'headframe space list-plots shows the ids.',
    metadata: { plotId },
  });
}
