import { X509Certificate, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { KeyObject } from 'node:crypto';
import type { Authority } from '../../../../../coordinator/security/authority/index.js';
import { Credentials, JoinLimiter, revokeHost } from '../../../../../coordinator/security/credentials/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { makeHostKey, makeTestAuthority, requestBy } from '../../../../support/host-joins.js';

const DAY_MS = 86_400_000;
/** Longer than certificates live here. */
const WINDOW_MS = 40 * DAY_MS;
const ASKED = {
  kind: 'enrolment',
  role: 'agent',
  name: '',
  ttlMs: 365 * DAY_MS,
  uses: 100,
  labels: { zone: 'a' },
  createdBy: 'anna',
} as const;

describe('a host whose certificate has expired', () => {
  let at: FleetFixture;
  let authority: Authority;
  let credentials: Credentials;
  let shown: string;
  let key: KeyObject;
  let old: string;

  const open = (rejoinWindowMs: number): Credentials =>
    new Credentials({ ...at, authority, limiter: new JoinLimiter(at.clock), random: randomBytes, rejoinWindowMs });
  beforeEach(async () => {
    at = await openFleetFixture();
    authority = await makeTestAuthority(at.clock);
    credentials = open(WINDOW_MS);
    ({ shown } = await credentials.createToken(ASKED));
    key = makeHostKey();
    old = await join(key);
    at.clock.advance(31 * DAY_MS);
  });

  const join = (by: KeyObject): Promise<string> =>
    credentials.join({ shown, hostId: 'host-1', request: requestBy(by), peer: '10.0.0.1:5000' });
  const serialOf = (pem: string): string => new X509Certificate(pem).serialNumber.toLowerCase();
  const callerOf = (pem: string) =>
    ({ role: 'agent', name: 'host-1', hostId: 'host-1', credential: serialOf(pem) }) as const;
  const rejoin = (pem: string, by: KeyObject, from = credentials): Promise<string> =>
    from.rejoin(callerOf(pem), requestBy(by));

  it('can be revoked by hosts rm though a restored store knew nothing of its certificate', async () => {
    const fresh = await join(makeHostKey());
    at.fleet.transact((tx) => {
      tx.removeCredential(serialOf(fresh));
    });
    expect(credentials.verify(new X509Certificate(fresh).raw)).to.include({ hostId: 'host-1' });
    at.fleet.transact((tx) => {
      revokeHost(tx, 'host-1');
    });
    expect(credentials.isRevoked(serialOf(fresh))).to.equal(true);
  });

  it('comes back by its old key, with its labels, as often as the answer is lost', async () => {
    const next = makeHostKey();
    for (const certificate of [await rejoin(old, key), await rejoin(old, next), await rejoin(old, next)]) {
      expect(credentials.verify(new X509Certificate(certificate).raw)).to.include({ hostId: 'host-1' });
      const record = at.fleet.credential(serialOf(certificate));
      expect(record).to.deep.include({ labels: { zone: 'a' }, replaces: serialOf(old), issuer: authority.digest });
    }
  });

  it('does not come back once it was removed, nor twice with different keys', async () => {
    await rejoin(old, makeHostKey());
    await expectReason(rejoin(old, makeHostKey()), 'rejoin_other_key');
    at.fleet.transact((tx) => {
      revokeHost(tx, 'host-1');
    });
    await expectReason(rejoin(old, key), 'credential_revoked');
  });

  it('does not come back as a copy of what it was, once it has moved on to another key', async () => {
    at.clock.advance(-2 * DAY_MS);
    await credentials.renew(callerOf(old), requestBy(makeHostKey()));
    at.clock.advance(2 * DAY_MS);
    await expectReason(rejoin(old, key), 'rejoin_other_key');
    await expectReason(rejoin(old, makeHostKey()), 'rejoin_other_key');
  });

  it('comes back within the window alone, and not where there is none', async () => {
    await expectReason(rejoin(old, key, open(0)), 'rejoin_off');
    await expectReason(rejoin(old, key, open(DAY_MS - 1)), 'rejoin_too_late');
    at.clock.advance(30 * DAY_MS);
    // Others that are given certificates meanwhile do not make it forgotten.
    await credentials.join({ shown, hostId: 'host-2', request: requestBy(makeHostKey()), peer: '10.0.0.2:5000' });
    await credentials.createToken(ASKED);
    expect(await rejoin(old, key)).to.be.a('string');
  });

  it('does not come back when nothing is known of it', async () => {
    at.fleet.transact((tx) => {
      tx.removeCredential(serialOf(old));
    });
    await expectReason(rejoin(old, key), 'rejoin_unknown');
  });
});
