import { expect } from 'chai';
import { HeadframeError } from '../../common/model/error.js';

/** Expects a HeadframeError with this reason, and gives it. */
export async function expectReason(outcome: Promise<unknown>, reason: string): Promise<HeadframeError> {
  const thrown = await outcome.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).to.be.instanceOf(HeadframeError);
  // instanceOf has just been asserted.
  const failure = thrown as HeadframeError;
  expect(failure.reason).to.equal(reason);
  return failure;
}
