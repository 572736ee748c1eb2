import type { Logger } from '../../common/observe/logger.js';
import type { FromThread, LogLine } from './thread-messages.js';

/** Has another thread write the lines. */
export function threadLogger(
  tell: (message: FromThread) => void,
  with_: Readonly<Record<string, unknown>> = {},
): Logger {
  const at =
    (level: LogLine['level']) =>
    (first: unknown, second?: unknown): void => {
      const fields = { ...with_, ...(typeof first === 'object' ? first : {}) };
      const text = [first, second].find((one) => typeof one === 'string') ?? '';
      tell({ kind: 'log', level, fields: plain(fields), text });
    };
  const [debug, info, warn, error] = [at('debug'), at('info'), at('warn'), at('error')];
  return { debug, info, warn, error, fatal: error, child: (more) => threadLogger(tell, { ...with_, ...more }) };
}

/** Fields as another thread can be handed them: what cannot be copied is told in words. */
function plain(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return structuredClone(fields);
  } catch {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  }
}
