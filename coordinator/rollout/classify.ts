import { httpSourcesOf } from '../../common/model/autoscale.js';
import type { MinerSpec } from '../../common/model/miner.js';

/** What applying a spec does to a miner. */
export type ApplyChange = 'unchanged' | 'created' | 'updatedInPlace' | 'updatedByReplacement';

/** How a new spec differs from the one before. */
export interface SpecChange {
  readonly change: Exclude<ApplyChange, 'created'>;
  /** Such as `container.ports[0].hostPort`; the shortest paths that tell the difference, sorted. */
  readonly changedPaths: readonly string[];
}

/**
 * Fields that running instances do not see: they steer how many there are and where new ones go. Every other field, also
 * of kinds to come, is part of what instances run. Priority counts for the scheduler from the miner's record; workloads
 * carry it for information alone. Changed constraints do not move instances that run.
 */
const IN_PLACE: ReadonlySet<string> = new Set([
  'replicas',
  'autoscale',
  'priority',
  'constraints',
  'affinities',
  'strategy',
  'namespace',
  'update',
  'retry',
]);

/** Tells whether a changed spec leaves instances as they are or replaces them. */
export function classifyChange(before: MinerSpec, after: MinerSpec): SpecChange {
  const changedPaths = changedPathsOf('', before, after).sort();
  if (changedPaths.length === 0) return { change: 'unchanged', changedPaths };
  const inPlace =
    changedPaths.every((path) => IN_PLACE.has(/^\w+/.exec(path)?.[0] ?? '')) &&
    // What agents fetch from instances is part of the workload.
    changedPathsOf('', httpSourcesOf(before), httpSourcesOf(after)).length === 0 &&
    // Secrets of the same names are others in another namespace.
    (before.namespace === after.namespace || after.container.secrets === undefined);
  return { change: inPlace ? 'updatedInPlace' : 'updatedByReplacement', changedPaths };
}

/** A spec with what instances do not see taken from another. */
export function keepingInPlace(spec: MinerSpec, from: MinerSpec): MinerSpec {
  const kept = Object.entries(from).filter(([field]) => IN_PLACE.has(field));
  // Each field comes from a complete spec under its own name.
  return { ...spec, ...(Object.fromEntries(kept) as Partial<MinerSpec>) };
}

function changedPathsOf(path: string, before: unknown, after: unknown): string[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return changedElements(path, before, after);
  if (!isObject(before) || !isObject(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedPathsOf(path === '' ? key : `${path}.${key}`, before[key], after[key]));
}

function changedElements(path: string, before: readonly unknown[], after: readonly unknown[]): string[] {
  if (before.length !== after.length) return [path];
  return before.flatMap((value, index) => changedPathsOf(`${path}[${String(index)}]`, value, after[index]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
