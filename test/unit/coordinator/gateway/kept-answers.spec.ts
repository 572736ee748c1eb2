import { expect } from 'chai';
import { AccessService } from '../../../../common/gen/headframe/v1/access_service_pb.js';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { LeaseService } from '../../../../common/gen/headframe/v1/lease_service_pb.js';
import { WalletService } from '../../../../common/gen/headframe/v1/wallet_service_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { IdempotentAnswers } from '../../../../coordinator/gateway/idempotent.js';
import { KeptAnswers } from '../../../../coordinator/gateway/kept-answers.js';
import { boundMethods } from '../../../../coordinator/gateway/contract/routes.js';
import { isKept } from '../../../../coordinator/gateway/secret-methods.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';

const DAY_MS = 24 * 3_600_000;

describe('requests with a key over a restart', () => {
  const request = { isKept: true, caller: 'operator ada', key: 'key-0001', parts: ['POST', '/v1/miners/a/restart'] };
  let at: FleetFixture;
  let made: number;
  beforeEach(async () => {
    at = await openFleetFixture();
    made = 0;
  });

  /** What a coordinator that starts now knows. */
  const started = () => new IdempotentAnswers(at.clock, new KeptAnswers(at.fleet, at.clock));
  const make =
    (body: unknown = 'done') =>
    () =>
      Promise.resolve({ status: 200, body: `${String(body)} ${String((made += 1))}`, headers: { etag: '"7"' } });

  it('are answered as before, done once, and refused for another request', async () => {
    await started().answer(request, make());
    const again = await started().answer(request, make());
    expect(again).to.deep.equal({
      ...{ status: 200, body: 'done 1' },
      headers: { etag: '"7"', 'idempotency-replayed': 'true' },
    });
    expect(made).to.equal(1);
    await expectReason(started().answer({ ...request, parts: ['DELETE', '/'] }, make()), 'idempotency_key_reused');
    expect((await started().answer({ ...request, caller: 'operator bob' }, make())).body).to.equal('done 2');
  });

  it('are not done again where nobody knows whether they were', async () => {
    const begun = new Promise<never>(() => undefined);
    void started().answer(request, () => begun);
    await at.fleet.transact(() => undefined).durable;
    await expectReason(started().answer(request, make()), 'idempotency_outcome_unknown');
    const failing = { ...request, key: 'failing-1' };
    const fail = () => Promise.reject(new Error('it failed in the middle'));
    await started()
      .answer(failing, fail)
      .catch(() => undefined);
    await expectReason(started().answer(failing, make()), 'idempotency_outcome_unknown');
    expect(made).to.equal(0);
  });

  it('are begun durably before anything is done, and free again after a refusal', async () => {
    const before = at.fleet.revision;
    const refuse = () => {
      expect(at.fleet.revision).to.be.above(before);
      return Promise.reject(new HeadframeError({ code: 'not_found', reason: 'miner_not_found', message: 'no' }));
    };
    await expectReason(started().answer(request, refuse), 'miner_not_found');
    expect([...at.fleet.keyedAnswers()]).to.deep.equal([]);
    expect((await started().answer(request, make())).status).to.equal(200);
  });

  it('are known for a day; of too many the oldest go, and large answers are not kept', async () => {
    await started().answer(request, make());
    at.clock.advance(DAY_MS);
    expect((await started().answer(request, make())).body).to.equal('done 2');
    const large = { ...request, key: 'large-01' };
    await started().answer(large, make('x'.repeat(70_000)));
    await expectReason(started().answer(large, make()), 'idempotency_answer_gone');
    for (let count = 0; count < 256; count += 1) {
      at.clock.advance(1);
      await started().answer({ ...request, key: `another-${String(count)}` }, make());
    }
    expect([...at.fleet.keyedAnswers()]).to.have.lengthOf(256);
    expect((await started().answer(request, make())).body).to.equal('done 260');
  });

  it('are in memory alone where a secret may be in them', async () => {
    await started().answer({ ...request, isKept: false }, make());
    expect([...at.fleet.keyedAnswers()]).to.deep.equal([]);
    const { createToken } = AccessService.method;
    const told = [
      createToken,
      WalletService.method.unlockWallet,
      LeaseService.method.createLease,
      FleetService.method.exec,
    ];
    expect(told.map((method) => isKept({ method }))).to.deep.equal([false, false, false, false]);
    const secret = /passphrase|mnemonic|keyfile|^password$|^credential$|privateKey/;
    for (const { method, binding } of boundMethods())
      if (
        binding.verb !== 'GET' &&
        [...method.input.fields, ...method.output.fields].some((field) => secret.test(field.localName))
      )
        expect(isKept({ method }), method.name).to.equal(false);
    expect(boundMethods().filter(({ method }) => isKept({ method })).length).to.be.above(50);
  });
});
