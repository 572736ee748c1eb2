import type { MinerSpec } from '../miner.js';
import { printPath } from '../schema/violations.js';
import { isMapping, withoutUndefined } from './plain.js';
import type { Plain } from './plain.js';
import { specToFullManifest } from './print.js';

/** A field that differs between two specs, in the words of the manifest; undefined where it is absent. */
export interface SpecChange {
  /** Such as `resources.memory` or `container.ports[0].host`. */
  readonly path: string;
  readonly before: Plain;
  readonly after: Plain;
}

/** What has to change in `before` to make it `after`, field by field, defaults filled in on both sides. */
export function diffSpecs(before: MinerSpec, after: MinerSpec): SpecChange[] {
  return diffPlain(withoutUndefined(specToFullManifest(before)), withoutUndefined(specToFullManifest(after)), []);
}

function diffPlain(before: Plain, after: Plain, path: readonly (string | number)[]): SpecChange[] {
  if (before === after) return [];
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  if (!isMapping(before) || !isMapping(after)) return [{ path: printPath(path), before, after }];
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field) => diffPlain(ownField(before, field), ownField(after, field), [...path, field]));
}

function diffLists(
  before: readonly Plain[],
  after: readonly Plain[],
  path: readonly (string | number)[],
): SpecChange[] {
  const length = Math.max(before.length, after.length);
  const indexes = Array.from({ length }, (_, index) => index);
  return indexes.flatMap((index) => diffPlain(before[index], after[index], [...path, index]));
}

// An environment variable may be named like something every object inherits.
function ownField(data: { readonly [field: string]: Plain }, field: string): Plain {
  return Object.hasOwn(data, field) ? data[field] : undefined;
}
