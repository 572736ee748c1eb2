import { expect } from 'chai';
import { notLeader } from '../../../../coordinator/leadership/index.js';
import { saidByLeader } from '../../../../coordinator/sessions/said-by-leader.js';
import { expectReason } from '../../../support/expect-reason.js';

describe('what is said to agents', () => {
  it('is said while the coordinator leads, and not a word more', async () => {
    const said: string[] = [];
    const writer = { closed: false, write: async (word: string) => void said.push(word) };
    let leads = true;
    const guarded = saidByLeader(writer, () => (leads ? undefined : notLeader('b:7700')));
    await guarded.write('one');
    leads = false;
    await expectReason(guarded.write('two'), 'not_leader');
    expect(said).to.deep.equal(['one']);
    expect(guarded.closed).to.equal(false);
  });

  it('costs nothing where nobody else can lead', () => {
    const writer = { closed: false, write: async () => undefined };
    expect(saidByLeader(writer, undefined)).to.equal(writer);
  });
});
