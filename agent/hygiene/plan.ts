import type { OldLog, StoredImage, StoredLogs } from '../runtime/storage.js';

/** An image with what the agent knows of it. Times are unix milliseconds. */
export interface KnownImage extends StoredImage {
  /** Headframe pulled or built it. */
  readonly brought: boolean;
  /** An assignment names it, or it is on its way for one. */
  readonly needed: boolean;
  readonly lastUsedMs: number;
}

/** An ended instance whose container is kept. */
export interface EndedInstance {
  readonly serial: number;
  readonly endedAtMs: number;
}

/** Bounds on what lies about. */
export interface HygieneOptions {
  readonly images: {
    readonly budget?: number | undefined;
    readonly unusedFor: number;
    readonly minAge: number;
    readonly foreign: boolean;
  };
  readonly logs: { readonly budget: number };
  readonly ended: { readonly maxAge: number; readonly maxCount: number };
}

/** All that decides what goes. */
export interface HygieneView {
  readonly images: readonly KnownImage[];
  readonly ended: readonly EndedInstance[];
  /** Undefined where logs cannot be measured. */
  readonly logs: StoredLogs | undefined;
  /** Bytes that the disk lacks; 0 without pressure. */
  readonly lackingBytes: number;
  readonly nowMs: number;
  readonly options: HygieneOptions;
}

/** Why something goes. */
export type HygieneCause = 'unused' | 'budget' | 'age' | 'count' | 'disk_pressure';

/** One thing to clear away. */
export type HygieneStep =
  | { readonly kind: 'removeImage'; readonly image: KnownImage; readonly cause: HygieneCause }
  | { readonly kind: 'removeLog'; readonly log: OldLog; readonly cause: HygieneCause }
  | { readonly kind: 'removeEnded'; readonly serial: number; readonly cause: HygieneCause };

/** Their sizes are not known, so under pressure a few go at a time and the disk is measured again. */
const ENDED_AT_ONCE = 10;

/**
 * What to clear away now. Nothing that is in use or needed goes; of the rest, under pressure, first what can be had
 * again (images), then old parts of logs, and only when both do not suffice the oldest of the ended instances.
 */
export function planHygiene(view: HygieneView): HygieneStep[] {
  const images = planImages(view);
  const logs = planLogs(view, view.lackingBytes - sum(images.map(({ image }) => image.bytes)));
  const freed = sum(images.map(({ image }) => image.bytes)) + sum(logs.map(({ log }) => log.bytes));
  return [...images, ...logs, ...planEnded(view, view.lackingBytes > freed)];
}

/** Whether the hygiene may take an image at all. */
export function isRemovable(image: KnownImage, { images }: HygieneOptions, nowMs: number): boolean {
  if (image.inUse || image.needed) return false;
  // A clock that was set back makes the last use lie ahead, which must keep nothing for ever.
  const ageMs = Math.abs(nowMs - image.lastUsedMs);
  return (image.brought || images.foreign) && ageMs >= images.minAge;
}

type RemoveImage = Extract<HygieneStep, { kind: 'removeImage' }>;
type RemoveLog = Extract<HygieneStep, { kind: 'removeLog' }>;

function planImages({ images, lackingBytes, nowMs, options }: HygieneView): RemoveImage[] {
  const { budget = Infinity, unusedFor, foreign } = options.images;
  const counted = images.filter(({ brought }) => brought || foreign);
  let kept = sum(counted.map(({ bytes }) => bytes));
  let lacking = lackingBytes;
  const steps: RemoveImage[] = [];
  const candidates = images.filter((image) => isRemovable(image, options, nowMs));
  for (const image of candidates.toSorted((a, b) => a.lastUsedMs - b.lastUsedMs)) {
    const cause = causeOf({ isOld: nowMs - image.lastUsedMs >= unusedFor, isOver: kept > budget, lacking });
    if (cause === undefined) continue;
    steps.push({ kind: 'removeImage', image, cause });
    kept -= image.bytes;
    lacking -= image.bytes;
  }
  return steps;
}

function causeOf(of: { isOld: boolean; isOver: boolean; lacking: number }): HygieneCause | undefined {
  if (of.isOld) return 'unused';
  if (of.isOver) return 'budget';
  return of.lacking > 0 ? 'disk_pressure' : undefined;
}

/** Parts of ended instances' logs go before those of live ones, and the oldest first. */
function planLogs({ logs, ended, options }: HygieneView, lackingBytes: number): RemoveLog[] {
  if (logs === undefined) return [];
  const over = logs.totalBytes - options.logs.budget;
  const isEnded = new Set(ended.map(({ serial }) => serial));
  const rank = ({ serial }: OldLog): number => (isEnded.has(serial) ? 0 : 1);
  const sorted = logs.old.toSorted((a, b) => rank(a) - rank(b) || a.changedAtMs - b.changedAtMs);
  const steps: RemoveLog[] = [];
  let freed = 0;
  for (const log of sorted) {
    if (freed >= Math.max(over, lackingBytes)) break;
    steps.push({ kind: 'removeLog', log, cause: freed < over ? 'budget' : 'disk_pressure' });
    freed += log.bytes;
  }
  return steps;
}

function planEnded({ ended, nowMs, options }: HygieneView, underPressure: boolean): HygieneStep[] {
  const { maxAge, maxCount } = options.ended;
  const sorted = ended.toSorted((a, b) => a.endedAtMs - b.endedAtMs || a.serial - b.serial);
  const surplus = sorted.length - maxCount;
  return sorted.flatMap(({ serial, endedAtMs }, index): HygieneStep[] => {
    const step = (cause: HygieneCause): HygieneStep[] => [{ kind: 'removeEnded', serial, cause }];
    if (nowMs - endedAtMs >= maxAge) return step('age');
    if (index < surplus) return step('count');
    return underPressure && index < ENDED_AT_ONCE ? step('disk_pressure') : [];
  });
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
