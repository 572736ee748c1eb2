import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { renderError } from '../../../../../coordinator/cli/output/report-error.js';

const refused = new HeadframeError({
  code: 'invalid_argument',
  reason: 'manifest_invalid',
  message: '2 values are not valid',
  remedy: 'Correct them.',
  violations: [
    { document: 'a.yaml#2', path: 'resources.memory', value: '"1"', expected: 'bytes', remedy: 'Add a unit.' },
    { path: 'name', expected: 'a name' },
  ],
  metadata: { omitted_violations: '3' },
});

describe('An error as text', () => {
  it('names place, value, expectation and remedy of every violation', () => {
    expect(renderError(refused, 'table', false).split('\n')).to.deep.equal([
      'error: 2 values are not valid',
      '  a.yaml#2 resources.memory: value "1", expected bytes — Add a unit.',
      '  name: expected a name',
      '  … and 3 more',
      'remedy: Correct them.',
      '',
    ]);
  });

  it('keeps the lines of a message and nothing that steers the terminal', () => {
    const error = new HeadframeError({ code: 'internal', reason: 'x', message: 'a\u001B[1m\n  b' });
    expect(renderError(error, 'wide', false)).to.equal('error: a [1m\n  b\n');
  });

  it('is one line of JSON for programs', () => {
    for (const format of ['json', 'yaml'] as const) {
      const [line = '', ...rest] = renderError(refused, format, true).split('\n');
      expect(rest).to.deep.equal(['']);
      expect(JSON.parse(line)).to.have.nested.property('error.reason', 'manifest_invalid');
      expect(JSON.parse(line)).to.have.nested.property('error.violations[0].path', 'resources.memory');
    }
  });
});
