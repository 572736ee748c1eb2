import type { LogQuery } from '../runtime.js';

/** The engine's query for a part of a log. */
export function logParameters(query: LogQuery): Record<string, string> {
  return {
    stdout: '1',
    stderr: '1',
    follow: query.follow ? '1' : '0',
    timestamps: query.timestamps ? '1' : '0',
    tail: query.tail === undefined ? 'all' : String(query.tail),
    ...(query.sinceMs > 0 ? { since: engineSeconds(query.sinceMs) } : {}),
  };
}

/** Unix milliseconds as the engine reads times: seconds with a fraction. */
export function engineSeconds(unixMs: number): string {
  return (unixMs / 1000).toFixed(3);
}
