import { HeadframeError } from '../../../common/model/error.js';

/** Name of the file in which the head of the chain is anchored. */
export const ANCHOR_NAME = 'head';

/** Name of the file that begins with this entry. */
export function fileName(firstSequence: number): string {
  return `audit-${String(firstSequence).padStart(16, '0')}.log`;
}

/** Number of the first entry of a file of the log; undefined for any other name. */
export function firstOf(name: string): number | undefined {
  const [, digits] = /^audit-(\d{16})\.log$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The files of the log among these names, oldest first. */
export function logFiles(names: readonly string[]): string[] {
  return names.filter((name) => firstOf(name) !== undefined).sort();
}

/** Where the log is not what was written. */
export interface ChainFault {
  readonly file: string;
  /** The entry that is wrong or missing. */
  readonly sequence: number;
  readonly reason: FaultReason;
}

/** What is wrong there; `head_differs` is said of a head that was noted elsewhere. */
export type FaultReason =
  'entry_changed' | 'entry_missing' | 'tail_missing' | 'anchor_missing' | 'anchor_differs' | 'head_differs';

/** The refusal to go on with a damaged log: data_loss, reason `audit_damaged`. */
export function damagedError(folder: string, fault: ChainFault): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'audit_damaged',
    message: `the audit log in ${folder} is damaged: ${fault.reason} at entry ${String(fault.sequence)} of ${fault.file}`,
    remedy: `Keep ${folder} as evidence: move it away. The coordinator then begins a new log.`,
    metadata: { file: fault.file, sequence: String(fault.sequence), fault: fault.reason },
  });
}
