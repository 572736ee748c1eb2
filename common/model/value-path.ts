/** Fields and indexes of a value in plain data, such as `queue.waiting` or `workers[0].busy`. */
export const VALUE_PATH = /^[A-Za-z_][\w-]*(?:\[\d{1,4}\]|\.[A-Za-z_][\w-]*)*$/;

/** What stands at a path of the form of `VALUE_PATH`; undefined where there is nothing. */
export function valueAtPath(data: unknown, path: string): unknown {
  let value = data;
  for (const [step] of path.matchAll(/[\w-]+/g)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** The number at a path; undefined where there is none, or one that cannot be counted with. */
export function numberAtPath(data: unknown, path: string): number | undefined {
  const value = valueAtPath(data, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
