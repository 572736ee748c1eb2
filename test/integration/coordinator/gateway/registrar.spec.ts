import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { expect } from 'chai';
import { AccessService, TokenKind } from '../../../../common/gen/headframe/v1/access_service_pb.js';
import { AuditService } from '../../../../common/gen/headframe/v1/audit_service_pb.js';
import { SecretService } from '../../../../common/gen/headframe/v1/secret_service_pb.js';
import type { Role } from '../../../../common/model/caller.js';
import { createClient } from '../../../../common/rpc/index.js';
import { ROLE } from '../../../../common/wire/client.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { GitRepository } from '../../../support/git-repository.js';
import { adminCertificates } from '../../../support/host-certificates.js';
import { httpClient } from '../../../support/http-client.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const MINER =
  'import os\n\nKEY = os.environ["MINER_API_KEY"]\nNOTE = os.getenv("NOTE", "a $(b) c")\nPORT = int(os.getenv("AXON_PORT", "8091"))\n';

describe('the gateway over HTTPS', () => {
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let folder: string;
  let fixture: CoordinatorFixture;
  let origin: GitRepository;
  let ask: ReturnType<typeof httpClient>;
  const tokens = new Map<string, { readonly id: string; readonly shown: string }>();

  before(async () => {
    temp = await makeTempDir();
    folder = temp.path;
    origin = new GitRepository(join(folder, 'origin.git'));
    origin.commit(origin.treeOf({ 'neurons/miner.py': MINER, 'requirements.txt': 'x\n' }));
    fixture = await openCoordinatorFixture({
      modules: { fileUrls: true },
      http: { listen: '127.0.0.1:0', maxBody: '1KiB' },
      limits: { callsPerSecond: 40 },
    });
    const { authorities } = await adminCertificates(fixture.folder);
    ask = httpClient(fixture.coordinator.httpAddress ?? '', authorities);
    for (const role of ['operator', 'viewer', 'renter'] as const) tokens.set(role, await tokenOf(role));
  });
  after(async () => {
    await fixture.close();
    await temp[Symbol.asyncDispose]();
  });

  async function tokenOf(role: Role): Promise<{ readonly id: string; readonly shown: string }> {
    const access = createClient(AccessService, fixture.channel);
    const namespaces = role === 'renter' ? ['team'] : [];
    const wish = { role: ROLE.toWire(role), kind: TokenKind.BEARER, ttlMs: 3_600_000n, namespaces };
    const { token, credential } = await access.createToken(wish);
    return { id: token?.id ?? '', shown: credential };
  }

  function shown(role: string): string {
    return tokens.get(role)?.shown ?? '';
  }

  function send(
    path: string,
    { verb = 'POST', role = 'operator', body = {} }: { verb?: string; role?: string; body?: object } = {},
  ) {
    return ask(path, { verb, token: shown(role), body: JSON.stringify(body) });
  }

  it('tells a stranger nothing, whatever they ask', async () => {
    const token = `0123456789.${'x'.repeat(43)}`;
    const asks = [
      await ask('/modules'),
      await ask('/modules/alpha'),
      await ask('/nothing/here'),
      await ask('/modules', { verb: 'POST', body: 'no json' }),
      await ask('/modules', { token }),
      await ask('/api/v2/alpha/.env'),
      await ask(`/modules?access_token=${shown('viewer')}`),
      await ask('/modules', { headers: { authorization: `Basic ${shown('viewer')}` } }),
    ];
    for (const { status, json, headers } of asks) {
      expect(status).to.equal(401);
      expect(json['reason']).to.be.oneOf(['unauthenticated', 'token_unknown']);
      expect(headers['content-type']).to.match(/^application\/problem\+json/);
      expect(headers['www-authenticate']).to.equal('Bearer realm="headframe"');
      expect(headers['access-control-allow-origin']).to.equal(undefined);
    }
  });

  it('refuses what a role may not do, names that are none, and bodies that are none, each by its reason', async () => {
    const body = JSON.stringify({ name: 'alpha', url: origin.url });
    const operator = { token: shown('operator') };
    const refusals: readonly [number, string, Promise<{ status: number; json: Readonly<Record<string, unknown>> }>][] =
      [
        [403, 'permission_denied', ask('/modules', { verb: 'POST', body, token: shown('viewer') })],
        [403, 'permission_denied', ask('/modules', { token: shown('renter') })],
        [403, 'origin_refused', ask('/modules', { ...operator, headers: { origin: 'https://elsewhere.example' } })],
        [400, 'request_invalid', ask('/modules/..%2f..%2fetc%2fpasswd', operator)],
        [400, 'request_invalid', ask('/api/subnet-modules/%2e%2e/config', operator)],
        [404, 'module_not_found', ask('/api/subnet-modules/alpha/env-template', operator)],
        [404, 'route_unknown', ask('/modules/../../etc/passwd', operator)],
        [400, 'request_malformed', ask('/modules/%zz', operator)],
        [410, 'route_gone', ask('/api/v2/alpha/.env', operator)],
        [501, 'route_not_served', ask('/miners', { verb: 'POST', body: '{}', ...operator })],
        [
          400,
          'request_invalid',
          ask('/modules', { verb: 'POST', body: '{"name":"alpha","type":"Miner"}', ...operator }),
        ],
        [400, 'request_malformed', ask('/modules', { verb: 'POST', body: '{', ...operator })],
        [413, 'body_too_large', ask('/modules', { verb: 'POST', body: `"${'x'.repeat(2000)}"`, ...operator })],
        [400, 'request_invalid', ask('/modules?per_page=0', operator)],
      ];
    for (const [status, reason, answer] of refusals) {
      const { json, ...got } = await answer;
      expect([got.status, json['reason'], json['status']]).to.deep.equal([status, reason, status]);
    }
    const { json } = await ask('/modules', { verb: 'POST', body: '{"name":"alpha"}', ...operator });
    expect(json['violations']).to.deep.equal([{ path: 'url', expected: 'the https:// URL of its git repository' }]);
  });

  it('registers a module, and gives its configuration, template and package without a secret', async () => {
    const token = shown('operator');
    const body = JSON.stringify({ name: 'alpha', url: origin.url });
    const added = await ask('/modules', { verb: 'POST', body, token });
    expect([added.status, added.headers['location']]).to.deep.equal([201, '/modules/alpha']);
    expect((await ask('/modules', { verb: 'POST', body, token })).status).to.equal(409);
    await waitFor(
      'the module',
      async () => (await ask('/modules/alpha/status', { token })).text === '"ready"' || undefined,
    );
    const listed = { name: 'alpha', module_type: 'Miner', status: 'ready', roles: ['miner'] };
    const { json, headers } = await ask('/api/subnet-modules?page=1&per_page=5', { token: shown('viewer') });
    expect([json, headers['x-total-count']]).to.deep.equal([{ modules: [listed] }, '1']);
    expect((await ask('/api/subnet-modules?page=2', { token })).json).to.deep.equal({ modules: [] });
    const config = (await ask('/api/subnet-modules/alpha/config', { token })).text;
    const template = (await ask('/api/subnet-modules/alpha/env-template', { token })).text;
    expect(config).to.contain('entry: neurons/miner.py').and.to.contain('cpu_cores: 2');
    expect(template.split('\n').filter((line) => /^[A-Z]/.test(line))).to.deep.equal([
      'AXON_PORT=8091',
      'MINER_API_KEY=',
      "NOTE='a $(b) c'",
    ]);
    const packed = (await ask('/api/subnet-modules/alpha/package', { token })).json;
    const archive = Buffer.from(String(packed['package']), 'base64');
    expect(packed['hash']).to.equal(createHash('sha256').update(archive).digest('hex'));
    expect(gunzipSync(archive).toString()).to.contain(config).and.to.contain(template);
    const { json: status } = await ask('/api/status', { token });
    expect(status).to.deep.include({ status: 'ok', available_modules: 1 });
  });

  it('lists, stops, starts and changes miners', async () => {
    await fixture.apply({ name: 'first', replicas: 1 }, { name: 'second', replicas: 1 });
    const token = shown('operator');
    const names = async (path: string): Promise<unknown> => {
      const { text } = await ask(path, { token });
      // The list is what the route promises.
      return (JSON.parse(text) as { readonly module: string }[]).map(({ module }) => module);
    };
    expect(await names('/api/miner/status')).to.deep.equal(['first', 'second']);
    expect(await names('/api/miner/status?page=2&per_page=1')).to.deep.equal(['second']);
    expect(await names('/api/miner/status?module=first')).to.deep.equal(['first']);
    expect(await names('/api/miner/metrics')).to.deep.equal(['first', 'second']);
    expect((await send('/api/miner/modules/first/stop', { role: 'viewer' })).status).to.equal(403);
    expect((await send('/api/miner/modules/first/stop')).json).to.include({ module: 'first', stopped: true });
    const change = { priority_level: 'Critical', resource_limits: { memory_mb: 128 } };
    expect((await send('/api/miner/modules/first/start', { body: change })).json).to.include({ stopped: false });
    const { miner } = await fixture.fleet.getMiner({ name: 'first' });
    expect([miner?.spec?.priority, miner?.spec?.resources?.memoryBytes]).to.deep.equal([900, 128n << 20n]);
    const revision = miner?.specRevision;
    await send('/api/miner/modules/first/start');
    expect((await fixture.fleet.getMiner({ name: 'first' })).miner?.specRevision).to.equal(revision);
  });

  it('registers a miner of a module', async () => {
    const added = await send('/api/miner/register', { body: { module_name: 'alpha', config: { role: 'minor' } } });
    expect([added.status, added.json['reason']]).to.deep.equal([409, 'role_entry_missing']);
    const secrets = createClient(SecretService, fixture.channel);
    await secrets.setSecret({ name: 'api-key', value: Buffer.from('x'.repeat(20)) });
    const register = (priority_level: string) => {
      const config = { priority_level, secrets: { MINER_API_KEY: 'api-key' } };
      return send('/api/miner/register', { body: { module_name: 'alpha', config } });
    };
    // At once: those that come too late overwrite nothing.
    const answers = await Promise.all(['High', 'Low', 'High', 'Low', 'High', 'Low'].map(register));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409, 409, 409]);
    const made = answers.find(({ status }) => status === 201);
    expect([made?.json['module'], made?.headers['location']]).to.deep.equal([
      'alpha',
      '/api/miner/status?module=alpha',
    ]);
    const { miner } = await fixture.fleet.getMiner({ name: 'alpha' });
    expect(miner?.spec).to.deep.include({
      kind: 'module',
      priority: answers.findIndex((one) => one === made) % 2 === 0 ? 700 : 300,
    });
  });

  it('refuses what miners cannot do, each by its reason', async () => {
    const refusals = [
      [404, 'miner_not_found', await send('/api/miner/modules/none/start')],
      [404, 'miner_not_found', await ask('/api/miner/metrics?module=none', { token: shown('operator') })],
      [400, 'request_invalid', await send('/api/miner/modules/first/start', { body: { auto_restake: true } })],
      [400, 'request_invalid', await send('/api/miner/modules/..%2ffirst/stop')],
      [409, 'miner_exists', await send('/api/miner/register', { body: { module_name: 'first' } })],
      [400, 'request_invalid', await send('/api/miner/register', { body: { module_name: 'x', initial_stake: 5 } })],
      [403, 'permission_denied', await send('/api/miner/register', { role: 'viewer', body: { module_name: 'x' } })],
      [403, 'permission_denied', await ask('/api/miner/metrics', { token: shown('viewer') })],
      [
        409,
        'miner_without_stake',
        await send('/api/miner/modules/first/stake', { verb: 'PUT', body: { new_stake: 1 } }),
      ],
      [400, 'request_invalid', await send('/api/miner/modules/first/stake', { verb: 'PUT', body: { new_stake: 0.5 } })],
    ] as const;
    expect(refusals.map(([, , { status, json }]) => [status, json['reason']])).to.deep.equal(
      refusals.map(([status, reason]) => [status, reason]),
    );
  });

  it('records on whose behalf a route has changed something, as a call of gRPC', async () => {
    const { entries } = await createClient(AuditService, fixture.channel).listEntries({ pageSize: 200 });
    const method = '/headframe.v1.ModuleService/AddModule';
    const outcomes = entries.filter((entry) => entry.method === method).map(({ outcome, role }) => [role, outcome]);
    expect(outcomes).to.deep.include.members([
      ['viewer', 'permission_denied'],
      ['operator', 'ok'],
      ['operator', 'already_exists'],
    ]);
  });

  it('holds callers to their rate, and believes a token no longer once it is revoked', async () => {
    const token = shown('viewer');
    const statuses = await Promise.all(
      Array.from({ length: 400 }, async () => (await ask('/modules', { token })).status),
    );
    expect(new Set(statuses)).to.deep.equal(new Set([200, 429]));
    await createClient(AccessService, fixture.channel).revokeToken({ id: tokens.get('viewer')?.id ?? '' });
    expect((await ask('/modules', { token })).status).to.equal(401);
  });
});
