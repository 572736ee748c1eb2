import { parseArgs } from 'node:util';
import { HeadframeError } from '../../common/model/error.js';
import { parseDuration } from '../../common/model/units.js';

/** What runs the example miners. */
export type RuntimeKind = 'docker' | 'process';

/** What the user asked for. */
export interface Options {
  readonly help: boolean;
  /** Ends after the status instead of staying up. */
  readonly once: boolean;
  /** Prints the final state as one JSON object, the last line of stdout. */
  readonly json: boolean;
  readonly runtime: RuntimeKind;
  /** Longest time from apply to settled. */
  readonly timeoutMs: number;
}

/** Printed for `--help`. */
export const USAGE = `Usage: npm run quickstart [-- OPTIONS]

Starts a coordinator and two agents on this machine, runs the miners of deploy/examples on them, shows the fleet and
stays up until Ctrl-C, which ends and removes all that was started.

  --once               end after the status; exit code 0 when the fleet has settled
  --json               print the final state as one JSON object, the last line of standard output
  --runtime RUNTIME    docker (default), or process for a machine without Docker: the miners run as plain processes,
                       not isolated and without limits
  --timeout DURATION   longest time for the fleet to settle (default 3m)
  --help               print this
`;

/** Reads the arguments. Throws `HeadframeError` (invalid_argument) for what it does not know. */
export function parseOptions(args: readonly string[]): Options {
  const { once, json, help, runtime, timeout } = readArguments(args);
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === undefined || timeoutMs === 0) throw wrongUsage('--timeout wants a duration such as 90s or 5m');
  if (runtime !== 'docker' && runtime !== 'process') throw wrongUsage('--runtime wants docker or process');
  return { help, once, json, runtime, timeoutMs };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        runtime: { type: 'string', default: 'docker' },
        timeout: { type: 'string', default: '3m' },
      },
    }).values;
  } catch (error) {
    throw wrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function wrongUsage(message: string): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'usage',
    message,
    remedy: 'See npm run quickstart -- --help.',
  });
}
