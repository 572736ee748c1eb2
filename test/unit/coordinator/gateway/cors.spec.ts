import { expect } from 'chai';
import { corsHeaders, preflightHeaders } from '../../../../coordinator/gateway/cors.js';

const PANEL = 'https://panel.example';
const OTHER = 'https://other.example';
const none = new Set<string>();
const some = new Set([PANEL]);

describe('answers to pages of other origins', () => {
  it('carry nothing of CORS where no origin is allowed', () => {
    const asked = { origin: PANEL, 'access-control-request-method': 'POST' };
    expect(corsHeaders({ origin: PANEL }, none)).to.deep.equal({});
    expect(preflightHeaders({ method: 'OPTIONS', headers: asked }, none)).to.equal(undefined);
  });

  it('name the one origin that asks, never all, and let a browser send nothing that it keeps', () => {
    const told = corsHeaders({ origin: PANEL }, some);
    expect(told).to.deep.include({ 'access-control-allow-origin': PANEL, vary: 'origin' });
    expect(told).not.to.have.property('access-control-allow-credentials');
    for (const origin of [OTHER, 'null', undefined])
      expect(corsHeaders({ ...(origin === undefined ? {} : { origin }) }, some)).to.deep.equal({ vary: 'origin' });
  });

  it('tell a browser beforehand what a page of an allowed origin may send, and no other', () => {
    const asked = (origin: string, method = 'OPTIONS') =>
      preflightHeaders({ method, headers: { origin, 'access-control-request-method': 'POST' } }, some);
    expect(asked(PANEL)?.['access-control-allow-headers']).to.include('authorization');
    expect(asked(PANEL)?.['access-control-allow-methods']).to.include('DELETE');
    expect([asked(OTHER), asked(PANEL, 'POST')]).to.deep.equal([undefined, undefined]);
    expect(preflightHeaders({ method: 'OPTIONS', headers: { origin: PANEL } }, some)).to.equal(undefined);
  });
});
