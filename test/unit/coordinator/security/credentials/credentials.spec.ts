import { X509Certificate, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Credentials } from '../../../../../coordinator/security/credentials/credentials.js';
import { revokeHost } from '../../../../../coordinator/security/credentials/index.js';
import { JoinLimiter } from '../../../../../coordinator/security/credentials/join-limiter.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { makeHostKey, makeTestAuthority, requestBy } from '../../../../support/host-joins.js';

const ASKED = {
  kind: 'enrolment',
  role: 'agent',
  name: '',
  ttlMs: 3_600_000,
  uses: 1,
  labels: { zone: 'a' },
  createdBy: 'anna',
} as const;
const PEER = '10.0.0.1:5000';

describe('credentials', () => {
  let at: FleetFixture;
  let credentials: Credentials;
  beforeEach(async () => {
    at = await openFleetFixture();
    const authority = await makeTestAuthority(at.clock);
    const limiter = new JoinLimiter(at.clock);
    credentials = new Credentials({ ...at, authority, limiter, random: randomBytes, rejoinWindowMs: 0 });
  });

  const token = async (uses = 1): Promise<string> => (await credentials.createToken({ ...ASKED, uses })).shown;
  const join = (shown: string, key = makeHostKey(), hostId = 'host-1', peer = PEER) =>
    credentials.join({ shown, hostId, request: requestBy(key), peer });
  const serialOf = (pem: string): string => new X509Certificate(pem).serialNumber.toLowerCase();
  const isRevoked = (pem: string): boolean => at.fleet.credential(serialOf(pem))?.revokedAtMs !== undefined;
  const usesLeft = (): number[] => [...at.fleet.tokens()].map((one) => one.usesLeft);

  it('gives a host a certificate for its key and takes one use for it', async () => {
    const key = makeHostKey();
    const certificate = await join(await token(2), key);
    expect(new X509Certificate(certificate).checkPrivateKey(key)).to.equal(true);
    expect(usesLeft()).to.deep.equal([1]);
    expect(at.fleet.credential(serialOf(certificate))).to.include({ hostId: 'host-1', role: 'agent' });
    expect(at.fleet.credential(serialOf(certificate))?.labels).to.deep.equal({ zone: 'a' });
  });

  it('hands nothing out before the use is durable', async () => {
    const shown = await token();
    at.store.hold();
    let answered = false;
    const joining = join(shown).then(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).to.equal(false);
    at.store.release();
    await joining;
    expect(answered).to.equal(true);
  });

  it('answers the same key and host again, also by a spent token, without another use', async () => {
    const [shown, key] = [await token(), makeHostKey()];
    const first = await join(shown, key);
    expect(await join(shown, key)).to.equal(first);
    expect(usesLeft()).to.deep.equal([0]);
    expect([...at.fleet.credentials()]).to.have.length(1);
    await expectReason(join(shown, makeHostKey()), 'token_spent');
    await expectReason(join(shown, key, 'host-2'), 'token_spent');
  });

  it('lets no more hosts in than a token has uses, though they all come at once', async () => {
    const shown = await token(3);
    const outcomes = await Promise.allSettled(
      [...Array(8).keys()].map((host) => join(shown, makeHostKey(), `host-${String(host)}`)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(3);
    expect(usesLeft()).to.deep.equal([0]);
  });

  it('says of each token that is no good what is wrong with it', async () => {
    const [revoked, expired] = [await token(), await token()];
    await credentials.revokeToken(revoked.slice(0, 10));
    await expectReason(join(revoked), 'token_revoked');
    at.clock.advance(ASKED.ttlMs);
    await expectReason(join(expired), 'token_expired');
    await expectReason(join(`${expired.slice(0, -1)}!`), 'token_unknown');
    await expectReason(join('whatever'), 'token_unknown');
  });

  it('keeps a guesser away, even from a token that is right, for a while', async () => {
    const shown = await token();
    for (let guess = 0; guess < 10; guess++) await expectReason(join('0123456789.x'), 'token_unknown');
    await expectReason(join(shown), 'join_rate_limited');
    at.clock.advance(60_000);
    await join(shown);
  });

  it('gives nobody the place of a host that has a valid certificate, until the host is revoked', async () => {
    const shown = await token(2);
    const certificate = await join(shown);
    await expectReason(join(shown, makeHostKey()), 'host_already_joined');
    expect(usesLeft()).to.deep.equal([1]);
    at.fleet.transact((tx) => {
      revokeHost(tx, 'host-1');
    });
    expect(isRevoked(certificate)).to.equal(true);
    const next = await join(shown, makeHostKey());
    expect(isRevoked(next)).to.equal(false);
  });

  it('does not bring a revoked host back by its own old token and key', async () => {
    const [shown, key] = [await token(), makeHostKey()];
    await join(shown, key);
    at.fleet.transact((tx) => {
      revokeHost(tx, 'host-1');
    });
    await expectReason(join(shown, key), 'token_spent');
  });

  it('renews for a host, and not by a certificate that was revoked meanwhile', async () => {
    const first = serialOf(await join(await token()));
    const renew = (serial: string): Promise<string> =>
      credentials.renew(
        { role: 'agent', name: 'host-1', hostId: 'host-1', credential: serial },
        requestBy(makeHostKey()),
      );
    const next = serialOf(await renew(first));
    expect(at.fleet.credential(next)).to.deep.include({ hostId: 'host-1', labels: { zone: 'a' } });
    at.fleet.transact((tx) => {
      revokeHost(tx, 'host-1');
    });
    for (const serial of [first, next]) await expectReason(renew(serial), 'credential_revoked');
  });

  it('refuses a request that is not signed by its own key, and takes no use for it', async () => {
    const shown = await token();
    const asked = { shown, hostId: 'host-1', request: 'no request', peer: PEER };
    await expectReason(credentials.join(asked), 'certificate_request_invalid');
    expect(usesLeft()).to.deep.equal([1]);
  });

  it('forgets tokens and certificates long after their time', async () => {
    await join(await token());
    at.clock.advance(40 * 86_400_000);
    await token();
    expect([...at.fleet.tokens()]).to.have.length(1);
    expect([...at.fleet.credentials()]).to.have.length(0);
  });
});
