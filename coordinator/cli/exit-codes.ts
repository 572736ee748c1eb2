import type { ErrorCode, HeadframeError } from '../../common/model/error.js';

/** Every exit code of the program and what it means; docs/cli.md prints this table. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'Done. Also the end by Ctrl-C of what follows until then (`-f`, `--watch`).' },
  failed: {
    code: 1,
    meaning:
      'Failed for a reason that has no code of its own; `store check` found damage, `models check` a broken contract.',
  },
  usage: { code: 2, meaning: 'Wrong usage or bad input: unknown command or flag, refused manifest, no confirmation.' },
  notFound: { code: 3, meaning: 'What was named does not exist.' },
  conflict: { code: 4, meaning: 'The state of things does not allow it, such as removing a host with live instances.' },
  unavailable: { code: 5, meaning: 'The coordinator, host or instance cannot be reached or is overloaded; try again.' },
  waitTimeout: { code: 6, meaning: '`--wait` gave up at its `--timeout`; what was asked for goes on.' },
  permission: { code: 7, meaning: 'Not allowed.' },
  rollout: { code: 8, meaning: '`--wait`: the rollout failed or went back, or the miner is quarantined.' },
  call: { code: 9, meaning: 'A call of a chain failed or was given up; the error tells its class and what to do.' },
  changes: { code: 10, meaning: '`plan --exit-code` and `diff --exit-code`: there are changes.' },
  broken: { code: 70, meaning: '`coordinator start`: it cannot go on, as after its disk has failed.' },
  interrupted: { code: 130, meaning: 'Ended by Ctrl-C or SIGTERM before it was done.' },
} as const;

/** A number that the process ends with. */
export type ExitCode = number;

/** Reason of the error that a wait ends with when its time is over. */
export const WAIT_TIMEOUT = 'wait_timeout';

/** Reasons of the errors that a wait ends with when what it waits for has failed. */
const WAIT_IN_VAIN: ReadonlySet<string> = new Set(['rollout_failed', 'miner_rolled_back', 'quarantined']);

/** Reasons of the errors that a call of a chain ends with. */
const CALL_IN_VAIN: ReadonlySet<string> = new Set(['intent_failed', 'intent_abandoned']);

const CODE_OF: Readonly<Record<ErrorCode, keyof typeof EXIT_CODES>> = {
  invalid_argument: 'usage',
  out_of_range: 'usage',
  not_found: 'notFound',
  already_exists: 'conflict',
  failed_precondition: 'conflict',
  aborted: 'conflict',
  unavailable: 'unavailable',
  deadline_exceeded: 'unavailable',
  resource_exhausted: 'unavailable',
  permission_denied: 'permission',
  unauthenticated: 'permission',
  cancelled: 'interrupted',
  unimplemented: 'failed',
  internal: 'failed',
  data_loss: 'failed',
};

/** The exit code that tells a script what class of error it met. */
export function exitCodeOf(error: HeadframeError): ExitCode {
  if (error.reason === WAIT_TIMEOUT) return EXIT_CODES.waitTimeout.code;
  if (WAIT_IN_VAIN.has(error.reason)) return EXIT_CODES.rollout.code;
  if (CALL_IN_VAIN.has(error.reason)) return EXIT_CODES.call.code;
  return EXIT_CODES[CODE_OF[error.code]].code;
}
