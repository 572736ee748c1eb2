import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { parseOptions } from '../../../../deploy/quickstart/options.js';

describe('the options of the quickstart', () => {
  it('default to Docker, tables, and staying up', () => {
    const expected = { help: false, once: false, json: false, runtime: 'docker', timeoutMs: 180_000 };
    expect(parseOptions([])).to.deep.equal(expected);
  });

  it('are read in either form', () => {
    const options = parseOptions(['--once', '--json', '--runtime=process', '--timeout', '90s']);
    expect(options).to.include({ once: true, json: true, runtime: 'process', timeoutMs: 90_000 });
  });

  for (const args of [
    ['--fast'],
    ['--runtime', 'podman'],
    ['--timeout', 'soon'],
    ['--timeout', '0'],
    ['now'],
    ['--runtime'],
  ])
    it(`refuse ${args.join(' ')}`, () => {
      expect(() => parseOptions(args))
        .to.throw(HeadframeError)
        .with.property('code', 'invalid_argument');
    });
});
