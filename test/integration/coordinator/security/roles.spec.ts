import type { DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { ServerReflection } from '../../../../common/gen/grpc/reflection/v1/reflection_pb.js';
import { AuditService } from '../../../../common/gen/headframe/v1/audit_service_pb.js';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { ROLES } from '../../../../common/model/caller.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { BidiCall, CallOptions, Channel } from '../../../../common/rpc/index.js';
import { SERVICES, withRolesTable } from '../../../../deploy/tooling/docs/roles-table.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openRoleFixture } from '../../../support/role-fixture.js';
import type { RoleFixture } from '../../../support/role-fixture.js';
import { waitFor } from '../../../support/wait-for.js';

type UnaryWay = (request: object, options: CallOptions) => Promise<unknown>;
type StreamWay = (request: object, options: CallOptions) => AsyncIterable<unknown>;
type SendingWay = (requests: AsyncIterable<object>, options: CallOptions) => Promise<unknown>;
type BidiWay = () => BidiCall<DescMessage, DescMessage>;

/** The rows of the table in docs/security.md, by method. */
async function tableInDocs(): Promise<{ readonly text: string; readonly rows: ReadonlyMap<string, string[]> }> {
  const text = await readFile(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([\w.]+\/\w+)` \| (.+) \|$/gm)].map(
    ([, method = '', cells = '']) => [method, cells.split(' | ')] as const,
  );
  return { text, rows: new Map(rows) };
}

function nameOf({ typeName }: DescService, { name }: DescMethod): string {
  return `${typeName.replace(/^headframe\.v1\./, '')}/${name}`;
}

/** Whether a call with an empty request gets as far as its handler, which may well find it wanting. */
async function isLetIn(channel: Channel, service: DescService, method: DescMethod, tries = 3): Promise<boolean> {
  const over = new AbortController();
  const client: Readonly<Record<string, unknown>> = createClient(service, channel);
  try {
    await call(method, client[method.localName], over.signal);
    return true;
  } catch (error) {
    if (!(error instanceof HeadframeError)) throw error;
    const { code, reason } = error;
    // A stranger is hung up on after a while, and connects anew.
    if (code === 'unavailable' && tries > 1) return await isLetIn(channel, service, method, tries - 1);
    expect(code, `${nameOf(service, method)}: ${error.message}`).not.to.be.oneOf(['internal', 'unimplemented']);
    return reason !== code || (code !== 'permission_denied' && code !== 'unauthenticated');
  } finally {
    over.abort();
  }
}

/** Resolves with the first that comes of a call. */
async function call({ methodKind }: DescMethod, way: unknown, signal: AbortSignal): Promise<void> {
  // The client has made each method by its kind.
  if (methodKind === 'bidi_streaming') {
    const { requests, responses } = (way as BidiWay)();
    requests.end();
    for await (const _first of responses) return;
  } else if (methodKind === 'server_streaming') {
    for await (const _first of (way as StreamWay)({}, { signal })) return;
  } else if (methodKind === 'client_streaming') {
    await (way as SendingWay)(nothing(), { signal });
  } else {
    await (way as UnaryWay)({}, { signal });
  }
}

async function* nothing(): AsyncGenerator<object> {
  yield* [];
}

describe('who may call what', function () {
  this.timeout(60_000);
  let at: RoleFixture;
  before(async () => {
    at = await openRoleFixture();
  });
  after(() => at.close());

  it('is, for every method that is served and every role, what the table in the docs says', async () => {
    const { text, rows } = await tableInDocs();
    expect(withRolesTable(text)).to.equal(text);
    const served = await servedBy(await at.channelOf('admin'));
    expect(served).to.have.members(SERVICES.map(({ typeName }) => typeName));
    const all = SERVICES.flatMap((service) => service.methods.map((method) => ({ service, method })));
    expect([...rows.keys()]).to.have.members(all.map(({ service, method }) => nameOf(service, method)));
    const callers = await callersOf(at);
    for (const { service, method } of all) {
      const name = nameOf(service, method);
      const cells = rows.get(name) ?? [];
      const reaches = cells.at(-1);
      const expected = callers.map(({ role, isHeld }) => {
        if (reaches === 'open') return true;
        const isYes = role !== undefined && cells[ROLES.indexOf(role)] === 'yes';
        return isYes && !(isHeld && reaches === 'the fleet');
      });
      const outcomes = await Promise.all(callers.map(({ channel }) => isLetIn(channel, service, method)));
      expect(outcomes, name).to.deep.equal(expected);
    }
  });

  it('is nothing for somebody who shows two proofs, and of a refusal the audit has who was refused', async () => {
    const admin = await at.channelOf('admin');
    const metadata = { authorization: 'Bearer 0123456789.x' };
    await expectReason(createClient(FleetService, admin).listMiners({}, { metadata }), 'unauthenticated');
    // A stranger who has asked for every method was hung up on, and may be connecting anew.
    const stranger = createClient(FleetService, at.stranger);
    await waitFor('the refusal', () => expectReason(stranger.listMiners({}), 'unauthenticated'));
    const viewer = createClient(FleetService, await at.channelOf('viewer'));
    await expectReason(viewer.applyMiners({}), 'permission_denied');
    const own = createClient(AuditService, admin);
    const { entries } = await own.listEntries({ outcome: 'permission_denied', pageSize: 1000 });
    expect(entries.map(({ role, name }) => [role, name])).to.deep.include(['viewer', 'viewer']);
  });
});

describe('a caller who asks too much', function () {
  this.timeout(20_000);

  it('is refused with a time to wait, while others go on', async () => {
    const at = await openRoleFixture({ limits: { callsPerSecond: 2, callsAtOnce: 3 } });
    try {
      const fleet = createClient(FleetService, await at.channelOf('viewer'));
      const asked = (async () => {
        for (let calls = 0; calls < 1000; calls += 1) await fleet.getFleetStatus({});
      })();
      const refused = await expectReason(asked, 'caller_rate_limited');
      expect([refused.code, refused.metadata['retryAfterSeconds']]).to.deep.equal(['resource_exhausted', '1']);
      const other = createClient(FleetService, await at.channelOf('operator'));
      const watches = [1, 2, 3].map(() => other.watchFleet({})[Symbol.asyncIterator]());
      for (const watch of watches) await watch.next();
      await expectReason(other.getFleetStatus({}), 'caller_concurrency');
      await watches[0]?.return?.();
      await waitFor('room for another call', () => other.getFleetStatus({}).catch(() => undefined));
      for (const watch of watches) await watch.return?.();
    } finally {
      await at.close();
    }
  });
});

async function callersOf(at: RoleFixture) {
  const known = ROLES.map(async (role) => ({ role, isHeld: false, channel: await at.channelOf(role) }));
  const held = ROLES.filter((role) => role !== 'agent').map(async (role) => ({
    ...{ role, isHeld: true },
    channel: await at.channelOf(role, ['farm'], `${role}-of-farm`),
  }));
  const stranger = { role: undefined, isHeld: false, channel: at.stranger };
  return [...(await Promise.all([...known, ...held])), stranger];
}

async function servedBy(channel: Channel): Promise<string[]> {
  const { requests, responses } = createClient(ServerReflection, channel).serverReflectionInfo();
  await requests.write({ messageRequest: { case: 'listServices', value: '' } });
  for await (const { messageResponse } of responses)
    if (messageResponse.case === 'listServicesResponse') return messageResponse.value.service.map(({ name }) => name);
  return [];
}
