import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import {
  MOST_MEMBERS,
  addressesOfMembers,
  decodeMember,
  encodeMember,
} from '../../../../coordinator/members/member.js';
import { Membership } from '../../../../coordinator/members/index.js';
import type { Member } from '../../../../coordinator/members/index.js';
import { decideAddition, decideRemoval } from '../../../../coordinator/members/membership.js';
import { expectReason } from '../../../support/expect-reason.js';
import { MemoryMembers } from '../../../support/memory-members.js';

const one = (address: string, state: Member['state'] = 'member'): Member => ({
  ...{ address, state, version: '1', startedMs: 1, seenMs: 2, changedMs: 3 },
});
const reasonOf = (decided: Member | HeadframeError): string =>
  decided instanceof HeadframeError ? decided.reason : decided.state;

describe('What a coordinator is to be', () => {
  const members = [one('a:1'), one('b:1', 'expected'), one('c:1', 'removed')];
  const many = Array.from({ length: MOST_MEMBERS }, (_, at) => one(`m${String(at)}:1`, 'removed'));

  it('is expected once it is announced, unless it is known already or there are too many', () => {
    const decided = (address: string, known = members) => reasonOf(decideAddition(known, address, 9));
    expect(decided('d:1')).to.equal('expected');
    expect(decided('a:1')).to.equal('coordinator_known');
    expect(decided('b:1')).to.equal('coordinator_known');
    expect(decided('d:1', many)).to.equal('members_full');
    // One that comes back takes no more room.
    expect(decided('m3:1', many)).to.equal('expected');
    expect(decideAddition(members, 'c:1', 9)).to.deep.equal({ ...one('c:1', 'expected'), changedMs: 9 });
  });

  it('is removed where it does not lead, and told of no more', () => {
    const decided = (address: string) => decideRemoval(members, { address, leader: 'a:1' }, 9);
    expect(['a:1', 'b:1', 'c:1', 'd:1'].map((address) => reasonOf(decided(address)))).to.deep.equal([
      'coordinator_leads',
      'removed',
      'removed',
      'coordinator_unknown',
    ]);
    expect(decided('c:1')).to.equal(members[2]);
    expect(addressesOfMembers(members)).to.deep.equal(['a:1', 'b:1']);
  });
});

describe('Membership', () => {
  let place: MemoryMembers;
  let membership: Membership;
  let told: number;

  beforeEach(() => {
    [place, told] = [new MemoryMembers(), 0];
    const changed = async (): Promise<void> => {
      await Promise.resolve();
      told += 1;
    };
    membership = new Membership({ place, clock: { nowMs: () => 9 }, leader: 'a:1', changed });
    for (const member of [one('a:1'), one('b:1')]) place.put(member.address, encodeMember(member));
  });

  const stateOf = async (address: string): Promise<string | undefined> => {
    const found = await place.read(address);
    return found && decodeMember(found.text)?.state;
  };

  it('announces one, and takes one out though it tells of itself at the same time', async () => {
    expect((await membership.add('c:1')).state).to.equal('expected');
    expect(await stateOf('c:1')).to.equal('expected');
    place.beforeWrite = () => {
      place.put('b:1', encodeMember({ ...one('b:1'), seenMs: 8 }));
    };
    expect(await membership.remove('b:1')).to.include({ state: 'removed', seenMs: 8 });
    expect(await stateOf('b:1')).to.equal('removed');
    expect(told).to.equal(2);
  });

  it('does nothing where it may not', async () => {
    await expectReason(membership.remove('a:1'), 'coordinator_leads');
    await expectReason(membership.add('b:1'), 'coordinator_known');
    expect([await stateOf('a:1'), await stateOf('b:1')]).to.deep.equal(['member', 'member']);
  });

  it('gives up where others write again and again', async () => {
    const meddle = (): void => {
      place.put('b:1', encodeMember(one('b:1')));
      place.beforeWrite = meddle;
    };
    meddle();
    await expectReason(membership.remove('b:1'), 'coordinator_changing');
  });
});
