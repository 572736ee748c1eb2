import { runtimeError } from '../runtime-error.js';
import { reasonOfEngineError } from './engine-error.js';
import { recordOf, textOf } from './json-lines.js';

/** Throws where a message of the engine says that a pull or a build has failed, which its answer does not. */
export function throwIfFailed(message: unknown, phase: 'pull' | 'build'): void {
  const { error, errorDetail } = recordOf(message);
  const text = textOf(recordOf(errorDetail)['message']) || textOf(error);
  if (text === '') return;
  throw runtimeError(reasonOfEngineError({ statusCode: 200, socketCode: undefined, text }, phase), text);
}
