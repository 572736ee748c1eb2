import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import {
  ExecRequestSchema,
  FleetService,
  ScaleMinerRequestSchema,
} from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../../../../common/gen/headframe/v1/host_service_pb.js';
import { LOCAL_CALLER } from '../../../../../common/model/caller.js';
import { HeadframeError, toHeadframeError } from '../../../../../common/model/error.js';
import type { CallContext } from '../../../../../common/rpc/index.js';
import { auditCalls } from '../../../../../coordinator/security/audit/index.js';
import type { AuditFacts } from '../../../../../coordinator/security/audit/entry.js';
import { ManualClock } from '../../../../support/manual-clock.js';

function contextOf(method: string): CallContext {
  const signal = new AbortController().signal;
  const rest = { deadlineMs: undefined, metadata: { get: () => undefined }, peer: '10.0.0.1:9', requestId: 'r7' };
  return { method, signal, caller: LOCAL_CALLER, ...rest };
}

/** An audit of calls and what it has written. */
function openAudit() {
  const [recorded, refused]: AuditFacts[][] = [[], []];
  const log = {
    record: (facts: AuditFacts) => Promise.resolve(void recorded?.push(facts)),
    refused: (facts: AuditFacts) => void refused?.push(facts),
  };
  const vain: unknown[] = [];
  const onVain = (call: object): unknown => vain.push(call);
  const audit = auditCalls({ log, clock: new ManualClock(5), onVain });
  return { audit, vain, recorded: recorded ?? [], refused: refused ?? [] };
}

const denied = new HeadframeError({ code: 'not_found', reason: 'miner_not_found', message: 'none' });

describe('the audit of calls', () => {
  it('records the beginning and the end with who, whence, what and how it ended', async () => {
    const { audit, recorded } = openAudit();
    const method = '/headframe.v1.FleetService/ScaleMiner';
    const record = audit.open(contextOf(method));
    await record?.begin(create(ScaleMinerRequestSchema, { name: 'alpha' }));
    await record?.end(denied);
    await record?.end();
    const both = {
      ...{ atMs: 5, role: 'admin', name: 'local', credential: 'plaintext', peer: '10.0.0.1:9', requestId: 'r7' },
      ...{ method, target: 'miner/alpha', count: 1 },
    };
    expect(recorded).to.deep.equal([
      { ...both, outcome: 'started', reason: '' },
      { ...both, outcome: 'not_found', reason: 'miner_not_found' },
    ]);
  });

  it('says of a call that was done and whose end cannot be recorded that it was done', async () => {
    let calls = 0;
    const record = (): Promise<void> => (++calls === 1 ? Promise.resolve() : Promise.reject(denied));
    const audit = auditCalls({ log: { record, refused: () => undefined }, clock: new ManualClock() });
    const call = audit.open(contextOf('/headframe.v1.FleetService/CancelRebalance'));
    await call?.begin({});
    expect(await call?.end().catch((thrown: unknown) => toHeadframeError(thrown).reason)).to.equal(
      'audit_outcome_unrecorded',
    );
  });

  it('names the instance of an exec and never its command', async () => {
    const { audit, recorded } = openAudit();
    const start = { instance: 'alpha-0', command: ['login', 'hunter2'] };
    const request = create(ExecRequestSchema, { message: { case: 'start', value: start } });
    await audit.open(contextOf('/headframe.v1.FleetService/Exec'))?.begin(request);
    expect(recorded[0]?.target).to.equal('instance/alpha-0');
    expect(JSON.stringify(recorded)).not.to.include('hunter2');
  });

  it('keeps no record of what only reads, and one of every method that nobody has told it of', () => {
    const { audit } = openAudit();
    const isRecorded = (method: string): boolean => audit.open(contextOf(method)) !== undefined;
    const reads = [...FleetService.methods, ...HostService.methods]
      .filter(({ name }) => /^(?:Get|List|Watch|Plan|Stream)/.test(name))
      .map(({ parent, name }) => `/${parent.typeName}/${name}`);
    expect(reads.filter(isRecorded)).to.deep.equal([]);
    const changes = [...FleetService.methods, ...HostService.methods]
      .map(({ parent, name }) => `/${parent.typeName}/${name}`)
      .filter((path) => !reads.includes(path));
    expect(changes.filter((path) => !isRecorded(path))).to.deep.equal([]);
    expect(isRecorded('/headframe.v1.AgentService/Session')).to.equal(false);
    expect(isRecorded('/grpc.health.v1.Health/Check')).to.equal(false);
    expect(isRecorded('/headframe.v1.SecretService/ReadSecret')).to.equal(true);
  });

  it('counts what strangers try among the refused calls, also a join in vain', async () => {
    const { audit, recorded, refused, vain } = openAudit();
    const method = '/headframe.v1.AccessService/Join';
    const join = audit.open(contextOf(method));
    await join?.begin({ hostId: 'h1' });
    await join?.end(denied);
    const list = { ...contextOf('/headframe.v1.FleetService/ListMiners'), certificate: undefined, isPrivate: true };
    audit.refused(list, denied, undefined);
    audit.refused(list, denied, { role: 'agent', name: 'h2', hostId: 'h2', credential: '4a' });
    expect(recorded).to.deep.equal([]);
    expect(refused.map(({ role, name, target }) => [role, name, target])).to.deep.equal([
      ['admin', 'local', 'host/h1'],
      ['stranger', '', ''],
      ['agent', 'h2', ''],
    ]);
    const told = { method, peer: '10.0.0.1:9', requestId: 'r7', target: 'host/h1', reason: 'miner_not_found' };
    expect(vain).to.deep.equal([told]);
  });

  it('has the reason in truth where the caller is told less', () => {
    const { audit, refused } = openAudit();
    const vague = { code: 'unauthenticated', reason: 'unauthenticated', message: 'no' } as const;
    const request = { ...contextOf('/headframe.v1.FleetService/ListMiners'), certificate: undefined, isPrivate: true };
    audit.refused(request, new HeadframeError({ ...vague, innerReason: 'expired' }), undefined);
    audit.refused(request, new HeadframeError(vague), undefined);
    expect(refused.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
      ['unauthenticated', 'expired'],
      ['unauthenticated', 'unauthenticated'],
    ]);
  });
});
