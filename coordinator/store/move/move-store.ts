import { HeadframeError } from '../../../common/model/error.js';
import { startRefusal } from './move-mark.js';
import type { MoveMark, MoveSide, MoveStanding } from './move-mark.js';
import { differences, sumRecords } from './records-sum.js';
import type { RecordsSum } from './records-sum.js';
import type { Holdings, MoveSource, MoveTarget } from './store-end.js';

/** What a move works with. */
export interface MoveParts {
  readonly from: MoveSource;
  readonly to: MoveTarget;
  /** Carries what belongs to the fleet beside its records; done over when the move is. */
  readonly belongings: (holdings: Holdings) => Promise<void>;
  /** Throws where the move may go on no more, such as when it has lost what keeps coordinators from starting. */
  readonly check: () => void;
  readonly newId: () => string;
  readonly nowMs: () => number;
  readonly yieldTurn: () => Promise<void>;
  /** Told of each step. */
  readonly tell: (step: string) => void;
}

/** What a move did, or would do. */
export interface MoveReport {
  readonly from: MoveSide;
  readonly to: MoveSide;
  readonly revision: number;
  /** Epochs of the coordinators there are higher. */
  readonly epoch: number;
  readonly sha256: string;
  /** Records by table. */
  readonly records: Readonly<Record<string, number>>;
  /** Whether it went on with one that was cut short after the source was left. */
  readonly resumed: boolean;
}

/** What is to be done, given how both sides stand. */
export type MovePlan =
  | { readonly kind: 'begin'; readonly epoch: number }
  | { readonly kind: 'finish'; readonly mark: MoveMark }
  | { readonly kind: 'refuse'; readonly error: HeadframeError };

interface Sides {
  readonly from: MoveSide;
  readonly to: MoveSide;
}

/**
 * Decides on a move: it begins, or goes on where the source was left and the rest was not done. A target is free where it is
 * empty, or holds no more than what an earlier move between these two has left. Pure.
 */
export function planMove(source: MoveStanding, target: MoveStanding, sides: Sides): MovePlan {
  if (source.state === 'empty') return refuse(missingError(sides.from));
  if (source.state === 'moved' && target.state === 'arriving' && source.mark.id === target.mark.id)
    return { kind: 'finish', mark: source.mark };
  const refusal = startRefusal(source);
  if (refusal !== undefined || source.state !== 'open') return refuse(refusal ?? missingError(sides.from));
  if (target.state === 'empty') return { kind: 'begin', epoch: source.epoch + 1 };
  if (target.state === 'open') return refuse(inUseError(sides.to));
  const { mark } = target;
  const other = target.state === 'arriving' ? mark.from : mark.to;
  if (other.where !== sides.from.where) return refuse(inUseError(sides.to, other));
  return { kind: 'begin', epoch: Math.max(source.epoch, mark.epoch) + 1 };
}

function refuse(error: HeadframeError): MovePlan {
  return { kind: 'refuse', error };
}

/**
 * Moves a fleet's records from one store to another: all is written, read back and compared before the source is left, and the
 * target is opened after that; so at no moment both can be started, and cut short at any point the same move can be run again.
 * Throws `HeadframeError`: failed_precondition where a side does not fit ('store_moved', 'store_move_unfinished',
 * 'store_not_empty'), data_loss ('store_move_differs') where what was read back is not what was written.
 */
export async function moveStore(parts: MoveParts): Promise<MoveReport> {
  const { from, to, check, tell } = parts;
  const plan = await planOf(parts);
  if (plan.kind === 'refuse') throw plan.error;
  if (plan.kind === 'finish') {
    tell(`going on with the move from ${from.side.where}, which was left`);
    const sum = await verify(parts, plan.mark);
    check();
    await to.arrive(plan.mark);
    return { ...reportOf(plan.mark, sum), resumed: true };
  }
  const { holdings, sum, mark } = await readSource(parts, plan.epoch);
  tell(`writing ${String(sum.tables['instance']?.count ?? 0)} instances and the rest to ${to.side.where}`);
  // Reading takes long: somebody may have begun over what was free before.
  check();
  await to.write(holdings, mark);
  await verify(parts, mark, sum);
  tell('carrying over the authority, contents and keys of machines');
  await parts.belongings(holdings);
  check();
  tell(`leaving ${from.side.where}`);
  await from.leave(mark);
  check();
  await to.arrive(mark);
  return { ...reportOf(mark, sum), resumed: false };
}

/** What a move would do, as far as it can be known without changing anything. Throws as `moveStore` does. */
export async function previewMove(parts: Omit<MoveParts, 'belongings' | 'check'>): Promise<MoveReport> {
  const plan = await planOf(parts);
  if (plan.kind === 'refuse') throw plan.error;
  if (plan.kind === 'finish')
    return { ...reportOf(plan.mark, await sumOf(parts, await parts.to.readBack())), resumed: true };
  const { sum, mark } = await readSource(parts, plan.epoch);
  return { ...reportOf(mark, sum), resumed: false };
}

async function planOf({ from, to }: Pick<MoveParts, 'from' | 'to'>): Promise<MovePlan> {
  const sides = { from: from.side, to: to.side };
  return planMove(await from.standing(), await to.standing(), sides);
}

type Reading = Pick<MoveParts, 'from' | 'to' | 'newId' | 'nowMs' | 'yieldTurn' | 'tell'>;

async function readSource(
  parts: Reading,
  epoch: number,
): Promise<{ readonly holdings: Holdings; readonly sum: RecordsSum; readonly mark: MoveMark }> {
  const { from, to, newId, nowMs, tell } = parts;
  tell(`reading ${from.side.where}`);
  const holdings = await from.read();
  const sum = await sumOf(parts, holdings);
  const { revision } = holdings;
  const about = { epoch, revision, sha256: sum.sha256, atMs: nowMs() };
  return { holdings, sum, mark: { version: 1, id: newId(), from: from.side, to: to.side, ...about } };
}

/** Reads back what was written and compares. Throws `HeadframeError` (data_loss, 'store_move_differs'). */
export async function verify(
  parts: Pick<MoveParts, 'to' | 'tell' | 'yieldTurn'>,
  mark: MoveMark,
  sent?: RecordsSum,
): Promise<RecordsSum> {
  const { to, tell } = parts;
  tell(`reading ${to.side.where} back and comparing`);
  const back = await to.readBack();
  const sum = await sumOf(parts, back);
  if (sum.sha256 !== mark.sha256 || back.revision !== mark.revision)
    throw differsError(mark, back.revision, sent === undefined ? [] : differences(sent, sum));
  return sum;
}

/** Sums up what a store holds. */
export function sumOf({ yieldTurn }: Pick<MoveParts, 'yieldTurn'>, { records }: Holdings): Promise<RecordsSum> {
  return sumRecords(records, yieldTurn);
}

/** What is told of a move. */
export function reportOf(
  { from, to, revision, epoch, sha256 }: MoveMark,
  { tables }: RecordsSum,
): Omit<MoveReport, 'resumed'> {
  const records = Object.fromEntries(Object.entries(tables).map(([name, { count }]) => [name, count]));
  return { from, to, revision, epoch, sha256, records };
}

/** Refusal of a store that is not there. */
export function missingError({ where }: MoveSide): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'store_missing',
    message: `${where} holds no fleet`,
    remedy: 'Check the configuration: dataDir, and servers and cluster of store.jetstream.',
    metadata: { from: where },
  });
}

/** Refusal of a target with a fleet. */
export function inUseError({ where }: MoveSide, other?: MoveSide): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'store_not_empty',
    message: other === undefined ? `${where} holds a fleet` : `${where} holds what was moved from or to ${other.where}`,
    remedy:
      'Name an empty folder (dataDir) or another cluster (store.jetstream.cluster); what lies there stays as it is.',
    metadata: { to: where },
  });
}

function differsError({ to, revision, sha256 }: MoveMark, found: number, tables: readonly string[]): HeadframeError {
  const what = tables.length === 0 ? `revision ${String(revision)} and ${String(found)}` : tables.join(', ');
  return new HeadframeError({
    code: 'data_loss',
    reason: 'store_move_differs',
    message: `what ${to.where} gives back is not what was written: ${what}`,
    remedy:
      'Nothing was left: the fleet can be started where it was. Look at the disks of the target, then run the move again.',
    metadata: { to: to.where, sha256 },
  });
}
