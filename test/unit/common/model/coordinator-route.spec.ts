import { expect } from 'chai';
import { CoordinatorRoute, addressesOf } from '../../../../common/model/coordinator-route.js';

const failed = { reason: 'unavailable', metadata: {} };
const follows = (leader?: string) => ({ reason: 'not_leader', metadata: leader === undefined ? {} : { leader } });

describe('the way to the coordinator that leads', () => {
  it('goes through those that were named, one after the other, where none answers', () => {
    const route = new CoordinatorRoute(addressesOf('a:1, b:1,,c:1'), false);
    const tried = [0, 1, 2, 3].map(() => [route.current, route.turn(failed)]);
    expect(tried).to.deep.equal([
      ['a:1', 'later'],
      ['b:1', 'later'],
      ['c:1', 'later'],
      ['a:1', 'later'],
    ]);
  });

  it('stays with the only one that was named', () => {
    const route = new CoordinatorRoute(['a:1'], false);
    expect([route.turn(failed), route.current]).to.deep.equal(['later', 'a:1']);
  });

  it('goes at once to the leader that a follower names, if it is one of them', () => {
    const route = new CoordinatorRoute(['a:1', 'b:1', 'c:1'], false);
    expect([route.turn(follows('c:1')), route.current]).to.deep.equal(['now', 'c:1']);
    expect([route.turn(follows('x:1')), route.current]).to.deep.equal(['later', 'a:1']);
  });

  it('goes to any leader where an authority says who it is, and back to those that were named where that fails', () => {
    const route = new CoordinatorRoute(['a:1', 'b:1'], true);
    expect([route.turn(follows('x:1')), route.current]).to.deep.equal(['now', 'x:1']);
    expect([route.turn(failed), route.current]).to.deep.equal(['later', 'a:1']);
  });

  it('goes on to those that it has learnt of, behind those that were named, until it learns otherwise', () => {
    const route = new CoordinatorRoute(['a:1'], true);
    route.learn(['b:1', 'a:1']);
    expect([route.turn(failed), route.current]).to.deep.equal(['later', 'b:1']);
    expect([route.turn(failed), route.current]).to.deep.equal(['later', 'a:1']);
    route.turn(failed);
    route.learn(['c:1']);
    expect([route.turn(failed), route.current]).to.deep.equal(['later', 'a:1']);
    expect([route.turn(failed), route.current]).to.deep.equal(['later', 'c:1']);
  });

  it('learns of none where no authority says who it is', () => {
    const route = new CoordinatorRoute(['a:1'], false);
    route.learn(['b:1']);
    expect([route.turn(failed), route.current]).to.deep.equal(['later', 'a:1']);
    expect([route.turn(follows('b:1')), route.current]).to.deep.equal(['later', 'a:1']);
  });

  it('waits with a follower that knows of no leader, but not for ever', () => {
    const route = new CoordinatorRoute(['a:1', 'b:1'], true);
    const tried = [0, 1, 2, 3, 4, 5].map(() => [route.turn(follows()), route.current]);
    expect(tried.slice(0, 5)).to.deep.equal(Array.from({ length: 5 }, () => ['soon', 'a:1']));
    expect(tried[5]).to.deep.equal(['soon', 'b:1']);
  });

  it('does not run round in circles between two that name each other', () => {
    const route = new CoordinatorRoute(['a:1', 'b:1'], true);
    const tries = Array.from({ length: 8 }, () => route.turn(follows(route.current === 'a:1' ? 'b:1' : 'a:1')));
    expect(tries.filter((next) => next !== 'now')).to.have.length(2);
    route.settled();
    expect(route.turn(follows('c:1'))).to.equal('now');
  });
});
