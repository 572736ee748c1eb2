import { X509Certificate, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { silentLogger } from '../../../../../common/observe/logger.js';
import type { Authority } from '../../../../../coordinator/security/authority/index.js';
import { Credentials, JoinLimiter } from '../../../../../coordinator/security/credentials/index.js';
import { RenewalOrders, Rotation } from '../../../../../coordinator/security/rotation/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { makeHostKey, makeTestAuthority, requestBy } from '../../../../support/host-joins.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const DAY_MS = 86_400_000;
const WISH = { kind: 'enrolment', ttlMs: 3_600_000, labels: {}, createdBy: 'anna' } as const;
const PEER = '10.0.0.1:5000';

describe('a rotation', () => {
  let at: FleetFixture;
  let authority: Authority;
  let credentials: Credentials;
  let rotation: Rotation;
  let renewals: number;

  beforeEach(async () => {
    at = await openFleetFixture();
    authority = await makeTestAuthority(at.clock);
    const rejoinWindowMs = DAY_MS;
    const limiter = new JoinLimiter(at.clock);
    credentials = new Credentials({ ...at, authority, limiter, random: randomBytes, rejoinWindowMs });
    renewals = 0;
    const renew = (): Promise<void> => Promise.resolve(void (renewals += 1));
    rotation = new Rotation({ ...at, authority, certificates: { renew }, logger: silentLogger, rejoinWindowMs });
  });

  const token = async (role: 'agent' | 'operator', name = ''): Promise<string> =>
    (await credentials.createToken({ ...WISH, role, name, uses: 1 })).shown;
  const join = async (hostId: string, shown?: string): Promise<string> =>
    credentials.join({
      ...{ hostId, request: requestBy(makeHostKey()), peer: PEER },
      shown: shown ?? (await token('agent')),
    });
  const login = async (name: string): Promise<string> =>
    (await credentials.login({ shown: await token('operator', name), request: requestBy(makeHostKey()), peer: PEER }))
      .certificate;
  const show = (pem: string) => {
    const verified = credentials.verify(new X509Certificate(pem).raw);
    if ('refused' in verified) throw new Error(verified.refused);
    const { serial } = verified;
    return verified.role === 'agent'
      ? ({ role: 'agent', name: verified.hostId, hostId: verified.hostId, credential: serial } as const)
      : { role: verified.role, name: verified.name, credential: serial };
  };
  const renew = (pem: string): Promise<string> => credentials.renew(show(pem), requestBy(makeHostKey()));
  const needs = () => rotation.view().former?.needs;
  const begin = async (): Promise<string> => {
    const { digest } = authority;
    await rotation.rotate(digest, 'anna');
    return digest;
  };

  it('needs the former authority for whoever has not shown a certificate of the new one', async () => {
    const [one, two, otto] = [await join('h-1'), await join('h-2'), await login('otto')];
    const unused = await token('agent');
    await begin();
    expect(renewals).to.equal(1);
    expect(needs()).to.deep.equal({ hosts: ['h-1', 'h-2'], clients: ['otto'], tokens: [unused.slice(0, 10)] });
    const [next, ottos] = [await renew(one), await renew(otto)];
    // Its answer may have been lost.
    expect(needs()?.hosts).to.deep.equal(['h-1', 'h-2']);
    show(two);
    show(next);
    show(ottos);
    await credentials.revokeToken(unused.slice(0, 10));
    expect(needs()).to.deep.equal({ hosts: ['h-2'], clients: [], tokens: [] });
    // Who is new knows nothing of the former one.
    await join('h-3');
    expect(needs()?.hosts).to.deep.equal(['h-2']);
    // Nor does who has expired for good.
    at.clock.advance(30 * DAY_MS + DAY_MS - 60_000);
    expect(needs()?.hosts).to.deep.equal(['h-2']);
    at.clock.advance(2 * 60_000);
    expect(needs()?.hosts).to.deep.equal([]);
  });

  it('counts two who have one name by their certificates', async () => {
    const desk = await login('otto');
    await login('otto');
    await begin();
    show(await renew(await renew(desk)));
    expect(needs()?.clients).to.deep.equal(['otto']);
  });

  it('does not end while somebody would be lost, and tells who', async () => {
    const host = await join('h-1');
    const former = await begin();
    const refused = await expectReason(rotation.retire(former, { force: false, by: 'anna' }), 'authority_needed');
    expect(refused.metadata).to.deep.equal({ hosts: '1', clients: '0', tokens: '0' });
    expect(refused.message).to.include('h-1');
    show(await renew(host));
    await rotation.retire(former, { force: false, by: 'anna' });
    expect([authority.former, rotation.isUnderWay, renewals]).to.deep.equal([undefined, false, 2]);
    expect(credentials.verify(new X509Certificate(host).raw)).to.deep.equal({ refused: 'foreign' });
    expect(at.fleet.credential(serialOf(host))?.revokedAtMs).to.equal(undefined);
  });

  it('ends by force with those who are lost revoked, and with nobody else', async () => {
    const [lost, kept, otto] = [await join('h-1'), await join('h-2'), await login('otto')];
    const former = await begin();
    const next = await renew(kept);
    show(next);
    await rotation.retire(former, { force: true, by: 'anna' });
    const isRevoked = (pem: string) => at.fleet.credential(serialOf(pem))?.revokedAtMs !== undefined;
    expect([lost, kept, next, otto].map(isRevoked)).to.deep.equal([true, false, false, true]);
  });

  it('gives who asks again for what was lost a certificate of the new authority', async () => {
    const [shown, key] = [await token('agent'), makeHostKey()];
    const ask = () => credentials.join({ shown, hostId: 'h-1', request: requestBy(key), peer: PEER });
    const first = await ask();
    await begin();
    const again = await ask();
    expect(again).not.to.equal(first);
    expect(credentials.verify(new X509Certificate(again).raw)).to.include({ issuer: authority.digest });
    expect(await ask()).to.equal(again);
  });
});

describe('the orders to renew', () => {
  it('go to connected hosts that have not moved on, fifty a second, and once a minute each', async () => {
    const clock = new ManualClock();
    const hosts = [...Array(30).keys()].map((host) => `h-${String(host)}`);
    const moved = new Set<string>();
    let isUnderWay = false;
    const asked: string[] = [];
    const rotation = {
      get isUnderWay() {
        return isUnderWay;
      },
      view: () => {
        const former = { digest: '', notBeforeMs: 0, notAfterMs: 0, rotatedAtMs: 0 };
        const needs = { hosts: hosts.filter((host) => !moved.has(host)), clients: [], tokens: [] };
        return { current: former, former: { ...former, needs } };
      },
    };
    const order = (hostId: string): boolean => hostId !== 'h-3' && asked.push(hostId) > 0;
    const stop = new AbortController();
    const running = new RenewalOrders({ rotation, order, clock }).start(stop.signal);
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 200) {
        clock.advance(200);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await pass(1_000);
    expect(asked).to.deep.equal([]);
    isUnderWay = true;
    await pass(200);
    expect(asked).to.have.length(10);
    await pass(400);
    expect(asked).to.have.length(29);
    for (const host of hosts.slice(0, 29)) moved.add(host);
    await pass(50_000);
    expect(asked).to.have.length(29);
    await pass(20_000);
    expect(asked.slice(29)).to.deep.equal(['h-29']);
    stop.abort();
    await running;
  });
});

function serialOf(pem: string): string {
  return new X509Certificate(pem).serialNumber.toLowerCase();
}
