import { expect } from 'chai';
import { Answer, refusalOf, replyIn } from '../../../../../coordinator/dashboard/page/state/answer.js';
import { NO_QUESTION, questionBody, questionFaults } from '../../../../../coordinator/dashboard/page/state/question.js';
import { replyTextOf } from '../../../../../coordinator/kinds/model/contract.js';

const MOST = 256 * 1024;

/** What is shown after each piece, and at the end. */
function shown(contentType: string, ...pieces: readonly string[]): string[] {
  const answer = new Answer(contentType);
  const texts = pieces.map((piece) => {
    answer.take(piece);
    return answer.text;
  });
  answer.end();
  return [...texts, answer.text];
}

describe('the answer of a model on the dashboard', () => {
  it('is the reply of the contract, once all of it is there, and all that was said where there is none', () => {
    expect(shown('application/json', '{"respon', 'se": "<b>4</b>"}')).to.deep.equal(['', '', '<b>4</b>']);
    for (const said of ['{"response": ""}', '{"weights": 3}', 'garbage', '[1]', ''])
      expect(shown('application/json; charset=utf-8', said).at(-1)).to.equal(said);
  });

  it('is found by the same keys as the coordinator finds it by', () => {
    for (const key of ['response', 'text', 'message', 'answer', 'output', 'reply', 'said'])
      expect(replyIn({ [key]: 'four' }), key).to.equal(replyTextOf({ [key]: 'four' })?.text);
  });

  it('comes piece by piece from streams, however they are cut, with what is no JSON as it is', () => {
    expect(shown('application/x-ndjson', '{"response":"a "}\n{"resp', 'onse":"b"}\n', 'not json')).to.deep.equal([
      ...['a ', 'a b', 'a b', 'a bnot json\n'],
    ]);
    const events = ['event: token\ndata: {"choices":[{"delta":{"content":"a"}}]}\r\n\r\n', 'data: [DONE]\n\n'];
    expect(shown('text/event-stream', ...events).at(-1)).to.equal('a');
    expect(shown('text/event-stream', 'data: plain\n\n').at(-1)).to.equal('plain\n');
    expect(shown('application/x-ndjson', '{"message":{"content":"a"}}\n{"done":true}\n').at(-1)).to.equal('a');
    expect(shown('text/plain', 'a', 'b')).to.deep.equal(['a', 'ab', 'ab']);
  });

  it('is bounded, whatever it is, and looks no deeper than anybody means it', () => {
    for (const type of ['application/json', 'application/x-ndjson', 'text/event-stream', 'text/plain']) {
      const answer = new Answer(type);
      let taken = 0;
      while (!answer.isFull && taken < 100) {
        answer.take('data: x'.repeat(1_000));
        taken += 1;
      }
      const { length } = answer.text;
      answer.take('data: more\n');
      expect(answer.text, type).to.have.length(length);
      answer.end();
      expect([type, taken < 100, answer.text.length <= MOST + 2]).to.deep.equal([type, true, true]);
    }
    const deep = `${'{"choices":['.repeat(20_000)}"a"${']}'.repeat(20_000)}`;
    expect(shown('application/json', deep).at(-1)).to.have.length(MOST + 2);
    expect(replyIn(JSON.parse(`${'{"choices":['.repeat(9)}"a"${']}'.repeat(9)}`))).to.equal(undefined);
  });

  it('says in the model’s own words why there is none, and no more of them than one reads', () => {
    const { status, detail, remedy } = refusalOf('m-1', 503, '{"error": {"message": "no <b>room</b>"}}');
    expect([status, detail, remedy]).to.deep.equal([
      ...[503, 'm-1 answers with the status 503: no <b>room</b>'],
      'It was reached, and has failed: see the log of m-1.',
    ]);
    expect(refusalOf('m-1', 400, 'x'.repeat(9_000)).detail).to.have.length.below(600);
  });
});

describe('a question to a model on the dashboard', () => {
  it('is sent with what was said of it alone', () => {
    const form = { ...NO_QUESTION, prompt: 'Why?' };
    expect(questionBody(form)).to.deep.equal({ prompt: 'Why?' });
    expect(questionBody({ ...form, temperature: '0', maxTokens: '8' })).to.deep.equal({
      ...{ prompt: 'Why?', temperature: 0, max_tokens: 8 },
    });
  });

  it('is refused by the field that is wrong', () => {
    const faulty = { prompt: ' ', temperature: '2.1', maxTokens: '1.5' };
    expect(Object.keys(questionFaults(faulty))).to.deep.equal(['prompt', 'temperature', 'maxTokens']);
    expect(questionFaults({ prompt: 'a', temperature: '2', maxTokens: '1' })).to.deep.equal({});
    expect(questionFaults({ ...faulty, temperature: 'warm' })).to.have.property('temperature');
  });
});
