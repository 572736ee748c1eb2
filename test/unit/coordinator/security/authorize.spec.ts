import { expect } from 'chai';
import type { Role } from '../../../../common/model/caller.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { createAuthorize } from '../../../../coordinator/security/index.js';

const SERIAL = '4a';

describe('who may make a call', () => {
  /** What becomes of a call by a certificate of that role, or by none. */
  function outcome(role: Role | undefined, method: string, isRevoked = false): unknown {
    const reasons: string[] = [];
    const subject = role === 'agent' ? { role, hostId: 'h-1' } : { role: role ?? 'admin', name: 'ada' };
    const authorize = createAuthorize({
      authority: { verify: () => ({ ...subject, serial: SERIAL, notAfterMs: 1 }) },
      isRevoked: (serial) => isRevoked && serial === SERIAL,
      onRefused: ({ reason }) => reasons.push(reason),
    });
    const certificate = role === undefined ? undefined : Buffer.alloc(1);
    try {
      const caller = authorize({
        method,
        peer: 'p',
        requestId: 'r',
        isPrivate: true,
        metadata: { get: () => undefined },
        certificate,
      });
      return [caller.role, caller.name, caller.hostId, caller.credential];
    } catch (error) {
      return [error instanceof HeadframeError && error.code, ...reasons];
    }
  }

  const session = '/headframe.v1.AgentService/Session';
  const renewal = '/headframe.v1.AccessService/RenewCertificate';
  const change = '/headframe.v1.FleetService/DeleteMiner';
  const tokens = '/headframe.v1.AccessService/CreateToken';
  const agent = ['agent', 'h-1', 'h-1', SERIAL];
  const cases: [Role | undefined, string, unknown][] = [
    ['admin', change, ['admin', 'ada', undefined, SERIAL]],
    ['agent', session, agent],
    ['agent', renewal, agent],
    ['agent', '/grpc.health.v1.Health/Check', agent],
    ['agent', change, ['permission_denied', 'role']],
    ['agent', tokens, ['permission_denied', 'role']],
    ['agent', `${renewal}All`, ['permission_denied', 'role']],
    ['operator', change, ['permission_denied', 'role']],
    ['viewer', session, ['permission_denied', 'role']],
    [undefined, session, ['unauthenticated', 'no_certificate']],
    [undefined, tokens, ['unauthenticated', 'no_certificate']],
    [undefined, '/headframe.v1.AccessService/Join', ['agent', 'stranger', undefined, 'none']],
  ];
  for (const [role, method, expected] of cases)
    it(`is decided for ${role ?? 'nobody'} at ${method}`, () => {
      expect(outcome(role, method)).to.deep.equal(expected);
    });

  it('is nobody whose certificate was revoked', () => {
    expect(outcome('admin', change, true)).to.deep.equal(['unauthenticated', 'revoked']);
    expect(outcome('agent', session, true)).to.deep.equal(['unauthenticated', 'revoked']);
  });
});
