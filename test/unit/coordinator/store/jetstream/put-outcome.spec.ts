import { expect } from 'chai';
import { ErrorCode, NatsError } from 'nats';
import { isFull, isPassing, outcomeOf } from '../../../../../coordinator/store/jetstream/put-outcome.js';

const told = (code: number, errorCode: number, description: string): NatsError => {
  const error = new NatsError(description, ErrorCode.Unknown);
  error.api_error = { code, err_code: errorCode, description };
  return error;
};

const CASES: readonly (readonly [string, unknown, string])[] = [
  ['a wrong last sequence', told(400, 10071, 'wrong last sequence: 7'), 'conflict'],
  ['one that does not say which', told(400, 10164, 'wrong last sequence'), 'conflict'],
  ['no answer in time', new NatsError('TIMEOUT', ErrorCode.Timeout), 'unclear'],
  ['nobody who hears', new NatsError('503', ErrorCode.NoResponders), 'unclear'],
  ['a broken connection', new NatsError('gone', ErrorCode.Disconnect), 'unclear'],
  ['servers without a leader', told(503, 10008, 'JetStream system temporarily unavailable'), 'unclear'],
  ['servers that have too much to do', told(429, 10167, 'too many requests'), 'unclear'],
  ['servers that may use no more room', told(503, 10023, 'insufficient resources'), 'unclear'],
  ['a full disk, which may be freed', told(503, 10077, 'no space left on device'), 'unclear'],
  ['an account that may use no more room', told(400, 10002, 'resource limits exceeded for account'), 'unclear'],
  ['a message that is too large', told(400, 10054, 'message size exceeds maximum allowed'), 'refused'],
  ['a stream that is gone', told(404, 10059, 'stream not found'), 'refused'],
  ['a connection that was closed', new NatsError('closed', ErrorCode.ConnectionClosed), 'refused'],
  ['a mistake of our own', new TypeError('undefined is no function'), 'refused'],
];

describe('What a failed attempt to put a message means', () => {
  for (const [what, thrown, kind] of CASES) {
    it(`${what}: ${kind}`, () => {
      expect(outcomeOf(thrown)).to.deep.equal({ kind, cause: thrown });
      expect(isPassing(thrown)).to.equal(kind === 'unclear');
    });
  }

  it('tells whether there is no room', () => {
    expect(CASES.filter(([, thrown]) => isFull(thrown)).map(([what]) => what)).to.deep.equal([
      'servers that may use no more room',
      'a full disk, which may be freed',
      'an account that may use no more room',
    ]);
  });
});
