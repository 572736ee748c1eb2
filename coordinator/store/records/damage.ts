import { HeadframeError } from '../../../common/model/error.js';

const REMEDY =
  'Run `headframe store check`; then `headframe store repair` keeps all before the damage, ' +
  'or `headframe store restore` brings back a backup.';

/** Damage found in a file of the store: data_loss, reason `store_damaged`, metadata `file` and `offset` in bytes. */
export function damageError(file: string, offset: number, what: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'store_damaged',
    message: `${file}, byte ${String(offset)}: ${what}`,
    remedy: REMEDY,
    metadata: { file, offset: String(offset), what },
    cause,
  });
}

/** Refusal of a file that a later version wrote: failed_precondition, reason `store_format_newer`. */
export function newerFormatError(file: string, version: number, known: number): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_format_newer',
    message: `${file} has format ${String(version)}; this version reads up to ${String(known)}`,
    remedy: 'Start the version of Headframe that wrote it, or a later one.',
    metadata: { file, format: String(version) },
  });
}

/** Refusal of a record of which this version knows nothing, though it is whole: as `newerFormatError`, with what it is. */
export function newerRecordError(file: string, offset: number, what: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_format_newer',
    message: `${file}, byte ${String(offset)} holds ${what}, which this version does not know`,
    remedy: 'Start the version of Headframe that wrote it, or a later one.',
    metadata: { file, offset: String(offset) },
  });
}

/** Where a damage error points; undefined for any other error. */
export function damageOf(thrown: unknown): { file: string; offset: number; what: string } | undefined {
  if (!(thrown instanceof HeadframeError) || thrown.reason !== 'store_damaged') return undefined;
  const { file = '', offset = '0', what = thrown.message } = thrown.metadata;
  return { file, offset: Number(offset), what };
}
