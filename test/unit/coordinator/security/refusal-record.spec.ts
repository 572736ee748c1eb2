import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { CallContext } from '../../../../common/rpc/index.js';
import type { AuditFacts } from '../../../../coordinator/security/audit/index.js';
import { RefusalRecord } from '../../../../coordinator/security/index.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('the record of refusals', () => {
  function openRecord() {
    const logged: unknown[] = [];
    const audited: AuditFacts[] = [];
    const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, {
      warn: (what: unknown) => void logged.push(what),
    });
    const audit = { refused: (facts: AuditFacts) => void audited.push(facts) };
    return { record: new RefusalRecord({ logger, audit, clock: new ManualClock(5) }), logged, audited };
  }

  it('has connections by their reasons in log and audit, and those who only left in the log alone', () => {
    const { record, logged, audited } = openRecord();
    const reasons = ['ERR_SSL_WRONG_VERSION_NUMBER', 'unproven_too_long', 'headers_too_large', 'ECONNRESET'];
    for (const reason of reasons) record.connection({ peer: '10.0.0.7', reason });
    expect(logged).to.deep.equal(reasons.map((reason) => ({ peer: '10.0.0.7', reason })));
    expect(audited.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
      ['unauthenticated', 'ERR_SSL_WRONG_VERSION_NUMBER'],
      ['deadline_exceeded', 'unproven_too_long'],
      ['resource_exhausted', 'headers_too_large'],
    ]);
    const nobody = { role: 'stranger', name: '', credential: '', peer: '10.0.0.7', method: 'connection', target: '' };
    expect(audited[0]).to.include({ ...nobody, requestId: '', atMs: 5, count: 1 });
  });

  it('names of an agent that speaks for another host both, and no more of a made-up one than fits', () => {
    const { record, logged, audited } = openRecord();
    const caller = { role: 'agent', name: 'alpha', hostId: 'alpha', credential: '4a' } as const;
    const rest = { signal: new AbortController().signal, deadlineMs: undefined, metadata: { get: () => undefined } };
    const method = '/headframe.v1.AgentService/Session';
    const context: CallContext = { method, peer: '10.0.0.1:9', requestId: 'r7', caller, ...rest };
    const error = new HeadframeError({ code: 'permission_denied', reason: 'host_mismatch', message: '' });
    record.session(context, 'b'.repeat(1000), error);
    const facts = { method, peer: '10.0.0.1:9', requestId: 'r7', reason: 'host_mismatch', name: 'alpha' };
    const target = `host/${'b'.repeat(128)}`;
    expect(logged).to.deep.equal([{ ...facts, target }]);
    const who = { role: 'agent', credential: '4a', outcome: 'permission_denied' };
    expect(audited).to.deep.equal([{ ...facts, ...who, target, atMs: 5, count: 1 }]);
  });
});
