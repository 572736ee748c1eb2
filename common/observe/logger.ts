import { pino } from 'pino';
import type { Logger as PinoLogger } from 'pino';
import { scrub } from './scrub.js';

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

/** Logs to standard error, so that standard output stays free for a command's result. Secrets are left out: `scrub`. */
export function createLogger(options: LogOptions): Logger {
  const base = {
    level: options.level,
    base: { program: options.program },
    formatters: { log: scrub },
    // Errors have been described by then, and the library would take the description for one.
    serializers: { err: (described: unknown) => described },
  };
  if (options.format === 'json') return scrubbed(pino(base, pino.destination({ fd: 2, sync: true })));
  const transport = {
    target: 'pino-pretty',
    options: { destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' },
  };
  return scrubbed(pino({ ...base, transport }));
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
