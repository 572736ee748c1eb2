import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { MOST_MEMBERS, decodeMember, encodeMember } from '../../../../coordinator/members/member.js';
import type { Member } from '../../../../coordinator/members/index.js';
import { MemberRegister } from '../../../../coordinator/members/index.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryMembers } from '../../../support/memory-members.js';

const one = (address: string, patch: Partial<Member> = {}): Member => ({
  ...{ address, state: 'member', version: '1', startedMs: 1, seenMs: 1, changedMs: 1 },
  ...patch,
});

describe('MemberRegister', () => {
  let clock: ManualClock;
  let place: MemoryMembers;
  let over: AbortController;
  let warnings: object[];

  beforeEach(() => {
    [clock, place, over, warnings] = [new ManualClock(), new MemoryMembers(), new AbortController(), []];
  });

  afterEach(() => {
    over.abort();
  });

  const registerOf = (address: string, version = '1'): MemberRegister => {
    const ignore = (): void => undefined;
    const logger = { info: ignore, debug: ignore, warn: (fields: object) => warnings.push(fields) } as never;
    return new MemberRegister({ place, self: { address, version, startedMs: clock.nowMs() }, clock, logger });
  };
  const begun = async (address: string, version?: string): Promise<MemberRegister> => {
    const register = registerOf(address, version);
    await register.begin(over.signal);
    return register;
  };
  const pass = (ms: number): Promise<void> => clock.advanceAsync(ms);
  const placed = async (address: string): Promise<Member | undefined> => {
    const found = await place.read(address);
    return found && decodeMember(found.text);
  };

  it('tells of a coordinator that starts, and knows of the others', async () => {
    await begun('b:1');
    const register = await begun('a:1', '2');
    expect(register.addresses).to.deep.equal(['a:1', 'b:1']);
    const [own] = register.members;
    expect(own).to.include({ state: 'member', version: '2', startedMs: clock.nowMs(), seenMs: clock.nowMs() });
  });

  it('tells again and again that it runs, and learns soon of one that comes, without writing for each', async () => {
    const register = await begun('a:1');
    void register.run(over.signal);
    const before = register.addresses;
    await pass(60_000);
    expect((await placed('a:1'))?.seenMs).to.be.above(clock.nowMs() - 31_000);
    expect(register.addresses).to.equal(before);

    place.put('b:1', encodeMember(one('b:1')));
    await pass(2_000);
    expect(register.addresses).to.deep.equal(['a:1', 'b:1']);
    const seenMs = (await placed('a:1'))?.seenMs;
    place.put('c:1', encodeMember(one('c:1')));
    await pass(2_000);
    expect(register.addresses).to.deep.equal(['a:1', 'b:1', 'c:1']);
    expect((await placed('a:1'))?.seenMs).to.equal(seenMs);
  });

  it('keeps to what it knew while nobody answers, and says so once', async () => {
    const register = await begun('a:1');
    void register.run(over.signal);
    place.failure = new HeadframeError({ code: 'unavailable', reason: 'shared_place_away', message: 'away' });
    await pass(90_000);
    expect(register.addresses).to.deep.equal(['a:1']);
    expect(warnings).to.deep.equal([{ reason: 'shared_place_away' }]);
  });

  it('does not begin before it has learnt whether it was removed', async () => {
    place.failure = new HeadframeError({ code: 'unavailable', reason: 'shared_place_away', message: 'away' });
    place.put('a:1', encodeMember(one('a:1', { state: 'removed' })));
    const register = registerOf('a:1');
    let isBegun = false;
    void register.begin(over.signal).then(() => (isBegun = true));
    await pass(5_000);
    expect(isBegun).to.equal(false);
    place.failure = undefined;
    await pass(5_000);
    expect([isBegun, register.isRemoved, register.addresses]).to.deep.equal([true, true, []]);
    expect(await placed('a:1')).to.include({ state: 'removed', seenMs: 1 });
  });

  it('makes a member of one that was expected, also where another writes at the same time', async () => {
    place.put('a:1', encodeMember(one('a:1', { state: 'expected', changedMs: 5 })));
    place.beforeWrite = () => {
      place.put('a:1', encodeMember(one('a:1', { state: 'expected', changedMs: 6 })));
    };
    const register = await begun('a:1');
    expect(register.members).to.have.length(1);
    expect(await placed('a:1')).to.include({ state: 'member', changedMs: clock.nowMs() });
  });

  it('does not bring back one that is removed while it tells of itself', async () => {
    place.beforeWrite = () => {
      place.put('a:1', encodeMember(one('a:1', { state: 'removed' })));
    };
    expect((await begun('a:1')).isRemoved).to.equal(true);
  });

  it('warns where another tells the same address', async () => {
    const register = await begun('a:1');
    void register.run(over.signal);
    clock.advance(10);
    await begun('a:1');
    await pass(3_000);
    expect(warnings).to.deep.equal([{ reason: 'advertise_shared', address: 'a:1' }]);
  });

  it('stays within bounds, and leaves out what it cannot read', async () => {
    place.put('odd', '{"address":"odd"}');
    for (let at = 0; at < MOST_MEMBERS; at += 1) place.put(`m${String(at)}`, encodeMember(one(`m${String(at)}:1`)));
    const register = await begun('a:1');
    expect(register.members).to.have.length(MOST_MEMBERS);
    expect(await placed('a:1')).to.equal(undefined);
    expect(warnings).to.deep.equal([{ reason: 'members_full', members: MOST_MEMBERS }]);
  });
});
