import { randomBytes } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { OutputStream, TunnelRequestSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { StreamData, TunnelRequest } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import {
  DialRequestSchema,
  IssueCertificateRequestSchema,
  RunCommandRequestSchema,
} from '../../../../common/gen/headframe/v1/lease_access_service_pb.js';
import type {
  DialRequest,
  IssueCertificateResponse,
  RunCommandRequest,
} from '../../../../common/gen/headframe/v1/lease_access_service_pb.js';
import type { Caller } from '../../../../common/model/caller.js';
import type { InstanceState } from '../../../../common/model/instance.js';
import type { LeaseRecord } from '../../../../common/model/lease-record.js';
import type { CallContext } from '../../../../common/rpc/call-context.js';
import { leaseAccessService } from '../../../../coordinator/api/lease-access-service.js';
import { Scopes } from '../../../../coordinator/api/scope.js';
import type { TunnelPurpose } from '../../../../coordinator/sessions/tunnels.js';
import { Protector } from '../../../../coordinator/security/authority/index.js';
import { UserAuthority } from '../../../../coordinator/security/ssh/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import { leaseSpec } from '../../../support/lease-samples.js';
import { readyLease } from '../../../support/lease-scene.js';
import { SSH_KEYS } from '../../../support/ssh-keys.js';

const ADA = { role: 'renter', name: 'ada', namespaces: ['default'] } as const;
const PORTS = [
  { name: 'ssh', containerPort: 22, hostPort: 0, protocol: 'tcp' },
  { name: 'web', containerPort: 8_080, hostPort: 0, protocol: 'tcp' },
  { name: 'dns', containerPort: 53, hostPort: 0, protocol: 'udp' },
] as const;

describe('the service of the ways into leases', () => {
  it('certifies the key of an owner until the lease ends, or sooner, and tells where it is', async () => {
    const { service, lease, nowMs } = await open();
    const ask = (lifeMs: bigint) => service.issue({ lease: 'lease-1', publicKey: SSH_KEYS.ed25519.line, lifeMs }, ADA);
    const whole = await ask(0n);
    expect(whole.certificate).to.match(/^ssh-ed25519-cert-v01@openssh\.com AAAA/);
    expect(whole).to.deep.include({ validUntilMs: BigInt(lease.endsAtMs), hostKey: lease.hostKey, hostPort: 30_000 });
    expect((await ask(60_000n)).validUntilMs).to.equal(BigInt(nowMs + 60_000));
    expect((await ask(999_999_999_999n)).validUntilMs).to.equal(BigInt(lease.endsAtMs));
    const only = await service.issue({ lease: 'lease-1' }, ADA);
    expect(only).to.deep.include({ fingerprint: lease.fingerprint }).and.not.to.have.property('certificate');
  });

  it('certifies until the end by the wall clock, also once somebody has set that', async () => {
    const { service, lease } = await open({}, 600_000);
    const { validUntilMs } = await service.issue(
      { lease: 'lease-1', publicKey: SSH_KEYS.ed25519.line, lifeMs: 0n },
      ADA,
    );
    expect(validUntilMs).to.equal(BigInt(lease.endsAtMs + 600_000));
  });

  it('is there for owners and admins; to others, operators too, a lease is not there', async () => {
    const { service } = await open();
    for (const caller of [
      { ...ADA, name: 'eve' },
      { ...ADA, namespaces: ['farm'] },
      { ...ADA, namespaces: [] },
      { role: 'operator', name: 'olaf' },
    ] as const) {
      await expectReason(service.issue({ lease: 'lease-1' }, caller), 'lease_not_found');
      await expectReason(service.dial([start('lease-1')], caller), 'lease_not_found');
    }
    await service.issue({ lease: 'lease-1' }, { role: 'admin', name: 'root' });
    await expectReason(service.issue({ lease: 'other' }, ADA), 'lease_not_found');
  });

  it('refuses keys that are none, and leases that cannot be used', async () => {
    const { service } = await open();
    const weak = service.issue({ lease: 'lease-1', publicKey: SSH_KEYS.rsa2048.line }, ADA);
    expect((await expectReason(weak, 'request_invalid')).violations.map(({ path }) => path)).to.deep.equal([
      'public_key',
    ]);
    const over = await open({ end: { reason: 'lease_term_over', text: '', atMs: 1 } });
    await expectReason(over.service.issue({ lease: 'lease-1' }, ADA), 'lease_not_usable');
    const early = await open({ startsAtMs: 0 });
    await expectReason(early.service.dial([start('lease-1')], ADA), 'lease_not_usable');
  });

  it('dials a port that the lease has, and carries what is sent both ways, each end apart', async () => {
    const { service, opened } = await open();
    const said = [
      start('lease-1', 8_080),
      message({ case: 'data', value: Buffer.from('in') }),
      message({ case: 'end', value: true }),
    ];
    const heard = await service.dial(said, ADA);
    expect(heard).to.deep.equal(['out', 'end']);
    expect(opened.map(({ purpose }) => purpose.value)).to.deep.include({
      ...{ $typeName: 'headframe.v1.DialOrder', serial: 1n, containerPort: 8_080 },
    });
    expect(opened[0]?.written).to.deep.equal(['in', 'stdinEnd']);
    await service.dial([start('lease-1')], ADA);
    expect(opened[1]?.purpose.value).to.have.property('containerPort', 22);
    for (const port of [23, 53]) await expectReason(service.dial([start('lease-1', port)], ADA), 'request_invalid');
    await expectReason(service.dial([message({ case: 'end', value: true })], ADA), 'request_invalid');
  });

  it('runs commands of an owner in the lease, once its container runs, and of nobody else', async () => {
    const { service, opened } = await open({ startsAtMs: 0 });
    const command = ['id', '-u'];
    expect(await service.run([begin('lease-1', command)], ADA)).to.deep.equal(['out', 'exitCode 0']);
    await service.run([begin('lease-1', command)], { role: 'admin', name: 'root' });
    const [first] = opened;
    expect(first?.purpose.case).to.equal('exec');
    expect(first?.purpose.value).to.deep.include({ serial: 1n, command });
    for (const caller of [
      { ...ADA, name: 'eve' },
      { ...ADA, namespaces: ['farm'] },
      { role: 'operator', name: 'olaf' },
      { role: 'scheduler', name: 'sam', namespaces: ['default'] },
    ] as const)
      await expectReason(service.run([begin('lease-1', command)], caller), 'lease_not_found');
    // What is no lease is none by any of its names.
    for (const name of ['miner-1', 'miner-1/1', 'lease-1/1', ''])
      await expectReason(service.run([begin(name, command)], ADA), 'lease_not_found');
    await expectReason(service.run([begin('lease-1', [])], ADA), 'request_invalid');
    expect(opened).to.have.length(2);
  });

  it('runs nothing in a lease that has ended, or whose container does not run', async () => {
    const over = await open({ end: { reason: 'lease_term_over', text: '', atMs: 1 } });
    await expectReason(over.service.run([begin('lease-1', ['id'])], ADA), 'lease_not_usable');
    const early = await open({}, 0, 'preparing');
    await expectReason(early.service.run([begin('lease-1', ['id'])], ADA), 'not_running');
    await expectReason(early.service.dial([start('lease-1')], ADA), 'not_running');
    await expectReason(early.service.issue({ lease: 'lease-1' }, ADA), 'not_running');
    expect([...over.opened, ...early.opened]).to.deep.equal([]);
  });
});

type DialAnswer = { readonly message: { case: 'data'; value: Uint8Array } | { case: 'end'; value: true } };

interface Opened {
  readonly purpose: TunnelPurpose;
  readonly written: string[];
}

type RunAnswer = { readonly message: { case: 'data'; value: StreamData } | { case: 'exitCode'; value: number } };

async function open(patch: Partial<LeaseRecord> = {}, wallOffsetMs = 0, state: InstanceState = 'running') {
  const { fleet, clock } = await openFleetFixture();
  const container = {
    image: 'i',
    command: [],
    args: [],
    env: {},
    ports: PORTS,
    mounts: [],
    user: '',
    workdir: '',
    network: 'bridge',
  } as const;
  const serial = addMiner(fleet, { name: 'lease-1', container }, 1);
  assign(fleet, serial);
  addMiner(fleet, { name: 'miner-1' }, 1, 2);
  fleet.transact((tx) => tx.updateInstance(serial, { state, reason: state, text: '' }));
  const nowMs = clock.nowMs();
  const lease = readyLease({ serial, startsAtMs: 1, endsAtMs: nowMs + 3_600_000, ...patch });
  fleet.transact((tx) => {
    tx.putLease(lease);
  });
  const opened: Opened[] = [];
  const openTunnel = (_host: string, purpose: TunnelPurpose) => {
    const one: Opened = { purpose, written: [] };
    opened.push(one);
    return Promise.resolve(farEnd(one.written));
  };
  const sshUsers = new UserAuthority(fleet, new Protector({ kind: 'key', secret: randomBytes(32) }));
  const trusted = leaseSpec({ lease: 'lease-1', userCa: await sshUsers.publicKey() });
  const workload = fleet.workload(1);
  fleet.transact((tx) => {
    if (workload !== undefined) tx.putWorkload({ ...workload, lease: trusted });
  });
  const leases = { wallOffsetMs, nowMs: () => clock.nowMs() - wallOffsetMs };
  const parts = { fleet, clock, leases, sshUsers, scopes: new Scopes(fleet), sessions: { openTunnel } };
  const handlers = leaseAccessService(parts);
  // It answers with what messages are made of, and is no writer.
  const dial = handlers.dial as (
    requests: AsyncIterable<DialRequest>,
    context: CallContext,
  ) => AsyncIterable<DialAnswer>;
  const runCommand = handlers.runCommand as (
    requests: AsyncIterable<RunCommandRequest>,
    context: CallContext,
  ) => AsyncIterable<RunAnswer>;
  const service = {
    run: async (said: readonly RunCommandRequest[], caller: Partial<Caller>) => {
      const heard: string[] = [];
      for await (const { message: one } of runCommand(sayAll(said), contextOf(caller)))
        heard.push(one.case === 'data' ? Buffer.from(one.value.data).toString() : `${one.case} ${String(one.value)}`);
      return heard.filter((text) => text !== '');
    },
    issue: async (asked: MessageInitShape<typeof IssueCertificateRequestSchema>, caller: Partial<Caller>) => {
      const given = await handlers.issueCertificate(create(IssueCertificateRequestSchema, asked), contextOf(caller));
      // As above.
      return given as Partial<IssueCertificateResponse>;
    },
    dial: async (said: readonly DialRequest[], caller: Partial<Caller>) => {
      const heard: string[] = [];
      for await (const { message: one } of dial(sayAll(said), contextOf(caller)))
        heard.push(one.case === 'data' ? Buffer.from(one.value).toString() : one.case);
      return heard;
    },
  };
  return { service, lease, nowMs, opened };
}

/** An agent's side that answers when it was told the end. */
function farEnd(written: string[]) {
  let told: () => void = () => undefined;
  const end = new Promise<void>((resolve) => (told = resolve));
  const data = (bytes: string): TunnelRequest['message'] => ({
    case: 'data',
    value: { $typeName: 'headframe.v1.StreamData', stream: OutputStream.STDOUT, data: Buffer.from(bytes) },
  });
  async function* incoming(): AsyncGenerator<TunnelRequest> {
    await end;
    yield create(TunnelRequestSchema, { message: data('out') });
    yield create(TunnelRequestSchema, { message: data('') });
    yield create(TunnelRequestSchema, { message: { case: 'exit', value: { code: 0 } } });
  }
  const write = (response: object) => {
    // The handler writes messages, and none that are encoded already.
    const { message: one } = response as { message: { case: string; value: unknown } };
    written.push(one.case === 'stdin' ? String(one.value) : one.case);
    if (one.case === 'stdinEnd') told();
    return Promise.resolve();
  };
  return { incoming: incoming(), outgoing: { write, end: () => undefined, closed: false }, close: () => undefined };
}

function start(lease: string, port = 0): DialRequest {
  return message({ case: 'start', value: { $typeName: 'headframe.v1.DialStart', lease, port } });
}

function message(value: DialRequest['message']): DialRequest {
  return create(DialRequestSchema, { message: value });
}

function begin(lease: string, command: string[]): RunCommandRequest {
  const value = { $typeName: 'headframe.v1.RunCommandStart' as const, lease, command, tty: false, stdin: false };
  return create(RunCommandRequestSchema, { message: { case: 'start', value: { ...value, columns: 0, rows: 0 } } });
}

async function* sayAll<Request>(said: readonly Request[]): AsyncGenerator<Request> {
  yield* said;
}

/** Handlers look at no more of a call. */
function contextOf(caller: Partial<Caller>): CallContext {
  return { caller, signal: new AbortController().signal } as CallContext;
}
