import type { ValueSelector } from '../../common/model/autoscale.js';
import { numberAtPath } from '../../common/model/value-path.js';

/** A value, or what is in the way of it. */
export type ReadValue = { readonly value: number } | { readonly why: string };

/** Finds the selected value in what an instance serves. */
export function readValue(text: string, { format, name }: ValueSelector): ReadValue {
  return format === 'prometheus' ? readPrometheus(text, name) : readJson(text, name);
}

function readJson(text: string, path: string): ReadValue {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { why: 'the answer is no JSON' };
  }
  const value = numberAtPath(data, path);
  return value === undefined ? { why: `there is no number at ${path}` } : { value };
}

/** Adds up the series of a metric: lines of `name value` or `name{labels} value`, with a timestamp or without. */
function readPrometheus(text: string, name: string): ReadValue {
  let sum: number | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const value = valueOfSeries(line.slice(name.length));
    if (value === undefined) continue;
    sum = (sum ?? 0) + value;
  }
  if (sum === undefined) return { why: `there is no metric ${name}` };
  return Number.isFinite(sum) ? { value: sum } : { why: `${name} is no finite number` };
}

/** The value in what follows the name; undefined where the line is of a metric with a longer name. */
function valueOfSeries(rest: string): number | undefined {
  const match = /^(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*\r?$/.exec(rest);
  if (match?.[1] === undefined) return undefined;
  const word = match[1].replace(/^([+-]?)Inf$/, '$1Infinity');
  return Number(word);
}
