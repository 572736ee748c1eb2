import { X509Certificate, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { Caller } from '../../../../../common/model/caller.js';
import { HeadframeError } from '../../../../../common/model/error.js';
import type { Authority } from '../../../../../coordinator/security/authority/index.js';
import {
  Credentials,
  JoinLimiter,
  allCredentials,
  hasAdmin,
  revokeCredentials,
  standingAt,
} from '../../../../../coordinator/security/credentials/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { makeHostKey, makeTestAuthority, requestBy } from '../../../../support/host-joins.js';

const ASKED = {
  kind: 'enrolment',
  role: 'operator',
  name: 'otto',
  namespaces: ['a'],
  ttlMs: 3_600_000,
  uses: 1,
  labels: {},
  createdBy: 'anna',
} as const;
const PEER = '10.0.0.1:5000';
const ADMIN: Caller = { role: 'admin', name: 'anna', credential: 'aa' };
const DAY_MS = 86_400_000;

describe('credentials of people and programs', () => {
  let at: FleetFixture;
  let authority: Authority;
  let limiter: JoinLimiter;
  let credentials: Credentials;
  beforeEach(async () => {
    at = await openFleetFixture();
    authority = await makeTestAuthority(at.clock);
    limiter = new JoinLimiter(at.clock);
    credentials = new Credentials({ ...at, authority, limiter, random: randomBytes, rejoinWindowMs: 0 });
  });

  type Wish = Parameters<Credentials['createToken']>[0];
  const token = async (wish: Partial<Wish> = {}): Promise<string> =>
    (await credentials.createToken({ ...ASKED, ...wish })).shown;
  const bearer = (wish: Partial<Wish> = {}): Promise<string> => token({ kind: 'bearer', uses: 0, ...wish });
  const login = (shown: string, key = makeHostKey()) =>
    credentials.login({ shown, request: requestBy(key), peer: PEER });
  const callerOf = (pem: string): Caller => {
    const verified = credentials.verify(new X509Certificate(pem).raw);
    if ('refused' in verified || verified.role === 'agent') throw new Error('no certificate of a person');
    const { role, name, namespaces, serial } = verified;
    return { role, name, namespaces, credential: serial };
  };
  const refusalOf = (shown: string, peer = PEER): string | undefined => {
    const verdict = credentials.bearer(shown, peer);
    return 'refused' in verdict ? verdict.refused : undefined;
  };
  const revoke = (which: { id: string } | { name: string }, { force = false, caller = ADMIN } = {}) =>
    at.fleet.transact((tx) => revokeCredentials(tx, { which, force, caller })).value;
  const reasonOf = (act: () => unknown): string | undefined => {
    try {
      act();
    } catch (error) {
      return error instanceof HeadframeError ? error.reason : 'unforeseen';
    }
    return undefined;
  };

  it('are certificates of the role, name and namespaces of the token, answered again to the same key', async () => {
    const [shown, key] = [await token(), makeHostKey()];
    const { certificate } = await login(shown, key);
    const caller = callerOf(certificate);
    expect(caller).to.deep.include({ role: 'operator', name: 'otto', namespaces: ['a'] });
    expect((await login(shown, key)).certificate).to.equal(certificate);
    await expectReason(login(shown), 'token_spent');
  });

  it('come by no token of another use, and its bearer is told what it is for', async () => {
    const host = await token({ role: 'agent', name: '' });
    const host2 = { shown: await token(), hostId: 'h', request: requestBy(makeHostKey()), peer: PEER };
    await expectReason(login(host), 'token_wrong_use');
    await expectReason(login(await bearer()), 'token_wrong_use');
    await expectReason(credentials.join(host2), 'token_wrong_use');
    expect(refusalOf(await token())).to.equal('token_wrong_use');
  });

  it('are renewed for the same grant, by their own certificate alone', async () => {
    const caller = callerOf((await login(await token())).certificate);
    const next = await credentials.renew({ ...caller, role: 'admin', name: 'x' }, requestBy(makeHostKey()));
    expect(callerOf(next)).to.deep.include({ role: 'operator', name: 'otto', namespaces: ['a'] });
    revoke({ id: caller.credential });
    await expectReason(credentials.renew(caller, requestBy(makeHostKey())), 'credential_revoked');
    const program = credentials.bearer(await bearer(), PEER);
    if ('refused' in program) throw program.error;
    await expectReason(credentials.renew(program, requestBy(makeHostKey())), 'not_renewable');
  });

  it('are bearer tokens until they expire or are revoked', async () => {
    const shown = await bearer();
    const id = `token/${shown.slice(0, 10)}`;
    expect(credentials.bearer(shown, PEER)).to.deep.equal({
      ...{ role: 'operator', name: 'otto', namespaces: ['a'], credential: id },
    });
    const expired = await bearer({ ttlMs: 60_000 });
    at.clock.advance(60_000);
    expect(refusalOf(expired)).to.equal('token_expired');
    revoke({ id });
    expect(refusalOf(shown)).to.equal('token_revoked');
    expect(refusalOf(`${shown.slice(0, -2)}AA`)).to.equal('token_unknown');
  });

  it('keep a guesser of bearer tokens away, and nobody who has a right one', async () => {
    const [right, expired] = [await bearer(), await bearer({ ttlMs: 60_000 })];
    at.clock.advance(60_000);
    // A program that goes on with an old token is no guesser.
    for (let call = 0; call < 20; call++) expect(refusalOf(expired)).to.equal('token_expired');
    for (let guess = 0; guess < 10; guess++) expect(refusalOf('0123456789.x')).to.equal('token_unknown');
    expect(refusalOf('0123456789.x')).to.equal('join_rate_limited');
    expect(refusalOf(right)).to.equal(undefined);
    await expectReason(login(await token()), 'join_rate_limited');
  });

  it('are revoked by name, with the tokens that would bring more', async () => {
    const shown = await token({ uses: 3 });
    const [one, two] = [callerOf((await login(shown)).certificate), await bearer()];
    const { credentials: revoked, tokens } = revoke({ name: 'otto' });
    expect(revoked.map(({ id, state }) => [id, state])).to.have.deep.members([
      [one.credential, 'revoked'],
      [`token/${two.slice(0, 10)}`, 'revoked'],
    ]);
    expect(tokens).to.have.length(1);
    expect(credentials.isRevoked(one.credential)).to.equal(true);
    expect(refusalOf(two)).to.equal('token_revoked');
    await expectReason(login(shown), 'token_revoked');
    expect(revoke({ name: 'otto' })).to.deep.equal({ credentials: [], tokens: [] });
    expect(reasonOf(() => revoke({ name: 'nobody' }))).to.equal('credential_not_found');
    expect(reasonOf(() => revoke({ id: 'ff' }))).to.equal('credential_not_found');
  });

  it('are revoked by nobody who could not have given them, but by their owners', async () => {
    const otto = callerOf((await login(await token({ namespaces: undefined }))).certificate);
    const other = callerOf((await login(await token())).certificate);
    expect(reasonOf(() => revoke({ id: other.credential }, { caller: otto }))).to.equal('revocation_exceeds_own');
    expect(reasonOf(() => revoke({ name: 'otto' }, { caller: otto }))).to.equal('revocation_exceeds_own');
    expect(revoke({ id: otto.credential }, { caller: otto }).credentials).to.have.length(1);
  });

  it('leave an admin, unless somebody insists', async () => {
    const admin = { role: 'admin', name: 'ada', namespaces: undefined } as const;
    const first = callerOf((await login(await token(admin))).certificate);
    const program = await bearer(admin);
    revoke({ id: `token/${program.slice(0, 10)}` });
    expect(reasonOf(() => revoke({ id: first.credential }))).to.equal('last_admin');
    expect(reasonOf(() => revoke({ name: 'ada' }))).to.equal('last_admin');
    expect(hasAdmin(at.fleet, at.clock.nowMs())).to.equal(true);
    revoke({ id: first.credential }, { force: true });
    expect(hasAdmin(at.fleet, at.clock.nowMs())).to.equal(false);
  });

  it('get a record when they are first shown without one', async () => {
    const { certificate } = await authority.issueIdentity({ role: 'admin', name: 'ada' });
    expect([...allCredentials(at.fleet, 0)]).to.deep.equal([]);
    const { credential } = callerOf(certificate.toString());
    expect([...allCredentials(at.fleet, at.clock.nowMs())].map(({ id, name }) => [id, name])).to.deep.equal([
      [credential, 'ada'],
    ]);
    // Twice is once.
    const { revision } = at.fleet;
    callerOf(certificate.toString());
    expect(at.fleet.revision).to.equal(revision);
  });

  it('end when they expire or are revoked; a host goes on by its later certificate', async () => {
    const end = (credential: string, hostId?: string) => standingAt(at.fleet, at.clock.nowMs())({ credential, hostId });
    const person = callerOf((await login(await token())).certificate);
    const program = await bearer({ ttlMs: 60_000 });
    const programId = `token/${program.slice(0, 10)}`;
    const join = { shown: await token({ role: 'agent', name: '' }), hostId: 'h', request: requestBy(makeHostKey()) };
    const pem = await credentials.join({ ...join, peer: PEER });
    const serial = new X509Certificate(pem).serialNumber.toLowerCase();
    expect([end(person.credential), end(programId), end(serial, 'h'), end('plaintext')]).to.deep.equal(
      Array(4).fill(undefined),
    );
    at.clock.advance(60_000);
    expect(end(programId)).to.equal('expired');
    at.clock.advance(20 * DAY_MS);
    await credentials.renew({ role: 'agent', name: 'h', hostId: 'h', credential: serial }, requestBy(makeHostKey()));
    at.clock.advance(11 * DAY_MS);
    expect([end(person.credential), end(serial, 'h')]).to.deep.equal(['expired', undefined]);
    at.clock.advance(30 * DAY_MS);
    expect(end(serial, 'h')).to.equal('expired');
  });
});
