import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import type { ErrorCode } from '../../../../common/model/error.js';
import { EXIT_CODES, WAIT_TIMEOUT, exitCodeOf } from '../../../../coordinator/cli/exit-codes.js';

const failure = (code: ErrorCode, reason = 'x'): HeadframeError => new HeadframeError({ code, reason, message: 'x' });

describe('Exit codes', () => {
  const cases: readonly [ErrorCode, number][] = [
    ['internal', 1],
    ['data_loss', 1],
    ['unimplemented', 1],
    ['invalid_argument', 2],
    ['not_found', 3],
    ['failed_precondition', 4],
    ['already_exists', 4],
    ['aborted', 4],
    ['unavailable', 5],
    ['deadline_exceeded', 5],
    ['resource_exhausted', 5],
    ['permission_denied', 7],
    ['unauthenticated', 7],
    ['cancelled', 130],
  ];
  for (const [code, exitCode] of cases) {
    it(`ends with ${String(exitCode)} after ${code}`, () => expect(exitCodeOf(failure(code))).to.equal(exitCode));
  }

  it('tells a wait that gave up from a call that took too long', () => {
    expect(exitCodeOf(failure('deadline_exceeded', WAIT_TIMEOUT))).to.equal(6);
  });

  it('tells a wait whose rollout failed from a refusal', () => {
    for (const reason of ['rollout_failed', 'miner_rolled_back', 'quarantined'])
      expect(exitCodeOf(failure('failed_precondition', reason))).to.equal(8);
  });

  it('uses no number twice', () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code);
    expect(new Set(codes).size).to.equal(codes.length);
  });
});
