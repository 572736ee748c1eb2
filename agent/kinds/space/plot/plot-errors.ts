import { hasCode } from '../../../../common/disk/index.js';
import { HeadframeError } from '../../../../common/model/error.js';

/** A file is there already, and a plot takes nobody's place. */
export function plotExists(path: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'plot_exists',
    message: `${path} is there already`,
    remedy: 'Give another path, or delete the plot first.',
  });
}

/** A disk has no room for a plot. */
export function diskFull(
  path: string,
  room: { readonly neededBytes: number; readonly freeBytes: number } | undefined,
): HeadframeError {
  const figures =
    room && `: it needs ${String(room.neededBytes)} bytes more, and ${String(room.freeBytes)} may be taken`;
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'plot_disk_full',
    message: `the disk has no room for the plot ${path}${figures ?? ''}`,
    remedy: 'Make room or ask for less; the same request then goes on from what was made.',
  });
}

/** What a disk said, as an error that names the plot; errors that have a reason stay as they are. */
export function plotFailure(path: string, cause: unknown): HeadframeError {
  if (cause instanceof HeadframeError) return cause;
  if (hasCode(cause, 'ENOSPC') || hasCode(cause, 'EDQUOT')) return diskFull(path, undefined);
  return new HeadframeError({
    code: 'unavailable',
    reason: 'plot_write_failed',
    message: `the plot ${path} could not be made: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'See whether the disk is well; the same request then goes on from what was made.',
    cause,
  });
}
