import { expect } from 'chai';
import { judgeReply, replyTextOf } from '../../../../../coordinator/kinds/model/contract.js';
import type { Endpoint, Reply } from '../../../../../coordinator/kinds/model/reply.js';

const CHAT = { response: '4', model: 'm', timestamp: '2024-01-15T10:30:00Z', processing_time: 1.23 };
const INFO = { model_name: 'm', model_type: 'llm', version: '1.0.0', capabilities: ['qa'], max_context_length: 4096 };
const HEALTH = { status: 'healthy', model_loaded: true, uptime: '2h 15m 30s' };

const answer = (body: unknown, status = 200): Reply => ({
  ...{ kind: 'answer', status, tookMs: 5 },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** Points that are not met, with their marks. */
function gaps(endpoint: Endpoint, reply: Reply): string[] {
  const points = judgeReply(endpoint, reply).filter(({ mark }) => mark !== 'met');
  for (const { found } of points) expect(found).to.be.a('string');
  return points.map(({ point, mark }) => `${point} ${mark}`);
}

describe('the contract of models', () => {
  it('is met by answers as the guide has them', () => {
    expect(gaps('POST /api/chat', answer(CHAT))).to.deep.equal([]);
    expect(gaps('GET /info', answer(INFO))).to.deep.equal([]);
    expect(gaps('GET /health', answer(HEALTH))).to.deep.equal([]);
    const met = judgeReply('POST /api/chat', answer(CHAT));
    expect(met.map(({ point, mark, found }) => [point, mark, found])).to.deep.equal([
      ['response', 'met', undefined],
      ['model', 'met', undefined],
      ['timestamp', 'met', undefined],
      ['processing_time', 'met', undefined],
    ]);
  });

  it('accepts old names of the reply, and says which', () => {
    const { response: _new, ...rest } = CHAT;
    for (const key of ['text', 'message', 'answer', 'output']) {
      const reply = answer({ ...rest, [key]: '4' });
      expect(gaps('POST /api/chat', reply), key).to.deep.equal(['response accepted']);
      expect(judgeReply('POST /api/chat', reply)[0]?.found).to.equal(`the old key ${key}`);
    }
    expect(gaps('POST /api/chat', answer({ text: '4' }))).to.deep.equal([
      ...['response accepted', 'model accepted', 'timestamp accepted', 'processing_time accepted'],
    ]);
    expect(replyTextOf({ answer: 'b', text: 'a' })).to.deep.equal({ key: 'text', text: 'a' });
    expect(replyTextOf({ response: 'new', text: 'a' })).to.deep.equal({ key: 'response', text: 'new' });
  });

  it('is broken by what is missing, of another kind or out of range', () => {
    const cases: readonly (readonly [Endpoint, object, string[]])[] = [
      ['POST /api/chat', { ...CHAT, response: '' }, ['response broken']],
      ['POST /api/chat', { ...CHAT, response: 4, text: 'four' }, ['response broken']],
      ['POST /api/chat', { ...CHAT, response: undefined, text: ' ' }, ['response broken']],
      ['POST /api/chat', { ...CHAT, timestamp: 'today' }, ['timestamp broken']],
      ['POST /api/chat', { ...CHAT, timestamp: '2024-13-45T10:30:00Z' }, ['timestamp broken']],
      ['POST /api/chat', { ...CHAT, processing_time: -1 }, ['processing_time broken']],
      ['POST /api/chat', { ...CHAT, model: 7 }, ['model broken']],
      ['GET /info', { ...INFO, model_type: 'oracle' }, ['model_type broken']],
      ['GET /info', { ...INFO, capabilities: 'qa' }, ['capabilities broken']],
      ['GET /info', { ...INFO, capabilities: [1] }, ['capabilities broken']],
      ['GET /info', { ...INFO, max_context_length: 0 }, ['max_context_length broken']],
      ['GET /info', { ...INFO, max_context_length: undefined }, ['max_context_length broken']],
      ['GET /info', { ...INFO, max_context_length: undefined, model_type: 'speech' }, ['max_context_length accepted']],
      ['GET /health', { ...HEALTH, status: 'dead' }, ['status broken']],
      ['GET /health', { ...HEALTH, model_loaded: 'yes' }, ['model_loaded broken']],
      ['GET /health', { ...HEALTH, uptime: 8130 }, ['uptime accepted']],
      ['GET /health', {}, ['status broken', 'model_loaded broken', 'uptime accepted']],
    ];
    for (const [endpoint, body, wanted] of cases)
      expect(gaps(endpoint, answer(body)), JSON.stringify(body)).to.deep.equal(wanted);
  });

  it('is broken as a whole by a failure, also with a text, by garbage and by silence', () => {
    const silence: Reply = { kind: 'silence', why: 'timeout', text: 'too late', tookMs: 9 };
    const replies = [
      answer(CHAT, 500),
      answer(CHAT, 302),
      answer('garbage'),
      answer('[]'),
      answer('null'),
      answer(''),
      silence,
    ];
    for (const reply of replies) {
      const points = judgeReply('POST /api/chat', reply);
      expect(points.map(({ point, mark }) => [point, mark])).to.deep.equal([['answer', 'broken']]);
    }
    expect(judgeReply('POST /api/chat', answer(CHAT, 500))[0]?.found).to.match(/^status 500: /);
  });

  it('quotes no more of a model than a line, and nothing that steers a terminal', () => {
    const hostile = `\u001b[2J\u009b31m\u202e${'x'.repeat(100_000)}`;
    for (const reply of [answer(hostile), answer({ ...CHAT, model: [hostile] }), answer(hostile, 500)])
      for (const { found = '' } of judgeReply('POST /api/chat', reply)) {
        expect(found).to.have.length.below(120);
        expect(found).not.to.match(/[\p{Cc}\p{Cf}]/u);
      }
  });
});
