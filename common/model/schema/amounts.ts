import { z } from 'zod';
import { formatCpu, formatDuration, formatExactBytes, parseBytes, parseCpu, parseDuration } from '../units.js';

/** Smallest and largest amount, inclusive, in the unit of the parsed value. */
export interface AmountRange {
  readonly min: number;
  readonly max: number;
}

interface AmountKind {
  readonly parse: (input: string | number) => number | undefined;
  readonly format: (amount: number) => string;
  /** What it is, for error messages. */
  readonly noun: string;
  readonly examples: readonly (string | number)[];
}

const CPU: AmountKind = { parse: parseCpu, format: formatCpu, noun: 'CPUs', examples: [2, '1.5', '500m'] };
const BYTES: AmountKind = { parse: parseBytes, format: formatExactBytes, noun: 'bytes', examples: ['512MiB', '5G'] };
const DURATION: AmountKind = {
  parse: parseDuration,
  format: formatDuration,
  noun: 'a duration',
  examples: ['30s', '500ms', '1h30m'],
};

/** A field for CPUs, parsed to thousandths. */
export function cpuField(range: AmountRange): AmountField {
  return amountField(CPU, range);
}

/** A field for bytes, parsed to a whole number. */
export function bytesField(range: AmountRange): AmountField {
  return amountField(BYTES, range);
}

/** A field for a duration, parsed to milliseconds. */
export function durationField(range: AmountRange): AmountField {
  return amountField(DURATION, range);
}

/** A field that people write with a unit and programs read as a number. */
export type AmountField = z.ZodType<number, string | number>;

function amountField(kind: AmountKind, { min, max }: AmountRange): AmountField {
  const range = `${kind.format(min)} to ${kind.format(max)}`;
  const examples = kind.examples.map((example) => JSON.stringify(example)).join(', ');
  const expected = `${kind.noun} from ${range}, such as ${examples}`;
  return z
    .union([z.string().max(40), z.number()], { error: expected })
    .transform((input, context) => {
      const amount = kind.parse(input);
      if (amount !== undefined && amount >= min && amount <= max) return amount;
      context.addIssue({ code: 'custom', message: expected, params: remedyFor(kind, input, amount) });
      return z.NEVER;
    })
    .meta({ range, examples: [...kind.examples] });
}

function remedyFor(kind: AmountKind, input: string | number, amount: number | undefined): { remedy?: string } {
  if (amount !== undefined) return {};
  if (kind === DURATION && /^[\d.]+$/.test(String(input))) return { remedy: `Add a unit: ${String(input)}s.` };
  if (kind === DURATION) return { remedy: 'Units are d, h, m, s and ms, the largest first.' };
  if (kind === BYTES)
    return { remedy: 'Units are KiB, MiB, GiB, TiB (powers of 1024) and kB, MB, GB, TB (powers of 1000).' };
  return { remedy: 'Thousandths are the finest: 0.5 or 500m for half a CPU.' };
}
