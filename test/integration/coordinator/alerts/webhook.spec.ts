import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { systemClock } from '../../../../common/model/clock.js';
import { noticeOf } from '../../../../coordinator/alerts/notice.js';
import type { Delivery } from '../../../../coordinator/alerts/plan.js';
import { webhookTarget } from '../../../../coordinator/alerts/webhook.js';
import { AlertServer } from '../../../support/alert-server.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { waitFor } from '../../../support/wait-for.js';

const SECRET = Buffer.from('sixteen bytes or more');
const ENTRY = { reason: 'host_lost', about: 'host-1', text: 'gone', sinceMs: 1, seenAtMs: 2, raisedAtMs: 3, told: {} };
const NOTICE = noticeOf('host_lost host-1', ENTRY, 'raised', 0);

describe('a webhook', () => {
  let server: AlertServer;

  beforeEach(async () => {
    server = await AlertServer.open();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const tell = (patch: { url?: string; privateAddresses?: boolean } = {}, clock = systemClock): Promise<Delivery> => {
    const url = patch.url ?? `http://127.0.0.1:${String(server.port)}/hook?key=1`;
    return webhookTarget({ url, privateAddresses: true, secret: SECRET, ...patch }, clock).tell([NOTICE]);
  };
  const reasonOf = (delivery: Delivery): string => (delivery.kind === 'failed' ? delivery.reason : delivery.kind);

  it('is posted JSON that is signed with the secret', async () => {
    expect(await tell()).to.deep.equal({ kind: 'taken' });
    const [posted] = server.posted;
    expect(posted).to.include({ verb: 'POST', path: '/hook?key=1' });
    expect(posted?.headers).to.include({ 'content-type': 'application/json' });
    const signature = String(posted?.headers['headframe-signature']);
    const seconds = /^t=(\d+),v1=[0-9a-f]{64}$/.exec(signature)?.[1] ?? '';
    const signed = createHmac('sha256', SECRET).update(`${seconds}.${posted?.body ?? ''}`);
    expect(signature).to.equal(`t=${seconds},v1=${signed.digest('hex')}`);
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).to.be.lessThan(60);
    const body = JSON.parse(posted?.body ?? '') as { version: number; alerts: object[] };
    expect(body.version).to.equal(1);
    expect(body.alerts).to.have.lengthOf(1);
    const told = { state: 'raised', reason: 'host_lost', severity: 'error', about: 'host-1', raisedAtMs: 3 };
    expect(body.alerts[0]).to.include(told).and.to.not.have.property('key');
  });

  it('is reached by its name as well', async () => {
    expect(await tell({ url: `http://localhost:${String(server.port)}/` })).to.deep.equal({ kind: 'taken' });
  });

  it('is not called inside of a private network unless that is meant, by address or by name', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433']) {
      const url = `http://${host}:${String(server.port)}/`;
      expect(reasonOf(await tell({ url, privateAddresses: false })), host).to.equal('alert_address_private');
    }
    expect(server.connections).to.equal(0);
  });

  it('has failed when it answers by a redirect, which is not followed, or by an error', async () => {
    server.status = 302;
    expect(reasonOf(await tell())).to.equal('alert_redirected');
    expect(server.posted).to.have.lengthOf(1);
    for (const status of [400, 401, 500]) {
      server.status = status;
      const delivery = await tell();
      expect(reasonOf(delivery)).to.equal('alert_refused');
      expect(delivery).to.have.property('text').that.contains(String(status)).and.not.contains('key');
    }
  });

  it('has failed when it never answers, and its connection is ended', async () => {
    server.status = undefined;
    const clock = new ManualClock();
    const told = tell({}, clock);
    await waitFor('the post', () => server.posted.length === 1);
    clock.advance(5_000);
    expect(reasonOf(await told)).to.equal('alert_late');
  });

  it('leaves no timer behind once it has answered', async () => {
    const clock = new ManualClock();
    expect(await tell({}, clock)).to.deep.equal({ kind: 'taken' });
    expect(clock.pendingTimers).to.equal(0);
  });

  it('has failed when nothing listens, or its name is unknown', async () => {
    const url = `http://127.0.0.1:${String(server.port)}/`;
    await server[Symbol.asyncDispose]();
    expect(reasonOf(await tell({ url }))).to.equal('alert_unreachable');
    expect(reasonOf(await tell({ url: 'http://nowhere.invalid/' }))).to.equal('alert_unreachable');
    server = await AlertServer.open();
  });
});
