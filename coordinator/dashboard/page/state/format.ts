import type { Digits } from './wire.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A number of bytes with its unit, to three digits. Pure. */
export function bytes(value: number | Digits): string {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) return '0 B';
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(number) / 10));
  return `${rounded(number / 2 ** (10 * step))} ${UNITS[step] ?? ''}`;
}

/** Thousandths of a CPU as CPUs. Pure. */
export function cpus(millis: number): string {
  return rounded(millis / 1000);
}

/** CPUs with their unit, and little of one in thousandths, so that it is not nothing. Pure. */
export function cpuText(value: number): string {
  return value > 0 && value < 0.095 ? `${rounded(value * 1000)} mCPU` : `${rounded(value)} CPU`;
}

/** A number to three digits. Pure. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = value.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** A part of a whole in percent; '–' of nothing. Pure. */
export function percent(part: number, whole: number): string {
  return whole > 0 ? `${String(Math.round((part / whole) * 100))} %` : '–';
}

/** A span of time in its one or two largest units. Pure. */
export function span(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return `${String(Math.floor(whole / SECOND))} s`;
  if (whole < HOUR) return pair(whole, [MINUTE, 'min'], [SECOND, 's']);
  if (whole < DAY) return pair(whole, [HOUR, 'h'], [MINUTE, 'min']);
  return pair(whole, [DAY, 'd'], [HOUR, 'h']);
}

/** How long ago a time is, in its largest unit; '–' for a time that has not been. Pure. */
export function ago(atMs: number | Digits, nowMs: number): string {
  const at = Number(atMs);
  if (at <= 0) return '–';
  const ms = nowMs - at;
  const unit = (
    [
      [DAY, 'd'],
      [HOUR, 'h'],
      [MINUTE, 'min'],
      [SECOND, 's'],
    ] as const
  ).find(([length]) => ms >= length);
  return unit === undefined ? 'now' : `${String(Math.floor(ms / unit[0]))} ${unit[1]} ago`;
}

/** A time of day, with its date where it was not within the last 20 hours; in the zone of whoever looks. Pure. */
export function clockTime(atMs: number | Digits, nowMs: number): string {
  const at = Number(atMs);
  if (at <= 0) return '–';
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (Math.abs(nowMs - at) < 20 * HOUR) return time;
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** An amount of a chain's smallest unit in whole ones, to four digits behind the point and never rounded up. Pure. */
export function tokens(planck: Digits, decimals: number | undefined, symbol: string): string {
  if (!/^\d+$/.test(planck)) return '–';
  const places = decimals ?? 0;
  const padded = planck.padStart(places + 1, '0');
  const whole = padded.slice(0, padded.length - places).replace(/\B(?=(\d{3})+$)/g, ' ');
  const part = padded
    .slice(padded.length - places)
    .slice(0, 4)
    .replace(/0+$/, '');
  const unit = symbol === '' ? '' : ` ${symbol}`;
  return `${whole}${places > 0 && part !== '' ? `.${part}` : ''}${unit}`;
}

/** The ends of a long address, which tell it apart. Pure. */
export function shortAddress(address: string): string {
  return address.length > 16 ? `${address.slice(0, 6)}…${address.slice(-6)}` : address;
}

type Unit = readonly [number, string];

function pair(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  const first = `${String(Math.floor(ms / large))} ${largeName}`;
  return rest === 0 ? first : `${first} ${String(rest)} ${smallName}`;
}
