import { expect } from 'chai';
import { openGatewayFixture } from '../../../support/gateway-fixture.js';
import type { GatewayFixture } from '../../../support/gateway-fixture.js';

describe('keys of requests', () => {
  let gateway: GatewayFixture;
  afterEach(() => gateway.close());

  it('hold over a restart of the coordinator: nothing is done twice, and no other request is taken for it', async () => {
    gateway = await openGatewayFixture();
    const token = await gateway.token('operator');
    await gateway.apply({ name: 'keyed', replicas: 0 });
    const scale = (replicas: number) =>
      gateway.send(token, 'POST /v1/miners/keyed/scale', { replicas }, { 'idempotency-key': 'restart-0001' });
    const first = await scale(2);
    expect(first.status, first.text).to.equal(200);
    await gateway.fleet.scaleMiner({ name: 'keyed', replicas: 5 });
    const store = gateway.store.reopen();
    await gateway.close();
    gateway = await openGatewayFixture({}, store);
    const again = await scale(2);
    expect([again.status, again.text]).to.deep.equal([200, first.text]);
    expect(again.headers).to.include({ 'idempotency-replayed': 'true', etag: first.headers['etag'] });
    expect((await gateway.fleet.getMiner({ name: 'keyed' })).miner?.spec?.replicas).to.equal(5);
    expect((await scale(3)).json).to.include({ status: 422, reason: 'idempotency_key_reused' });
  });
});
