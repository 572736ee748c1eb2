import { HeadframeError } from '../../../../common/model/error.js';

/** A plot that is listed and not there. */
export function missingPlot(path: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'plot_missing',
    message: `the plot ${path} is not there`,
    remedy: 'See whether its disk is there and mounted. If it was deleted on purpose, take it off the list.',
    metadata: { path },
  });
}

/** A plot that the disk does not give. */
export function unreadablePlot(path: string, cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'plot_unreadable',
    message: `the plot ${path} cannot be read: ${textOf(cause)}`,
    remedy: 'See whether its disk is there and well, and whether the miner may read it.',
    metadata: { path },
    cause,
  });
}

/** A folder of plots that is not there, or that the disk does not give. */
export function unreadableFolder(folder: string, status: 'missing' | 'unreadable', cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: status === 'missing' ? 'plot_folder_missing' : 'plot_folder_unreadable',
    message: `the folder of plots ${folder} cannot be looked into: ${textOf(cause)}`,
    remedy: 'See whether its disk is there and mounted, and whether the miner may read it.',
    metadata: { folder },
    cause,
  });
}

/** A folder that is there, and all whose plots are gone: the disk is not mounted there any more. */
export function emptiedFolder(folder: string, plots: number): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'plot_folder_missing',
    message: `none of the ${String(plots)} plots of ${folder} is there`,
    remedy: 'See whether its disk is mounted. If the plots were deleted on purpose, take them off the list.',
    metadata: { folder, plots: String(plots) },
  });
}

/** A folder with more names in it than are looked at. */
export function folderTooFull(folder: string, most: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'plot_folder_too_full',
    message: `the folder ${folder} holds more than ${String(most)} plots or too many other files; the rest is left out`,
    remedy: 'Spread the plots over several folders.',
    metadata: { folder },
  });
}

/** A folder that stands in the configuration under two names. */
export function sameFolder(folder: string, first: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'plot_folder_twice',
    message: `${folder} is ${first} under another name, and is looked into once`,
    remedy: 'Leave one of the names out, unless space miners of the fleet name the other.',
    metadata: { folder, first },
  });
}

/** A disk that took too long. */
export function stalledFolder(folder: string, waitedMs: number): HeadframeError {
  return new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'plot_folder_unreadable',
    message: `the disk of ${folder} has not answered for ${String(Math.round(waitedMs / 1000))} s`,
    remedy: 'See whether the disk is well. It is looked at again once it answers.',
    metadata: { folder },
  });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
