import { expect } from 'chai';
import type { Role } from '../../../../../common/model/caller.js';
import { mayGive, wrongNamespaces } from '../../../../../coordinator/security/credentials/index.js';

const ROLES: readonly Role[] = ['admin', 'operator', 'scheduler', 'viewer', 'renter', 'agent'];

describe('what somebody may give to others', () => {
  const givenBy = (role: Role): Role[] => ROLES.filter((given) => mayGive({ role }, { role: given }));

  it('is everything for admins, what is below them for operators, and nothing for anybody else', () => {
    expect(givenBy('admin')).to.deep.equal(ROLES);
    expect(givenBy('operator')).to.deep.equal(['scheduler', 'viewer', 'renter', 'agent']);
    for (const role of ['scheduler', 'viewer', 'renter', 'agent'] as const) expect(givenBy(role)).to.deep.equal([]);
  });

  it('reaches no further than their own namespaces', () => {
    const held = { role: 'operator', namespaces: ['a', 'b'] } as const;
    const may = (namespaces?: readonly string[]): boolean => mayGive(held, { role: 'scheduler', namespaces });
    expect([may(['a']), may(['a', 'b'])]).to.deep.equal([true, true]);
    expect([may(['a', 'c']), may(undefined)]).to.deep.equal([false, false]);
    // Hosts are of the whole fleet.
    expect(mayGive(held, { role: 'agent' })).to.equal(false);
    expect(mayGive({ role: 'operator', namespaces: [] }, { role: 'scheduler', namespaces: ['a'] })).to.equal(false);
  });

  it('holds schedulers to namespaces, and admins and hosts to none', () => {
    const isWrong = (role: Role, namespaces?: readonly string[]) => wrongNamespaces({ role, namespaces }) !== undefined;
    expect([isWrong('scheduler'), isWrong('scheduler', ['a'])]).to.deep.equal([true, false]);
    for (const role of ['admin', 'agent'] as const)
      expect([isWrong(role), isWrong(role, ['a'])]).to.deep.equal([false, true]);
    for (const role of ['operator', 'viewer'] as const)
      expect([isWrong(role), isWrong(role, ['a'])]).to.deep.equal([false, false]);
  });
});
