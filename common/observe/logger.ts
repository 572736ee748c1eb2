import { pino } from 'pino';
import type { LogFn, Logger as PinoLogger } from 'pino';
import { scrub } from './scrub.js';

/** Structured log of a program; `child` adds fields such as request, host and instance ids to every line. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(fields: Readonly<Record<string, unknown>>): Logger;
};

/** Least important lines that are written. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** How a program logs. */
export interface LogOptions {
  readonly program: string;
  readonly level: LogLevel;
  /** One JSON object a line, or text for people. */
  readonly format: 'json' | 'pretty';
}

/** A logger whose level can be changed while it is in use. */
export interface Log {
  readonly logger: Logger;
  /** Holds for all children, too. */
  readonly setLevel: (level: LogLevel) => void;
}

/** Logs to standard error, so that standard output stays free for a command's result. Secrets are left out: `scrub`. */
export function openLog(options: LogOptions): Log {
  let least = weightOf(options.level);
  const base = {
    // A child keeps the level that it was made with, so that the level is looked at line by line.
    level: 'trace',
    hooks: {
      logMethod(this: PinoLogger, args: Parameters<LogFn>, method: LogFn, weight: number): void {
        if (weight >= least) method.apply(this, args);
      },
    },
    base: { program: options.program },
    formatters: { log: scrub },
    // Errors have been described by then, and the library would take the description for one.
    serializers: { err: (described: unknown) => described },
  };
  const setLevel = (level: LogLevel): void => {
    least = weightOf(level);
  };
  if (options.format === 'json') {
    return { logger: scrubbed(pino(base, pino.destination({ fd: 2, sync: true }))), setLevel };
  }
  const transport = {
    target: 'pino-pretty',
    options: { destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' },
  };
  return { logger: scrubbed(pino({ ...base, transport })), setLevel };
}

/** `openLog` of a program whose level stays as it is. */
export function createLogger(options: LogOptions): Logger {
  return openLog(options).logger;
}

function weightOf(level: LogLevel): number {
  return level === 'silent' ? Infinity : (pino.levels.values[level] ?? 0);
}

/** Fields of a child go past the formatter; a child inherits this of its parent. */
function scrubbed(logger: PinoLogger): Logger {
  const plainChild = logger.child.bind(logger);
  return Object.assign(logger, {
    child: (fields: Readonly<Record<string, unknown>>): Logger => scrubbed(plainChild(scrub(fields))),
  });
}

/** Says nothing; for tests and for libraries without a log of their own. */
export const silentLogger: Logger = pino({ level: 'silent' });
