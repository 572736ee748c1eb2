/** Kinds of parts by which a machine is known again; `machine` is its operating system's id, all others are hardware. */
export const FINGERPRINT_KINDS = ['machine', 'board', 'disk', 'nic', 'gpu'] as const;

/** One of `FINGERPRINT_KINDS`. */
export type FingerprintKind = (typeof FINGERPRINT_KINDS)[number];

/** A part of a machine. */
export interface FingerprintPart {
  readonly kind: FingerprintKind;
  /** Of what the kernel calls it by, 32 hex digits: no serial number leaves its host. */
  readonly hash: string;
}

/** Parts that two hosts have to share to be taken for one machine: a cloned image shares its machine id alone. */
const SHARED_PARTS = 2;

/** What became of a machine's parts. */
export interface FingerprintChange {
  readonly gone: readonly FingerprintPart[];
  readonly come: readonly FingerprintPart[];
  /** Whether it is hardly the same machine: its board is another one, or fewer than half of its former parts are left. */
  readonly isOther: boolean;
}

/** Compares what a machine was with what it is; undefined where nothing changed, or either is not known. */
export function compareFingerprints(
  before: readonly FingerprintPart[],
  after: readonly FingerprintPart[],
): FingerprintChange | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const gone = without(before, after);
  const come = without(after, before);
  if (gone.length === 0 && come.length === 0) return undefined;
  const hasOtherBoard = gone.some(isBoard) && come.some(isBoard);
  return { gone, come, isOther: hasOtherBoard || gone.length * 2 > before.length };
}

/** Whether two hosts are one machine, as far as their parts tell: they share two, or a GPU. */
export function isOneMachine(a: readonly FingerprintPart[], b: readonly FingerprintPart[]): boolean {
  const known = new Set(a.map(keyOf));
  const shared = b.filter((part) => known.has(keyOf(part)));
  return shared.length >= SHARED_PARTS || shared.some(({ kind }) => kind === 'gpu');
}

/** Parts as people read them, such as `2 disk, 1 nic`. */
export function partsText(parts: readonly FingerprintPart[]): string {
  const counts = FINGERPRINT_KINDS.map((kind) => ({ kind, count: parts.filter((part) => part.kind === kind).length }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${String(count)} ${kind}`)
    .join(', ');
}

function without(parts: readonly FingerprintPart[], others: readonly FingerprintPart[]): readonly FingerprintPart[] {
  const known = new Set(others.map(keyOf));
  return parts.filter((part) => !known.has(keyOf(part)));
}

function keyOf({ kind, hash }: FingerprintPart): string {
  return `${kind} ${hash}`;
}

function isBoard({ kind }: FingerprintPart): boolean {
  return kind === 'board';
}
