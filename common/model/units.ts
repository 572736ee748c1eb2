/*
 * Amounts as people write them. Case decides between the two families of byte units, as the tools do that people know:
 *   KiB MiB GiB TiB PiB, Ki Mi Gi Ti Pi      powers of 1024, everywhere
 *   kB KB MB GB TB PB, K M G T P             powers of 1000, as in Kubernetes and on disks
 *   k m g t p, kb mb gb tb pb                powers of 1024, as Docker and Compose take them
 */

const BINARY = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 } as const;
const DECIMAL = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 } as const;

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Reads CPUs (`2`, `"1.5"`, `"500m"`) as thousandths of a CPU; undefined when it is not that or finer than 1m. */
export function parseCpu(input: string | number): number | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?(m?)$/.exec(textOf(input));
  if (match?.[1] === undefined) return undefined;
  return scale(match[1], match[2], match[3] === 'm' ? 1 : 1000);
}

/** Reads bytes (`"512MiB"`, `"5G"`, `"2g"`, `1048576`); undefined when it is not that, no whole bytes or beyond 2^53. */
export function parseBytes(input: string | number): number | undefined {
  const match = /^(\d{1,16})(?:\.(\d{1,15}))? ?([A-Za-z]{0,3})$/.exec(textOf(input));
  if (match?.[1] === undefined) return undefined;
  const factor = byteFactor(match[3] ?? '');
  return factor === undefined ? undefined : scale(match[1], match[2], factor);
}

/** Reads a duration (`"30s"`, `"1h30m"`, `"1.5s"`, `"0"`) as milliseconds; undefined when it is not that or finer than 1ms. */
export function parseDuration(input: string | number): number | undefined {
  const text = textOf(input);
  if (text === '0') return 0;
  const match = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/.exec(text);
  if (match === null || text === '') return undefined;
  const parts = DURATION_UNITS.map(([, factor], index) => partOf(match[index + 1], factor));
  return parts.reduce((sum, part) => (sum === undefined || part === undefined ? undefined : safe(sum + part)), 0);
}

/** Prints thousandths of a CPU exactly, as `parseCpu` reads them: `2`, `1.5`, `500m`. */
export function formatCpu(millis: number): string {
  if (millis !== 0 && Math.abs(millis) < 1000) return `${String(millis)}m`;
  return String(millis / 1000);
}

/** Prints bytes exactly, as `parseBytes` reads them: in the largest binary unit that divides them, else the decimal one. */
export function formatExactBytes(bytes: number): string {
  if (bytes === 0) return '0';
  for (const letter of ['p', 't', 'g', 'm', 'k'] as const) {
    if (bytes % BINARY[letter] === 0) return `${String(bytes / BINARY[letter])}${letter.toUpperCase()}iB`;
    if (bytes % DECIMAL[letter] === 0)
      return `${String(bytes / DECIMAL[letter])}${letter === 'k' ? 'k' : letter.toUpperCase()}B`;
  }
  return String(bytes);
}

/** Prints bytes for people, in binary units with at most three digits: `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let [value, unit] = [bytes, 'B'];
  // 999.5 and more would round to four digits.
  while (Math.abs(value) >= 999.5 && units.length > 0) [value, unit] = [value / 1024, units.shift() ?? 'B'];
  return `${threeDigits(value)} ${unit}`;
}

/** Prints milliseconds exactly, as `parseDuration` reads them: `1h30m`, `500ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let left = ms;
  return DURATION_UNITS.map(([unit, factor]) => {
    const count = Math.floor(left / factor);
    left -= count * factor;
    return count === 0 ? '' : `${String(count)}${unit}`;
  }).join('');
}

/** Prints an age for people with its two largest units down to seconds: `3d4h`, `5m10s`, `0s`; below zero counts as zero. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000) * 1000;
  const largest = DURATION_UNITS.findIndex(([, factor]) => seconds >= factor);
  const smallest = DURATION_UNITS[Math.min(largest + 1, 3)]?.[1] ?? 1000;
  return formatDuration(largest < 0 ? 0 : Math.floor(seconds / smallest) * smallest);
}

// Numbers in exponent form have no meaning a person would write, and fail the patterns.
function textOf(input: string | number): string {
  return typeof input === 'number' ? String(input) : input.trim();
}

function byteFactor(unit: string): number | undefined {
  if (unit === '' || unit === 'B' || unit === 'b') return 1;
  const binary = /^(?:[KMGTP]iB?|[kmgtp]b?)$/.test(unit);
  if (!binary && !/^(?:[KMGTP]B?|kB)$/.test(unit)) return undefined;
  const letter = unit.charAt(0).toLowerCase();
  return isPrefix(letter) ? (binary ? BINARY : DECIMAL)[letter] : undefined;
}

function isPrefix(letter: string): letter is keyof typeof BINARY {
  return Object.hasOwn(BINARY, letter);
}

function partOf(text: string | undefined, factor: number): number | undefined {
  if (text === undefined) return 0;
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  return match?.[1] === undefined ? undefined : scale(match[1], match[2], factor);
}

// In integers, because 0.1 * 1000 is not 100 in floating point for every such pair.
function scale(whole: string, fraction: string | undefined, factor: number): number | undefined {
  const digits = fraction ?? '';
  const divisor = 10n ** BigInt(digits.length);
  const product = BigInt(whole + digits) * BigInt(factor);
  return product % divisor === 0n ? safe(Number(product / divisor)) : undefined;
}

function safe(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}

function threeDigits(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}
