import { expect } from 'chai';
import { ROLES } from '../../../../../common/model/caller.js';
import { NEEDS, whyNot } from '../../../../../coordinator/dashboard/page/state/permits.js';
import type { Method } from '../../../../../coordinator/dashboard/page/state/permits.js';
import { whyForbidden } from '../../../../../coordinator/security/roles/index.js';

// The keys are what the page calls.
const methods = Object.keys(NEEDS) as Method[];

describe('what the dashboard offers to whom', () => {
  it('is what the coordinator lets them do, for every role, held to namespaces or not', () => {
    for (const method of methods)
      for (const role of ROLES.filter((name) => name !== 'agent'))
        for (const namespaces of [undefined, ['farm']]) {
          const caller = { role, name: 'anna', credential: 'token', namespaces };
          const isAllowed = whyForbidden(caller, `/headframe.v1.${method}`) === undefined;
          const isOffered = whyNot({ role, name: 'anna', namespaces: namespaces ?? [] }, method) === undefined;
          expect(isOffered, `${role} ${method} ${String(namespaces)}`).to.equal(isAllowed);
        }
  });

  it('says which role, or that the namespaces, do not allow it', () => {
    const who = { role: 'viewer', name: 'anna', namespaces: [] };
    expect(whyNot(who, 'FleetService/StopMiner')).to.include('viewer');
    expect(whyNot({ ...who, role: 'operator', namespaces: ['farm'] }, 'HostService/DrainHost')).to.include(
      'namespaces',
    );
  });
});
