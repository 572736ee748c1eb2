import type { Constraint } from '../../common/model/miner.js';
import { plotTotals } from '../../common/model/plot-folder.js';
import type { ReportedPlotFolder } from '../../common/model/plot-folder.js';

/** Attributes that tell of a host's plots begin so. */
const PREFIX = 'plots.';

/** Whether a constraint looks at plots. */
export function isOfPlots({ attribute }: Pick<Constraint, 'attribute'>): boolean {
  return attribute.startsWith(PREFIX);
}

/**
 * On how many disks of a host plots stand in the folders that a space miner looks into, by the names that its agent knows; undefined where its agent reports no folders of plots,
 * so that nobody knows. Pure, as all here.
 */
export function disksWithPlots(
  reported: readonly ReportedPlotFolder[] | undefined,
  wanted: readonly string[],
): number | undefined {
  if (reported === undefined || reported.length === 0) return undefined;
  const named = reported.filter(({ path, realPath = path }) => wanted.includes(path) || wanted.includes(realPath));
  const meant = new Set(named.map(({ path, realPath = path }) => realPath));
  const there = reported.filter(({ path, realPath = path, status, plots }) => {
    return status === 'well' && plots > 0 && meant.has(realPath);
  });
  return new Set(there.map(({ disk }) => disk)).size;
}

/** Whether a scanner of these folders is of use on a host: plots are there, or nobody knows. */
export function mayScan(reported: readonly ReportedPlotFolder[] | undefined, wanted: readonly string[]): boolean {
  return wanted.length === 0 || disksWithPlots(reported, wanted) !== 0;
}

/** What a host is worth more for the plots on it: a whole host's share for each disk of them. */
export function plotBonus(reported: readonly ReportedPlotFolder[] | undefined, wanted: readonly string[]): number {
  return wanted.length === 0 ? 0 : (disksWithPlots(reported, wanted) ?? 0);
}

/**
 * Whether a constraint on plots holds: `plots.class` for any of the classes of folders that are well, the others as numbers. On a host that reports
 * no folders only `notIn` and `notExists` hold.
 */
export function holdsOfPlots(constraint: Constraint, reported: readonly ReportedPlotFolder[] | undefined): boolean {
  const { operator, values } = constraint;
  const has = valuesOf(constraint.attribute, reported ?? []);
  switch (operator) {
    case 'in':
      return has.some((value) => values.includes(value));
    case 'notIn':
      return !has.some((value) => values.includes(value));
    case 'exists':
      return has.length > 0;
    case 'notExists':
      return has.length === 0;
    case 'greater':
      return has.some((value) => Number(value) > Number(values[0]));
    case 'less':
      return has.some((value) => Number(value) < Number(values[0]));
  }
}

function valuesOf(attribute: string, reported: readonly ReportedPlotFolder[]): readonly string[] {
  if (reported.length === 0) return [];
  const { plots, plotBytes, disks, roomBytes, classes } = plotTotals(reported);
  switch (attribute) {
    case 'plots.class':
      return classes;
    case 'plots.count':
      return [String(plots)];
    case 'plots.bytes':
      return [String(plotBytes)];
    case 'plots.disks':
      return [String(disks)];
    case 'plots.free':
      return [String(roomBytes)];
    default:
      return [];
  }
}
