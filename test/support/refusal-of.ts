import { HeadframeError } from '../../common/model/error.js';

/** The error of ours that something is refused with; throws what else it throws, and when it is not refused. */
export async function refusalOf(promise: Promise<unknown>): Promise<HeadframeError> {
  const thrown = await promise.then(
    () => new Error('nothing was thrown'),
    (caught: unknown) => caught,
  );
  if (thrown instanceof HeadframeError) return thrown;
  throw thrown;
}
