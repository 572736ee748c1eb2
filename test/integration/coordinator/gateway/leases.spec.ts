import { expect } from 'chai';
import { verify } from 'unixcrypt';
import { AccessService, TokenKind } from '../../../../common/gen/headframe/v1/access_service_pb.js';
import { LeaseState } from '../../../../common/gen/headframe/v1/lease_pb.js';
import { LeaseService } from '../../../../common/gen/headframe/v1/lease_service_pb.js';
import type { Role } from '../../../../common/model/caller.js';
import { createClient } from '../../../../common/rpc/index.js';
import { ROLE } from '../../../../common/wire/client.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { adminCertificates } from '../../../support/host-certificates.js';
import { httpClient } from '../../../support/http-client.js';
import { waitFor } from '../../../support/wait-for.js';

const HOUR = 3_600_000n;
const ROOM = { cpuMillis: 500, memoryBytes: 256n * 2n ** 20n };

describe('leases of the seed', () => {
  it('give a password once where the operator allows it, and keep its hash for the host alone', async () => {
    const wish = { id: 'secret', image: 'debian:12', resources: ROOM, termMs: HOUR, password: true };
    const closed = await openCoordinatorFixture();
    await expectReason(createClient(LeaseService, closed.channel).createLease(wish), 'lease_passwords_off');
    await closed.close();
    const open = await openCoordinatorFixture({ leases: { passwords: true } });
    const leases = createClient(LeaseService, open.channel);
    const { password } = await leases.createLease(wish);
    expect(password).to.have.length.above(15);
    const stored = JSON.stringify(open.store.commits);
    expect(stored).not.to.contain(password);
    const [hash = ''] = /\$6\$[^"]+/.exec(stored) ?? [];
    expect(verify(password, hash)).to.equal(true);
    await leases.releaseLease({ id: 'secret' });
    const released = async () => (await leases.getLease({ id: 'secret' })).lease?.state === LeaseState.RELEASED;
    await waitFor('its end', released);
    await open.close();
    const { documents, instances } = await open.store.load();
    const left = JSON.stringify([[...documents].map(([, records]) => [...records]), instances]);
    expect(left).to.contain('"id":"secret"').and.not.to.contain(hash).and.not.to.contain('lease-secret-host-key');
  });

  it('are reached over HTTP by its routes, and by those that it lacked', async () => {
    const open = await openCoordinatorFixture({ http: { listen: '127.0.0.1:0' }, leases: { image: 'debian:12' } });
    const { authorities } = await adminCertificates(open.folder);
    const access = createClient(AccessService, open.channel);
    const token = async (role: Role): Promise<string> =>
      (await access.createToken({ role: ROLE.toWire(role), kind: TokenKind.BEARER, ttlMs: HOUR })).credential;
    const ask = httpClient(open.coordinator.httpAddress ?? '', authorities);
    const [operator, viewer] = [await token('operator'), await token('viewer')];
    const send = (path: string, verb: string, body?: object, shown = operator) =>
      ask(path, { verb, token: shown, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const { status, json } = await send('/allocate', 'POST', {
      memory: '2g',
      cpu_count: 2,
      devices: [],
      wait_seconds: 0,
    });
    expect(status).to.equal(202);
    expect(json).to.include({
      status: 'pending',
      state: 'requested',
      password: null,
      username: 'root',
      ssh_port: null,
    });
    const id = String(json['container_id']);
    expect(JSON.parse((await send('/containers', 'GET')).text)).to.have.lengthOf(1);
    expect((await send(`/containers/${id}`, 'GET')).status).to.equal(200);
    expect((await send(`/containers/${id}/extend`, 'POST', { seconds: 60 })).status).to.equal(200);
    expect((await send(`/containers/${id}/extend`, 'POST', { seconds: 'long' })).status).to.equal(400);
    expect((await send(`/containers/${id}`, 'DELETE', undefined, viewer)).status).to.equal(403);
    const command = { type: 'compute', data: { command: 'rm -rf /', duration: 5, expected_cpu: 90 } };
    const refused = await send(`/challenge/${id}`, 'PUT', command);
    expect(refused.status).to.equal(400);
    expect(refused.json['reason']).to.equal('challenge_command_refused');
    const hostless = await send(`/challenge/${id}`, 'PUT', { type: 'memory' });
    expect([hostless.status, hostless.json['reason']]).to.deep.equal([409, 'lease_not_placed']);
    expect((await send('/challenge/nowhere', 'PUT', { type: 'memory' })).status).to.equal(404);
    expect((await send(`/challenge/${id}`, 'PUT', { type: 'rot13' })).status).to.equal(400);
    expect((await send(`/challenge/${id}`, 'PUT', { type: 'memory' }, viewer)).status).to.equal(403);
    const rents = { role: ROLE.toWire('renter'), kind: TokenKind.BEARER, ttlMs: HOUR, namespaces: ['default'] };
    const { credential: renter } = await access.createToken(rents);
    const others = await send(`/challenge/${id}`, 'PUT', { type: 'memory' }, renter);
    expect([others.status, others.json['reason']]).to.deep.equal([404, 'lease_not_found']);
    const own = await send('/allocate', 'POST', { memory: '2g', cpu_count: 2, devices: [], wait_seconds: 0 }, renter);
    const mine = await send(`/challenge/${String(own.json['container_id'])}`, 'PUT', { type: 'compute' }, renter);
    expect([mine.status, mine.json['reason']]).to.deep.equal([409, 'lease_not_placed']);
    expect((await send(`/containers/${id}`, 'DELETE')).status).to.equal(202);
    expect((await send('/containers/nowhere', 'GET')).status).to.equal(404);
    expect((await send('/allocate', 'POST', { devices: ['/dev/sda'] })).status).to.equal(400);
    expect((await ask('/containers')).status).to.equal(401);
    await open.close();
  });
});
