import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import { UnknownRecord } from '../records/unknown-record.js';

const sideSchema = z.object({ kind: z.enum(['lowdb', 'jetstream', 'backup']), where: z.string() });

const MARK_VERSION = 1;
const laterSchema = z.object({ version: z.int().min(MARK_VERSION + 1) });

const markSchema = z.object({
  version: z.literal(MARK_VERSION),
  id: z.string(),
  from: sideSchema,
  to: sideSchema,
  epoch: z.int().min(0),
  revision: z.int().min(0),
  sha256: z.string(),
  atMs: z.int(),
});

/** A store, or a backup, as people know it. */
export type MoveSide = z.infer<typeof sideSchema>;

/**
 * What is noted of a move on both of its sides: on the one that is left, that it is, and on the other until all is there. The epoch
 * is above all that either side has had, so that what was sent under one of those counts nowhere any more.
 */
export type MoveMark = z.infer<typeof markSchema>;

/** How a store stands to moves: nothing is there; it can be started; it was not filled to the end; it was left for another. */
export type MoveStanding =
  | { readonly state: 'empty' }
  | { readonly state: 'open'; readonly epoch: number }
  | { readonly state: 'arriving' | 'moved'; readonly mark: MoveMark };

/** A mark as text. */
export function encodeMark(mark: MoveMark): string {
  return `${JSON.stringify(mark)}\n`;
}

/** Reads a mark; throws RangeError for what is none, `UnknownRecord` for one of a later version. */
export function decodeMark(text: string): MoveMark {
  let found: unknown;
  try {
    found = JSON.parse(text);
    return markSchema.parse(found);
  } catch (cause) {
    const later = laterSchema.safeParse(found).data;
    if (later !== undefined) throw new UnknownRecord(`a note of a move of version ${String(later.version)}`);
    throw new RangeError('the note of a move cannot be read', { cause });
  }
}

/** Why a store that stands so must not be started; undefined where it may. Failed_precondition, `store_moved` or `store_move_unfinished`. */
export function startRefusal(standing: MoveStanding): HeadframeError | undefined {
  if (standing.state === 'moved') return movedError(standing.mark);
  return standing.state === 'arriving' ? unfinishedError(standing.mark) : undefined;
}

function movedError(mark: MoveMark): HeadframeError {
  const { from, to, atMs, epoch, revision } = mark;
  const at = new Date(atMs).toISOString();
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_moved',
    message: `the fleet in ${from.where} was moved to ${to.where} at ${at}, and goes on there`,
    remedy:
      `Set store.kind to ${to.kind}. To come back with all that has happened since, stop the coordinators there and run ` +
      `\`${moveCommand(to, from)}\`; where that store is lost, restore a backup, which also can be made of this one.`,
    metadata: { from: from.where, to: to.where, at, epoch: String(epoch), revision: String(revision) },
  });
}

/** Refusal of a store that was not filled to the end. */
function unfinishedError({ from, to }: MoveMark): HeadframeError {
  const again =
    from.kind === 'backup' ? '`headframe store restore --force` with the backup' : `\`${moveCommand(from, to)}\``;
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_move_unfinished',
    message: `what comes from ${from.where} to ${to.where} is not there to the end`,
    remedy: `Run ${again} again: it goes on, or begins anew. Until that has ended, only ${from.where} may have a fleet that can be started.`,
    metadata: { from: from.where, to: to.where },
  });
}

function moveCommand(from: MoveSide, to: MoveSide): string {
  return `headframe store migrate --from ${from.kind} --to ${to.kind}`;
}
