import { isDeepStrictEqual } from 'node:util';

/** Plain data as JSON and YAML know it; fields that are undefined are as good as absent. */
export type Plain = string | number | boolean | readonly Plain[] | PlainMapping | undefined;

/** A mapping of plain data. */
export interface PlainMapping {
  readonly [field: string]: Plain;
}

/** Whether the data is a mapping. */
export function isMapping(data: Plain): data is PlainMapping {
  return typeof data === 'object' && !Array.isArray(data);
}

/** A copy without fields that are undefined, equal to their default, or mappings that nothing is left of. */
export function withoutDefaults(data: PlainMapping, defaults: PlainMapping): PlainMapping {
  const left = Object.entries(data).flatMap(([field, value]): [string, Plain][] => {
    const standard = defaults[field];
    if (value === undefined || isDeepStrictEqual(value, standard)) return [];
    if (!isMapping(value)) return [[field, withoutUndefined(value)]];
    const rest = withoutDefaults(value, isMapping(standard) ? standard : {});
    return Object.keys(rest).length === 0 && isMapping(standard) ? [] : [[field, rest]];
  });
  return Object.fromEntries(left);
}

/** A deep copy without fields that are undefined. */
export function withoutUndefined(data: Plain): Plain {
  if (Array.isArray(data)) return data.map((entry: Plain) => withoutUndefined(entry));
  if (!isMapping(data)) return data;
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([field, value]) => [field, withoutUndefined(value)]));
}
