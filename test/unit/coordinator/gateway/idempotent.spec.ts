import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import type { ErrorCode } from '../../../../common/model/error.js';
import { IdempotentAnswers } from '../../../../coordinator/gateway/idempotent.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('requests with a key', () => {
  const request = {
    isKept: true,
    caller: 'operator ada',
    key: 'key-0001',
    parts: ['POST', '/v1/miners/a/restart', { b: 1 }],
  };
  let clock: ManualClock;
  let answers: IdempotentAnswers;
  let made: number;
  beforeEach(() => {
    clock = new ManualClock();
    answers = new IdempotentAnswers(clock);
    made = 0;
  });
  const make = () => Promise.resolve({ status: 200, body: `answer ${String((made += 1))}` });
  const fail =
    (code: ErrorCode, reason: string = code) =>
    () => {
      made += 1;
      return Promise.reject(new HeadframeError({ code, reason, message: 'no' }));
    };

  it('are done once, and a repetition is answered as the first was', async () => {
    expect(await answers.answer(request, make)).to.deep.equal({ status: 200, body: 'answer 1' });
    const again = await answers.answer(request, make);
    expect(again).to.deep.equal({ status: 200, body: 'answer 1', headers: { 'idempotency-replayed': 'true' } });
    expect(made).to.equal(1);
  });

  it('wait for the first where that is under way', async () => {
    let finish: () => void = () => undefined;
    const slow = answers.answer(request, async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return make();
    });
    const second = answers.answer(request, make);
    finish();
    expect((await Promise.all([slow, second])).map(({ body }) => body)).to.deep.equal(['answer 1', 'answer 1']);
  });

  it("are refused for another request under the same key, which is each caller's own", async () => {
    await answers.answer(request, make);
    await expectReason(
      answers.answer({ ...request, parts: ['POST', '/v1/miners/b/restart'] }, make),
      'idempotency_key_reused',
    );
    expect((await answers.answer({ ...request, caller: 'operator bob' }, make)).body).to.equal('answer 2');
  });

  it('may be tried again after a refusal, and not after what may have been done', async () => {
    for (const code of ['failed_precondition', 'resource_exhausted', 'unavailable'] as const) {
      await expectReason(answers.answer({ ...request, key: `key-${code}` }, fail(code)), code);
      expect((await answers.answer({ ...request, key: `key-${code}` }, make)).status).to.equal(200);
    }
    const before = made;
    for (const [code, reason] of [
      ['internal', 'internal'],
      ['deadline_exceeded', 'late'],
      ['unavailable', 'audit_outcome_unrecorded'],
    ] as const) {
      await expectReason(answers.answer({ ...request, key: `key-${reason}` }, fail(code, reason)), reason);
      await expectReason(answers.answer({ ...request, key: `key-${reason}` }, make), reason);
    }
    expect(made).to.equal(before + 3);
  });

  it('are refused for a key that is none', async () => {
    for (const key of ['', 'short', 'with a space', 'x'.repeat(129)])
      await expectReason(answers.answer({ ...request, key }, make), 'request_invalid');
    expect(made).to.equal(0);
  });

  it('are known for a day, and the oldest of too many, or of too much, are forgotten', async () => {
    await answers.answer(request, make);
    clock.advance(24 * 3_600_000);
    expect((await answers.answer(request, make)).body).to.equal('answer 2');
    for (let count = 0; count < 256; count += 1)
      await answers.answer({ ...request, key: `another-${String(count)}` }, make);
    expect((await answers.answer(request, make)).body).to.equal('answer 259');
    const large = () => Promise.resolve({ status: 200, body: 'x'.repeat(600_000) });
    for (const key of ['large-01', 'large-02']) await answers.answer({ ...request, key }, large);
    expect((await answers.answer({ ...request, key: 'large-01' }, make)).body).to.have.lengthOf.below(20);
    expect((await answers.answer({ ...request, key: 'large-02' }, make)).body).to.have.lengthOf(600_000);
  });
});
