import { expect } from 'chai';
import type { Caller, Role } from '../../../../common/model/caller.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { createAuthorize } from '../../../../coordinator/security/index.js';

const SERIAL = '4a';
const CHANGE = '/headframe.v1.FleetService/DeleteMiner';
const TOKEN = 'Bearer 0123456789.secret';

interface Shown {
  /** Of the certificate. */
  readonly role?: Role;
  readonly isRevoked?: boolean;
  readonly authorization?: string;
  readonly isPrivate?: boolean;
  /** Whom the token speaks of. */
  readonly bearer?: Partial<Caller>;
  readonly method?: string;
  readonly isExpired?: boolean;
}

describe('who makes a call', () => {
  function outcome(shown: Shown): unknown {
    const { role, isRevoked, authorization, isPrivate = true, bearer, method = CHANGE, isExpired = false } = shown;
    const reasons: string[] = [];
    const subject = role === 'agent' ? { role, hostId: 'h-1' } : { role: role ?? 'admin', name: 'ada' };
    const verified = { ...subject, serial: SERIAL, notAfterMs: 1, issuer: 'sha256:0' };
    const authorize = createAuthorize({
      authority: {
        verify: () => (isExpired ? { refused: 'expired' } : verified),
        verifyExpired: () => verified,
      },
      isRevoked: (serial) => isRevoked === true && serial === SERIAL,
      bearer: (shown) =>
        bearer === undefined || shown !== '0123456789.secret'
          ? { refused: 'token_unknown', error: refusal }
          : { role: 'viewer', name: 'bot', credential: 'token/0123456789', ...bearer },
      onRefused: ({ reason }) => reasons.push(reason),
    });
    const certificate = role === undefined ? undefined : Buffer.alloc(1);
    const metadata = { get: (name: string) => (name === 'authorization' ? authorization : undefined) };
    try {
      return authorize({ method, peer: 'p', requestId: 'r', metadata, certificate, isPrivate });
    } catch (error) {
      if (!(error instanceof HeadframeError)) throw error;
      // The audit is told what the log is, whatever the caller is told.
      if (error.reason === 'unauthenticated') expect([error.innerReason]).to.deep.equal(reasons);
      return [[error.code, error.reason], ...reasons];
    }
  }
  const refusal = new HeadframeError({ code: 'unauthenticated', reason: 'token_unknown', message: '' });
  const refusedFor = (reason: string): unknown => [['unauthenticated', 'unauthenticated'], reason];

  it('is a host whose certificate has expired for nothing but to rejoin, and none whose certificate was revoked', () => {
    const agent = { role: 'agent', name: 'h-1', hostId: 'h-1', credential: SERIAL };
    const method = '/headframe.v1.AccessService/Rejoin';
    expect(outcome({ role: 'agent', isExpired: true, method })).to.deep.equal(agent);
    const revoked = outcome({ role: 'agent', isExpired: true, isRevoked: true, method });
    expect(revoked).to.deep.equal([['unauthenticated', 'credential_revoked'], 'revoked']);
    expect(outcome({ role: 'agent', isExpired: true })).to.deep.equal(refusedFor('expired'));
    const renewal = '/headframe.v1.AccessService/RenewCertificate';
    expect(outcome({ role: 'agent', isExpired: true, method: renewal })).to.deep.equal(refusedFor('expired'));
  });

  it('is whom the certificate speaks of', () => {
    const agent = { role: 'agent', name: 'h-1', hostId: 'h-1', credential: SERIAL };
    expect(outcome({ role: 'agent' })).to.deep.equal(agent);
    const admin = { role: 'admin', name: 'ada', namespaces: undefined, credential: SERIAL };
    expect(outcome({ role: 'admin' })).to.deep.equal(admin);
    expect(outcome({ role: 'admin', isRevoked: true })).to.deep.equal(refusedFor('revoked'));
    expect(outcome({ role: 'agent', isRevoked: true })).to.deep.equal(refusedFor('revoked'));
  });

  it('is held to no namespace at all, where a role that has some names none', () => {
    expect(outcome({ role: 'scheduler' }))
      .to.include({ role: 'scheduler' })
      .and.to.have.deep.property('namespaces', []);
    expect(outcome({ role: 'operator' })).to.have.property('namespaces', undefined);
    const scheduler = { authorization: TOKEN, bearer: { role: 'scheduler' as const } };
    expect(outcome(scheduler)).to.have.deep.property('namespaces', []);
  });

  it('is whom a bearer token speaks of, in private alone and never a host', () => {
    const shown = { authorization: TOKEN, bearer: { namespaces: ['farm'] } };
    const bot = { role: 'viewer', name: 'bot', credential: 'token/0123456789', namespaces: ['farm'] };
    expect(outcome(shown)).to.deep.equal(bot);
    expect(outcome({ ...shown, authorization: TOKEN.replace('Bearer', 'bearer') })).to.deep.equal(bot);
    expect(outcome({ ...shown, isPrivate: false })).to.deep.equal(refusedFor('no_certificate'));
    expect(outcome({ ...shown, bearer: { role: 'agent' } })).to.deep.equal(refusedFor('authorization_malformed'));
    for (const authorization of ['', 'Bearer', 'Bearer a b', `Basic ${TOKEN.slice(7)}`])
      expect(outcome({ ...shown, authorization })).to.deep.equal(refusedFor('authorization_malformed'));
    expect(outcome({ authorization: TOKEN })).to.deep.equal([['unauthenticated', 'token_unknown'], 'token_unknown']);
  });

  it('is nobody with two proofs: neither may lend the other its rights', () => {
    const shown = { role: 'admin' as const, bearer: {} };
    expect(outcome({ ...shown, authorization: TOKEN })).to.deep.equal(refusedFor('two_proofs'));
    expect(outcome({ ...shown, authorization: 'Basic x' })).to.deep.equal(refusedFor('two_proofs'));
  });

  it('is nobody without a proof, and a stranger where the request has one of its own', () => {
    expect(outcome({})).to.deep.equal(refusedFor('no_certificate'));
    const join = '/headframe.v1.AccessService/Join';
    expect(outcome({ method: join })).to.include({ name: 'stranger', credential: 'none' });
    expect(outcome({ method: `${join}All` })).to.deep.equal(refusedFor('no_certificate'));
  });
});
