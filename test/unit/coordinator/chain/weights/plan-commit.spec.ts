import { expect } from 'chai';
import fc from 'fast-check';
import type { IntentRecord } from '../../../../../common/model/intent.js';
import type { WeightCommitRecord } from '../../../../../common/model/weight-commit.js';
import { revealWindow } from '../../../../../coordinator/chain/registration/index.js';
import { hiddenOf, hiddenToBytes } from '../../../../../coordinator/chain/weights/hidden.js';
import { planCommit } from '../../../../../coordinator/chain/weights/plan-commit.js';
import type { CommitSight } from '../../../../../coordinator/chain/weights/plan-commit.js';
import { afterCalls, revealKey } from '../../../../../coordinator/chain/weights/rounds.js';

const REVEAL = { netuid: 2, tempo: 9, period: 1 };
// Of epoch 10, which is blocks 97 to 106: revealed in 107 to 116.
const AT = 100;
const RECORD: WeightCommitRecord = {
  ...{ id: 'w', network: 'net', netuid: 2, address: '5Hot', wallet: 'farm', hotkey: 'judge' },
  ...{ hash: '0x0a', key: 'k', giveUpAtMs: 1_000, tries: 0, createdAtMs: 0 },
  envelope: { keyId: 'i', dataKey: 'd', value: 'v' },
};
const TERMS: CommitSight['terms'] = {
  ...{ best: AT, uid: 0, commitReveal: 'plain', reveal: REVEAL },
  commits: [{ hash: '0x0a', block: AT }],
};

function intent(state: IntentRecord['state'], more: Partial<IntentRecord> = {}): IntentRecord {
  return {
    ...{ id: '7', key: 'k', network: 'net', wallet: 'farm/judge', signer: '5Hot', purpose: '', note: '' },
    ...{ amount: '0', cap: '0', maxTip: '0', attempts: 1, createdAtMs: 0, changedAtMs: 5 },
    call: { pallet: 'p', method: 'm', args: [] },
    state,
    ...more,
  };
}
const failed = (error: string, kind: 'wait_block' | 'never', more: Partial<IntentRecord> = {}): IntentRecord =>
  intent('failed', { failure: { error, class: kind, action: '' }, ...more });
const COMMITTED = intent('finalised', { block: { number: AT, hash: '0x' } });

function planned(
  terms: Partial<CommitSight['terms']>,
  calls: Partial<Pick<CommitSight, 'commit' | 'reveal' | 'nowMs'>> = { commit: COMMITTED },
  record: Partial<WeightCommitRecord> = {},
): string {
  const sight = { nowMs: 0, commit: undefined, reveal: undefined, ...calls, terms: { ...TERMS, ...terms } };
  const { act, reason, atBlock } = planCommit({ ...RECORD, ...record }, sight);
  return `${act} ${reason}${atBlock === undefined ? '' : ` ${String(atBlock)}`}`;
}

describe('committed weights', () => {
  it('are revealed in the epoch that the chain names, and in no other', () => {
    const number = (max: number) => fc.integer({ min: 0, max });
    const terms = fc.record({ netuid: number(60), tempo: number(400), period: number(5) });
    fc.assert(
      fc.property(terms, number(1e7), number(5_000), ({ netuid, tempo, period }, at, later) => {
        const epochOf = (block: number): number => Math.floor((block + netuid + 1) / (tempo + 1));
        const { from, until } = revealWindow({ netuid, tempo, period }, at);
        const block = at + later;
        expect(block >= from && block <= until).to.equal(epochOf(block) === epochOf(at) + period);
      }),
    );
    expect(revealWindow(REVEAL, AT)).to.deep.equal({ from: 107, until: 116 });
  });

  it('are committed once, and given up where that could not be begun in time', () => {
    const none = { commits: [] };
    expect(planned(none, {})).to.equal('commit weights_committing');
    expect(planned(none, { nowMs: 1_000 })).to.equal('failed weights_failed');
    for (const state of ['journalled', 'signed', 'in_block'] as const)
      expect(planned(none, { commit: intent(state) })).to.equal('wait weights_committing');
    expect(planned(none, { commit: failed('p.NotYet', 'never') })).to.equal('failed weights_failed');
    const late = failed('p.NotYet', 'never', { block: { number: AT + 1, hash: '0x' } });
    expect(planned(none, { commit: late })).to.equal('wait chain_behind 101');
    // Whatever became known of the call: the chain has it.
    expect(planned({}, { commit: failed('intent.outcome_unknown', 'never') })).to.equal('wait weights_committed 106');
  });

  it('wait for their blocks, and are revealed in the first of them', () => {
    expect(planned({})).to.equal('wait weights_committed 106');
    expect(planned({ best: 105 })).to.equal('wait weights_committed 106');
    expect(planned({ best: 106 })).to.equal('reveal weights_revealing');
    expect(planned({ best: 115 })).to.equal('reveal weights_revealing');
    expect(planned({ best: 116 })).to.equal('expired weights_expired');
    expect(planned({ best: 110 }, {}, { committedAt: AT, retryAt: 114 })).to.equal('wait weights_committed 113');
    // The chain goes by its terms of the moment.
    expect(planned({ best: 106, reveal: { ...REVEAL, period: 2 } })).to.equal('wait weights_committed 116');
  });

  it('are not revealed while a call of before is under way, nor by what an endpoint that lags lacks', () => {
    expect(planned({ best: 106 }, { commit: intent('in_block') })).to.equal('wait weights_committing');
    for (const best of [106, 120])
      for (const state of ['signed', 'in_block', 'finalised', 'failed'] as const)
        expect(planned({ best, commits: [] }, { commit: COMMITTED, reveal: intent(state) })).to.equal(
          'wait weights_revealing',
        );
    expect(planned({ best: 99, commits: [] })).to.equal('wait chain_behind 100');
    expect(planned({ best: 99, commits: [] }, {}, { committedAt: AT })).to.equal('wait chain_behind 100');
  });

  it('end with a why where nothing is to be revealed any more', () => {
    expect(planned({ best: 103, commits: [] })).to.equal('failed weights_failed');
    expect(planned({ best: 106, uid: undefined })).to.equal('failed weights_failed');
    expect(planned({ commitReveal: 'off', reveal: undefined })).to.equal('failed weights_failed');
  });
});

describe('the calls of committed weights', () => {
  const reveal = (call: IntentRecord, record = RECORD) => afterCalls(record, { commit: COMMITTED, reveal: call });

  it('tell when the commit is final, and that it was revealed, and forget what was hidden then', () => {
    expect(afterCalls(RECORD, { commit: intent('in_block'), reveal: undefined })).to.equal(RECORD);
    const known = afterCalls(RECORD, { commit: COMMITTED, reveal: undefined });
    expect(known).to.deep.equal({ ...RECORD, committedAt: AT });
    expect(afterCalls(known, { commit: COMMITTED, reveal: intent('signed') })).to.equal(known);
    const { end, envelope } = reveal(intent('finalised', { block: { number: 107, hash: '0x' } }));
    expect([end?.state, end?.block, envelope]).to.deep.equal(['revealed', 107, undefined]);
  });

  it('are tried again under another key where that may help, and not without end', () => {
    const askAtBlock = 112;
    const early = intent('failed', {
      failure: { error: 'subtensorModule.RevealTooEarly', class: 'wait_block', action: '', askAtBlock },
    });
    let record = reveal(early);
    expect([record.tries, record.retryAt, record.end]).to.deep.equal([1, 112, undefined]);
    expect(revealKey(record)).to.equal('weights/w/reveal/2');
    while (record.end === undefined) record = reveal(early, record);
    expect([record.tries, record.end.state]).to.deep.equal([4, 'failed']);
    expect(reveal(intent('abandoned'))).to.include({ tries: 1, retryAt: undefined });
    expect(reveal(failed('p.IncorrectWeightVersionKey', 'never')).end?.state).to.equal('failed');
    expect(reveal(failed('subtensorModule.ExpiredWeightCommit', 'never')).end?.state).to.equal('expired');
  });

  it('need what is hidden as it was', () => {
    const hidden = { weights: { uids: [0, 3], values: [65_535, 7] }, salt: [1, 65_535], versionKey: 2n ** 63n };
    expect(hiddenOf(hiddenToBytes(hidden))).to.deep.equal(hidden);
  });
});
