import { expect } from 'chai';
import { Metadata } from '@grpc/grpc-js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { ErrorCode } from '../../../../common/model/error.js';
import { codeOf, statusOf, toCallError, toStatus } from '../../../../common/rpc/status.js';

const codes: readonly ErrorCode[] = [
  'cancelled',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
];

function overTheWire(error: HeadframeError): HeadframeError {
  return toCallError(Object.assign(new Error(error.message), toStatus(error)));
}

describe('status', () => {
  it('maps each code to its gRPC number and back', () => {
    const numbers = [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    expect(codes.map(statusOf)).to.deep.equal(numbers);
    expect(numbers.map(codeOf)).to.deep.equal(codes);
  });

  it('reads UNKNOWN and numbers of nobody as internal', () => {
    expect([2, 0, 99].map(codeOf)).to.deep.equal(['internal', 'internal', 'internal']);
  });

  it('takes the code for the reason where the other side gave no details', () => {
    const status = { code: 14, details: 'no route', metadata: new Metadata() };
    const error = toCallError(Object.assign(new Error('x'), status));
    expect(error).to.include({ code: 'unavailable', reason: 'unavailable', message: 'no route' });
  });

  it('survives details that are not ours', () => {
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff]));
    const error = toCallError(Object.assign(new Error('x'), { code: 5, details: 'gone', metadata }));
    expect(error).to.include({ code: 'not_found', reason: 'not_found' });
  });

  it('leaves out what is absent', () => {
    const violation = { path: 'a.b', expected: 'a number' };
    const error = new HeadframeError({ code: 'aborted', reason: 'r', message: 'm', violations: [violation] });
    const restored = overTheWire(error);
    expect(restored.violations).to.deep.equal([violation]);
    expect(restored.remedy).to.equal(undefined);
  });

  it('sends texts that are no valid Unicode without failing', () => {
    const message = `half \ud83d pair, whole 🙂`;
    expect(overTheWire(new HeadframeError({ code: 'aborted', reason: 'r', message })).message).to.include('whole 🙂');
  });

  it('keeps the reason when nothing else fits', () => {
    const metadata = { dump: 'x'.repeat(10_000) };
    const error = new HeadframeError({ code: 'aborted', reason: 'too_much', message: 'm', metadata });
    expect(overTheWire(error)).to.include({ code: 'aborted', reason: 'too_much' });
  });
});
