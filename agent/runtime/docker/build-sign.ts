import type { BuildReason } from '../../../common/model/build-reasons.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { runtimeError } from '../runtime-error.js';

/** How programs say that they could not begin another process, or write on: a step that fails then has failed for that. */
const SIGNS: readonly (readonly [pattern: RegExp, reason: BuildReason, text: string])[] = [
  [
    /can(?:'t|not) fork|(?:fork|clone|spawn|thread|Errno 11).{0,80}(?:Resource temporarily unavailable|EAGAIN)|can't start new thread/i,
    'build_too_many_processes',
    'a step could not begin another process',
  ],
  [/File too large|File size limit exceeded|\bEFBIG\b/i, 'build_too_large', 'a step could not write a file on'],
];

/** The last sign in the output of a build of what it ran short of. */
export class BuildSign {
  #sign: (typeof SIGNS)[number] | undefined;

  /** Hears a piece of the output. */
  heard(text: string): void {
    this.#sign = SIGNS.find(([pattern]) => pattern.test(text)) ?? this.#sign;
  }

  /** Why the build failed, where the output tells better than the engine. */
  explained(error: unknown): unknown {
    const failure = toHeadframeError(error);
    if (failure.reason !== 'image_build_failed' || this.#sign === undefined) return error;
    const [, reason, text] = this.#sign;
    return runtimeError(reason, `${text}: ${failure.message}`, { cause: error });
  }
}
