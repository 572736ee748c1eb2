import type { RetryClass } from '../../../common/model/intent.js';
import { ACTIONS, ACTIONS_BY_NAME, BY_CUSTOM, BY_FULL_NAME, BY_NAME } from './error-classes.js';
import type { Verdict } from './error-classes.js';
import type { WaitRule } from './wait-rules.js';

/** What is to be done about an error of a chain. */
export interface RetryAdvice {
  readonly class: RetryClass;
  readonly action: string;
  /** Of `wait_block`: how to find the block. */
  readonly wait: WaitRule | undefined;
}

const CUSTOM = /^pool\.custom\.(\d{1,3})$/;

/**
 * The class of an error by its name: `pallet.Name` or `Name` of a dispatch error, `pool.KIND`, `pool.CODE`, `pool.custom.N` of a
 * refusal, whose N means what `customErrors` says. A name that is not known is `unknown`, which nobody repeats.
 */
export function retryClass(error: string, customErrors?: '218' | '233'): RetryAdvice {
  const verdict = verdictOf(error, customErrors) ?? 'unknown';
  if (typeof verdict === 'object') return { class: 'wait_block', action: ACTIONS.wait_block, wait: verdict.wait };
  return { class: verdict, action: ACTIONS_BY_NAME.get(error) ?? ACTIONS[verdict], wait: undefined };
}

function verdictOf(error: string, customErrors: '218' | '233' | undefined): Verdict | undefined {
  const custom = CUSTOM.exec(error)?.[1];
  if (custom !== undefined) return customErrors && BY_CUSTOM[customErrors][Number(custom)];
  if (Object.hasOwn(BY_FULL_NAME, error)) return BY_FULL_NAME[error];
  const name = error.slice(error.lastIndexOf('.') + 1);
  return Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
}
