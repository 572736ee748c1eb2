import { HeadframeError } from '../../../common/model/error.js';

/** A place in a stream. */
export interface StreamPlace {
  readonly stream: string;
  readonly sequence: number;
}

/** Damage found in a stream of the store: data_loss, reason `store_damaged`, metadata `stream` and `sequence`. */
export function streamDamage({ stream, sequence }: StreamPlace, what: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'store_damaged',
    message: `stream ${stream}, message ${String(sequence)}: ${what}`,
    remedy: 'Keep the stream for inspection, and bring back a backup of it, as docs/cluster.md says.',
    metadata: { stream, sequence: String(sequence), what },
    cause,
  });
}

/** Refusal of a message that a later version wrote: failed_precondition, reason `store_format_newer`. */
export function newerMessage(place: StreamPlace, format: number, known: number): HeadframeError {
  return newer(place, `has format ${String(format)}; this version reads up to ${String(known)}`);
}

/** The same for one whose format is known and that holds what is not. */
export function newerRecord(place: StreamPlace, what: string): HeadframeError {
  return newer(place, `holds ${what}, which this version does not know`);
}

function newer({ stream, sequence }: StreamPlace, what: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_format_newer',
    message: `stream ${stream}, message ${String(sequence)} ${what}`,
    remedy: 'Start the version of Headframe that wrote it, or a later one.',
    metadata: { stream, sequence: String(sequence) },
  });
}
