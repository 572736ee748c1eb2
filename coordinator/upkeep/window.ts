/** A weekly time of maintenance, by the wall clocks of a time zone; one that ends before it begins runs past midnight. */
export interface MaintenanceWindow {
  /** Days on which it begins; 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes of the day from 0; the end is exclusive, at most 1440. */
  readonly startMinute: number;
  readonly endMinute: number;
  /** Reads a wall clock of its time zone. */
  readonly clockAt: (atMs: number) => WallClock;
}

interface WallClock {
  readonly day: number;
  readonly minute: number;
  readonly second: number;
}

/** How a window is written, for those who wrote it otherwise. */
export const WINDOW_FORM =
  'days, times and a time zone, such as "Sat 02:00-04:00 UTC", "Mon-Fri 23:00-01:00 Europe/Berlin" or "daily 03:00-03:30"';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FORM = /^(\S+) (\d{2}):(\d{2})-(\d{2}):(\d{2})(?: ([A-Za-z0-9_+/-]{1,64}))?$/;
const MINUTES_A_DAY = 1_440;

/** Reads a window as people write it, in UTC where no time zone is named; undefined for what is none. */
export function parseWindow(text: string): MaintenanceWindow | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const [, dayText = '', startHour, startPart, endHour, endPart, zone = 'UTC'] = match;
  const days = parseDays(dayText.toLowerCase());
  const startMinute = minuteOf(startHour, startPart);
  const endMinute = minuteOf(endHour, endPart);
  const clockAt = wallClockOf(zone);
  if (days === undefined || clockAt === undefined || startMinute >= MINUTES_A_DAY) return undefined;
  if (Number.isNaN(startMinute + endMinute) || startMinute === endMinute || endMinute > MINUTES_A_DAY) return undefined;
  return { days, startMinute, endMinute, clockAt };
}

/** Milliseconds until an open window closes, by its wall clock; undefined while it is closed. */
export function openForMs(window: MaintenanceWindow, atMs: number): number | undefined {
  const { day, minute, second } = window.clockAt(atMs);
  const { days, startMinute, endMinute } = window;
  const left = (end: number): number => ((end - minute) * 60 - second) * 1000;
  if (startMinute < endMinute)
    return days.has(day) && minute >= startMinute && minute < endMinute ? left(endMinute) : undefined;
  if (days.has(day) && minute >= startMinute) return left(endMinute + MINUTES_A_DAY);
  return days.has((day + 6) % 7) && minute < endMinute ? left(endMinute) : undefined;
}

/** `sat`, `mon-fri`, `tue,thu` or `daily`. */
function parseDays(text: string): ReadonlySet<number> | undefined {
  if (text === 'daily') return new Set(DAYS.keys());
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, ...rest] = part.split('-');
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    if (from < 0 || to < 0 || rest.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return days;
}

/** NaN for what is no time of a day. */
function minuteOf(hour: string | undefined, minute: string | undefined): number {
  return Number(hour) > 24 || Number(minute) > 59 ? NaN : Number(hour) * 60 + Number(minute);
}

/** Undefined for a time zone that nobody knows. */
function wallClockOf(timeZone: string): MaintenanceWindow['clockAt'] | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    return (atMs) => {
      const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
      const day = DAYS.indexOf((parts.get('weekday') ?? '').toLowerCase());
      return { day, minute: minuteOf(parts.get('hour'), parts.get('minute')), second: Number(parts.get('second')) };
    };
  } catch {
    return undefined; // RangeError: no such time zone
  }
}
