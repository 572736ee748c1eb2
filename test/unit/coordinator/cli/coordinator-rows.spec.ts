import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import {
  CoordinatorMemberState,
  CoordinatorRole,
  GetCoordinatorResponseSchema,
} from '../../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { awayText, coordinatorRows, othersNamed } from '../../../../coordinator/cli/coordinator-rows.js';
import type { AskedCoordinator } from '../../../../coordinator/cli/coordinator-rows.js';
import { coordinatorsView } from '../../../../coordinator/cli/views/coordinators.js';
import { rowsOf } from '../../../support/cli-views.js';

const NOW_MS = 1_000_000;
const { EXPECTED, MEMBER, REMOVED } = CoordinatorMemberState;
const MEMBERS = [
  { address: 'a:1', state: MEMBER, version: '1.2', seenMs: 995_000n },
  { address: 'b:1', state: MEMBER, version: '1.1', seenMs: 995_000n },
  { address: 'c:1', state: EXPECTED },
  { address: 'd:1', state: REMOVED, version: '1.0', seenMs: 1_000n },
  { address: 'e:1', state: MEMBER, version: '1.0', seenMs: 1_000n },
];

const leads = (address: string, advertised = address): AskedCoordinator => {
  const told = { role: CoordinatorRole.LEADER, address: advertised, leaderAddress: advertised, version: '1.2' };
  const answer = create(GetCoordinatorResponseSchema, { ...told, epoch: 7n, sinceMs: 900_000n, members: MEMBERS });
  return { address, answer };
};
const follows = (address: string, hindranceText = ''): AskedCoordinator => {
  const told = { role: CoordinatorRole.FOLLOWER, address, leaderAddress: 'a:1', version: '1.1' };
  return { address, answer: create(GetCoordinatorResponseSchema, { ...told, members: MEMBERS, hindranceText }) };
};
const silent = (address: string, message = 'connect ECONNREFUSED 10.0.0.1:1'): AskedCoordinator => {
  const text = `14 UNAVAILABLE: No connection established. Last error: Error: ${message}. Resolution note: `;
  return { address, error: new HeadframeError({ code: 'unavailable', reason: 'unavailable', message: text }) };
};

describe('The rows of coordinators', () => {
  it('are of those that were asked and of all that they know', () => {
    expect(othersNamed([follows('b:1')])).to.deep.equal(['a:1', 'c:1', 'd:1', 'e:1']);
    // An address by which a coordinator is called may be another than the one that it tells.
    expect(othersNamed([leads('10.0.0.1:1', 'a:1')])).to.deep.equal(['b:1', 'c:1', 'd:1', 'e:1']);
    expect(othersNamed([silent('a:1')])).to.deep.equal([]);
  });

  it('tell who leads, follows, is expected, away and removed, and why', () => {
    const asked = [
      follows('b:1'),
      leads('a:1'),
      silent('c:1'),
      follows('d:1', 'it was removed'),
      silent('e:1', 'connect ETIMEDOUT'),
    ];
    const rows = coordinatorRows(asked, ['b:1'], NOW_MS);
    const table = rowsOf(coordinatorsView(rows, { nowMs: NOW_MS, wide: false }));
    const common = { LEADER: 'a:1', EPOCH: '-', AGE: '-', SINCE: '-', WHY: '' };
    expect(table).to.deep.equal([
      { ...common, ADDRESS: 'b:1', ROLE: 'follower', SEEN: '5s', VERSION: '1.1' },
      { ...common, ADDRESS: 'a:1', ROLE: 'leader', EPOCH: '7', SINCE: '1m40s', SEEN: '5s', VERSION: '1.2' },
      {
        ...{ ...common, LEADER: '-', ADDRESS: 'c:1', ROLE: 'expected', SEEN: '-', VERSION: '-' },
        WHY: 'it has not started yet: nothing listens there',
      },
      {
        ...{ ...common, ADDRESS: 'd:1', ROLE: 'removed', SEEN: '16m39s', VERSION: '1.1' },
        WHY: 'it was removed',
      },
      {
        ...{ ...common, LEADER: '-', ADDRESS: 'e:1', ROLE: 'away', SEEN: '16m39s', VERSION: '1.0' },
        WHY: 'its machine cannot be reached',
      },
    ]);
  });

  it('tell how far followers are behind, and which of them answer nothing themselves', () => {
    const behind = (address: string, ageMs: bigint, revisionsBehind: bigint): AskedCoordinator => {
      const told = { role: CoordinatorRole.FOLLOWER, address, leaderAddress: 'a:1', ageMs, revisionsBehind };
      return { address, answer: create(GetCoordinatorResponseSchema, told) };
    };
    const asked = [behind('b:1', 320n, 0n), behind('c:1', 40_000n, 0n), behind('d:1', 90_500n, 12n), follows('e:1')];
    const rows = coordinatorRows(asked, [], NOW_MS);
    expect(rows.map(({ ageMs, revisionsBehind }) => [ageMs, revisionsBehind])).to.deep.equal([
      [320, 0],
      [40_000, 0],
      [90_500, 12],
      [undefined, undefined],
    ]);
    const table = rowsOf(coordinatorsView(rows, { nowMs: NOW_MS, wide: false }));
    expect(table.map(({ AGE, WHY }) => [AGE, WHY])).to.deep.equal([
      ['0s', ''],
      ['40s', 'too far behind to answer itself: it cannot ask the leader'],
      ['1m30s', 'too far behind to answer itself: it lacks 12 revisions'],
      ['-', ''],
    ]);
  });

  it('tell of one that does not answer here but was heard of by the others', () => {
    const [, row] = coordinatorRows([leads('a:1'), silent('b:1')], ['a:1'], NOW_MS);
    expect(row?.text).to.equal('nothing listens there; the others have heard of it 5s ago');
  });

  it('leave out one that was removed and has ended, unless it was named', () => {
    const asked = [leads('a:1'), silent('d:1')];
    expect(coordinatorRows(asked, ['a:1'], NOW_MS).map(({ address }) => address)).to.deep.equal(['a:1']);
    expect(coordinatorRows(asked, ['a:1', 'd:1'], NOW_MS).map(({ role }) => role)).to.deep.equal(['leader', 'away']);
  });
});

describe('Why a coordinator does not answer', () => {
  const cases: readonly [string, string][] = [
    ['getaddrinfo ENOTFOUND c1.example', 'its name is not known'],
    ['connect EHOSTUNREACH 10.0.0.1:7700', 'its machine cannot be reached'],
    ['read ECONNRESET', 'it hangs up'],
    ['something new', 'something new'],
  ];
  for (const [message, text] of cases)
    it(`is told in plain words: ${text}`, () => {
      const one = silent('a:1', message);
      expect('error' in one && awayText(one.error)).to.equal(text);
    });

  it('is its own word where it has said one', () => {
    const code = 'unavailable';
    expect(awayText({ code, reason: 'authority_mismatch', message: 'another authority' })).to.equal(
      'another authority',
    );
    expect(awayText({ code: 'deadline_exceeded', reason: 'deadline_exceeded', message: '4 …' })).to.equal(
      'no answer in time',
    );
  });
});
