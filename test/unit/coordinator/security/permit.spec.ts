import { expect } from 'chai';
import type { Caller } from '../../../../common/model/caller.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { createPermit } from '../../../../coordinator/security/index.js';

describe('whether somebody who is known may make a call', () => {
  const limited = new HeadframeError({ code: 'resource_exhausted', reason: 'caller_rate_limited', message: '' });

  /** Who entered and left, and what became of the call. */
  function ask(caller: Partial<Caller>, name: string, isLimited = false): unknown[] {
    const seen: unknown[] = [];
    const permit = createPermit({
      limiter: {
        enter: (who) => {
          if (isLimited) throw limited;
          seen.push(`enter ${who.name}`);
          return () => seen.push('leave');
        },
      },
      onRefused: ({ reason, name }) => seen.push([reason, name]),
    });
    const request = { peer: 'p', requestId: 'r', metadata: { get: () => undefined }, certificate: undefined };
    const known: Caller = { role: 'admin', name: 'ada', credential: '4a', ...caller };
    try {
      permit(known, { ...request, isPrivate: true, method: `/headframe.v1.${name}` })();
    } catch (error) {
      seen.push(error instanceof HeadframeError && [error.code, error.innerReason, error.metadata['why']]);
    }
    return seen;
  }

  it('is asked of the roles, then of the limits, which hear when it is over', () => {
    expect(ask({}, 'FleetService/GetMiner')).to.deep.equal(['enter ada', 'leave']);
    const role = [
      ['role', 'ada'],
      ['permission_denied', 'role', 'role'],
    ];
    expect(ask({ role: 'viewer' }, 'FleetService/Exec', true)).to.deep.equal(role);
    const held = [
      ['scope', 'ada'],
      ['permission_denied', 'scope', 'namespaces'],
    ];
    expect(ask({ namespaces: ['farm'] }, 'HostService/DrainHost')).to.deep.equal(held);
    const fast = [
      ['caller_rate_limited', 'ada'],
      ['resource_exhausted', 'caller_rate_limited', undefined],
    ];
    expect(ask({}, 'FleetService/GetMiner', true)).to.deep.equal(fast);
  });

  it('counts no strangers, who have no identity to count by', () => {
    expect(ask({}, 'AccessService/Join', true)).to.deep.equal([]);
  });
});
