import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { problemHeaders, problemOf } from '../../../../coordinator/gateway/problems.js';

describe('problemOf', () => {
  it('tells all that gRPC tells, and no cause', () => {
    const violations = [{ path: 'miners[0].name', value: 'A b', expected: 'a name' }];
    const error = new HeadframeError({
      ...{ code: 'invalid_argument', reason: 'manifest_invalid', message: 'no', remedy: 'Mend it.', violations },
      ...{ metadata: { document: 'x' }, innerReason: 'hidden', cause: new Error('hidden') },
    });
    expect(problemOf(error, 'r1')).to.deep.equal({
      ...{ type: 'about:blank', title: 'Bad Request', status: 400, detail: 'no' },
      ...{ code: 'invalid_argument', reason: 'manifest_invalid', remedy: 'Mend it.', violations },
      ...{ metadata: { document: 'x' }, request: 'r1' },
    });
  });

  it('says by the status what HTTP has a word for', () => {
    const statusOf = (code: 'not_found' | 'out_of_range' | 'unimplemented' | 'failed_precondition', reason: string) =>
      problemOf(new HeadframeError({ code, reason, message: '' }), '').status;
    expect(statusOf('not_found', 'module_not_found')).to.equal(404);
    expect(statusOf('out_of_range', 'revision_compacted')).to.equal(410);
    expect(statusOf('unimplemented', 'route_not_served')).to.equal(501);
    expect(statusOf('failed_precondition', 'module_busy')).to.equal(409);
  });

  it('asks whoever is not known for a bearer token, and whoever is too quick to wait', () => {
    const headersOf = (code: 'unauthenticated' | 'resource_exhausted') =>
      problemHeaders(problemOf(new HeadframeError({ code, reason: code, message: '' }), ''));
    expect(headersOf('unauthenticated')).to.include({ 'www-authenticate': 'Bearer realm="headframe"' });
    expect(headersOf('resource_exhausted')).to.include({ 'retry-after': '1' });
  });
});
