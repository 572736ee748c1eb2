import { expect } from 'chai';
import { makeCanary } from '../../../../../../coordinator/kinds/model/scores/canary.js';
import type { CanaryTemplate } from '../../../../../../coordinator/kinds/model/scores/canary.js';
import { nextRoundMs } from '../../../../../../coordinator/kinds/model/scores/due.js';
import { judgeText } from '../../../../../../coordinator/kinds/model/scores/judge-text.js';
import { readChat } from '../../../../../../coordinator/kinds/model/scores/read-chat.js';
import type { Reply } from '../../../../../../coordinator/kinds/model/reply.js';
import { seededRandom } from '../../../../../support/seeded-random.js';

describe('makeCanary', () => {
  const draw = seededRandom(7);

  it('never asks the same twice, and its own truth is right', () => {
    const prompts = new Set<string>();
    const kinds = new Set<string>();
    for (let at = 0; at < 600; at += 1) {
      const canary = makeCanary('llm', undefined, draw);
      if (canary === undefined || canary.judge === 'embedding' || canary.judge === 'llm') expect.fail('no canary');
      expect(judgeText(canary.judge, canary.truth, canary.truth), canary.prompt).to.equal(1);
      if (canary.judge === 'exact') prompts.add(canary.prompt);
      kinds.add(canary.prompt.slice(0, 6));
    }
    expect(kinds.size).to.equal(3);
    expect(prompts.size).to.be.above(350);
  });

  it('asks for the first word of the alphabet, and knows it', () => {
    for (let at = 0; at < 60; at += 1) {
      const { prompt = '', truth = '' } = makeCanary('', undefined, draw) ?? {};
      const words = /alphabet: (.*)\?/.exec(prompt)?.[1]?.split(', ');
      if (words !== undefined) expect([...words].sort()[0]).to.equal(truth);
    }
  });

  it('has none for models that no prompt is for', () => {
    expect(makeCanary('vision', undefined, draw)).to.equal(undefined);
    const speech: CanaryTemplate = { type: 'speech', prompt: 'p', truth: 't', judge: 'exact' };
    expect(makeCanary('vision', [speech], draw)).to.equal(undefined);
    expect(makeCanary('', [speech], draw)).to.equal(undefined);
    expect(makeCanary('speech', [speech], draw)?.truth).to.equal('t');
    expect(makeCanary('vision', [{ ...speech, type: '' }], draw)?.truth).to.equal('t');
  });

  it('fills places alike in prompt and truth, and adds a word where there is none', () => {
    const make = (prompt: string, truth: string) =>
      makeCanary('llm', [{ type: '', prompt, truth, judge: 'words' }], draw);
    const filled = make('Say {word} and {number}, {word}.', '{word} {number}');
    const [word = '', number = ''] = filled?.truth.split(' ') ?? [];
    expect(word).to.match(/^[a-z]{8}$/);
    expect(number).to.match(/^[1-9]\d{3}$/);
    expect(filled?.prompt).to.equal(`Say ${word} and ${number}, ${word}.`);
    const [first, second] = [make('Capital of France?', 'Paris'), make('Capital of France?', 'Paris')];
    expect(first?.prompt).to.match(/^Capital of France\?\n\(Reference: [a-z]{8}\)$/);
    expect(second?.prompt).to.not.equal(first?.prompt);
  });
});

describe('nextRoundMs', () => {
  it('draws gaps without a memory, of the mean that was set, and the first within a minute', () => {
    const draw = seededRandom(3);
    const gaps = Array.from({ length: 20_000 }, () => nextRoundMs('again', 1_000, draw));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    // 1 - e^-3 of the mean, for the cut at three times of it.
    expect(mean).to.be.within(900, 1_000);
    expect(Math.max(...gaps)).to.equal(3_000);
    const longer = gaps.filter((gap) => gap > 500);
    expect(longer.filter((gap) => gap > 1_000).length / longer.length).to.be.closeTo(Math.exp(-0.5), 0.02);
    expect(nextRoundMs('first', 600_000, () => 0.999)).to.be.below(60_000);
    expect(nextRoundMs('first', 1_000, () => 0.999)).to.be.below(1_000);
  });
});

describe('readChat', () => {
  const answer = (body: unknown, status = 200): Reply => ({
    ...{ kind: 'answer', status, tookMs: 12 },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const read = (reply: Reply): string => {
    const found = readChat(reply);
    return found.kind === 'text' ? `${found.key}: ${found.text}` : found.reason;
  };

  it('finds the reply under the key of the contract, at which the original did not look', () => {
    expect(read(answer({ response: '4', model: 'm' }))).to.equal('response: 4');
    expect(read(answer({ text: 'old', response: 'new' }))).to.equal('response: new');
  });

  it('finds it under each key of before, and says which', () => {
    for (const key of ['text', 'message', 'answer', 'output'])
      expect(read(answer({ [key]: '4' }))).to.equal(`${key}: 4`);
  });

  it('counts no other status than 200, whatever text comes with it', () => {
    for (const status of [500, 503, 404, 201, 302])
      expect(read(answer({ response: '4' }, status)), String(status)).to.equal('canary_status');
  });

  it('takes garbage for no answer', () => {
    for (const body of ['', 'four', '[]', '"4"', 'null', '{}', { response: 4 }, { response: ' ' }, { other: '4' }])
      expect(read(answer(body)), JSON.stringify(body)).to.equal('canary_garbage');
  });

  it('tells apart why nothing came', () => {
    const silent = (why: 'unreachable' | 'timeout' | 'too_large' | 'broken_off'): string =>
      read({ kind: 'silence', why, text: '', tookMs: 1 });
    expect([silent('unreachable'), silent('timeout'), silent('too_large'), silent('broken_off')]).to.deep.equal([
      'canary_unreachable',
      'canary_late',
      'canary_too_large',
      'canary_broken_off',
    ]);
  });
});
