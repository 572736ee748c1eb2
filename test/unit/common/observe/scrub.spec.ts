import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { scrub } from '../../../../common/observe/scrub.js';

describe('scrub', () => {
  it('leaves secrets out by their names, however deep they lie', () => {
    const container = { image: 'miner:1', env: { KEY: 's3cret' } };
    const fields = {
      serial: 1,
      held: { assignments: [{ workload: { container } }] },
      Config: { Env: ['KEY=s3cret'] },
      Token: 's3cret',
      password: undefined,
    };
    expect(scrub(fields)).to.deep.equal({
      serial: 1,
      held: { assignments: [{ workload: { container: { image: 'miner:1', env: '***' } } }] },
      Config: { Env: '***' },
      Token: '***',
      password: undefined,
    });
    expect(container.env.KEY).to.equal('s3cret');
  });

  it('tells what an error and its causes say, and none of what else they carry', () => {
    const cause = Object.assign(new Error('HTTP 500'), { code: 'ECONNRESET', options: { Env: ['KEY=s3cret'] } });
    const error = new HeadframeError({ code: 'internal', reason: 'engine_error', message: 'refused', cause });
    expect(scrub({ error }).error).to.include({ reason: 'engine_error', message: 'refused: HTTP 500' });
    expect(scrub({ err: cause }).err).to.include({ type: 'Error', message: 'HTTP 500', code: 'ECONNRESET' });
    expect(JSON.stringify(scrub({ error, cause }))).to.not.include('s3cret');
  });

  it('ends where fields contain themselves', () => {
    const fields: Record<string, unknown> = { name: 'a' };
    fields['self'] = fields;
    expect(JSON.stringify(scrub(fields)).length).to.be.below(1_000);
  });

  it('hands over as they are what are no plain values', () => {
    const bytes = Buffer.from('ab');
    expect(scrub({ bytes, none: null, at: 5n })).to.deep.equal({ bytes, none: null, at: 5n });
  });
});
