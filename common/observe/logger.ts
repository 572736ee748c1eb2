import { pino } from 'pino';
import type { Logger as PinoLogger } from 'pino';

/** Structured log of a program; `child` adds fields such as request, host and instance ids to every line. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(fields: Readonly<Record<string, unknown>>): Logger;
};

/** How a program logs. */
export interface LogOptions {
  readonly program: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** One JSON object a line, or text for people. */
  readonly format: 'json' | 'pretty';
}

/** Paths never written in clear, wherever a log line carries them. */
const REDACTED = ['env', '*.env', 'password', '*.password', 'token', '*.token', 'secret', '*.secret'];

/** Logs to standard error, so that standard output stays free for a command's result. */
export function createLogger(options: LogOptions): Logger {
  const base = { level: options.level, base: { program: options.program }, redact: { paths: REDACTED, censor: '***' } };
  if (options.format === 'json') return pino(base, pino.destination({ fd: 2, sync: true }));
  const transport = {
    target: 'pino-pretty',
    options: { destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' },
  };
  return pino({ ...base, transport });
}

/** Says nothing; for tests and for libraries without a log of their own. */
export const silentLogger: Logger = pino({ level: 'silent' });
