import { expect } from 'chai';
import { WebSocket } from 'ws';
import { openGatewayFixture } from '../../../support/gateway-fixture.js';
import type { GatewayFixture } from '../../../support/gateway-fixture.js';
import { LiveListener } from '../../../support/live-listener.js';
import { waitFor } from '../../../support/wait-for.js';

const PANEL = 'https://panel.example';
const OTHER = 'https://other.example';

describe('pages of other origins', () => {
  let gateway: GatewayFixture;
  let token: string;

  before(async () => {
    gateway = await openGatewayFixture({ http: { listen: '127.0.0.1:0', corsOrigins: [PANEL] } });
    token = await gateway.token('operator');
  });
  after(() => gateway.close());

  const preflight = (origin: string) =>
    gateway.send(undefined, 'OPTIONS /v1/miners', undefined, {
      ...{ origin, 'access-control-request-method': 'POST' },
      'access-control-request-headers': 'authorization,content-type',
    });

  it('may call where they are allowed, as far as their token lets them, and read refusals too', async () => {
    const asked = await preflight(PANEL);
    expect([asked.status, asked.text]).to.deep.equal([204, '']);
    expect(asked.headers).to.include({ 'access-control-allow-origin': PANEL, vary: 'origin' });
    for (const [shown, line, status] of [
      [token, 'GET /v1/miners', 200],
      [token, 'GET /v1/nothing', 404],
      [token, 'GET /v1/miners/%zz', 400],
      [token, 'GET /models/nobody/info', 404],
      [undefined, 'GET /v1/miners', 401],
    ] as const) {
      const told = await gateway.send(shown, line, undefined, { origin: PANEL });
      expect(told.status, line).to.equal(status);
      expect(told.headers, line).to.include({ 'access-control-allow-origin': PANEL, vary: 'origin' });
      expect(told.headers, line).not.to.have.property('access-control-allow-credentials');
    }
  });

  it('may not where they are not, whatever they are like, and are told no word of CORS', async () => {
    for (const origin of [OTHER, 'null', `${PANEL}:1`, PANEL.replace('https', 'http')]) {
      const asked = [await preflight(origin), await gateway.send(token, 'GET /v1/miners', undefined, { origin })];
      expect(asked.map(({ status, json }) => [status, json['reason']])).to.deep.equal([
        [403, 'origin_refused'],
        [403, 'origin_refused'],
      ]);
      for (const { headers } of asked) expect(Object.keys(headers).join()).not.to.include('access-control');
    }
  });

  it('listen over WebSockets where they are allowed alone', async () => {
    const listening = (origin: string): LiveListener => {
      const headers = { authorization: `Bearer ${token}`, origin };
      return new LiveListener(new WebSocket(`wss://${gateway.address}/v1/ws`, { ca: gateway.authorities, headers }));
    };
    const [allowed, refused] = [listening(PANEL), listening(OTHER)];
    await allowed.opened();
    await waitFor('the refusal', () => refused.code !== undefined || undefined);
    allowed.socket.terminate();
  });
});
