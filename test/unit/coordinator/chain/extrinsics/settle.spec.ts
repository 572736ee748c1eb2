import { expect } from 'chai';
import type { SignedCall } from '../../../../../common/model/intent.js';
import type { CallOutcome, CallSearch } from '../../../../../coordinator/chain/extrinsics/ports.js';
import { OUTCOME_UNKNOWN, needsSearch, settle } from '../../../../../coordinator/chain/extrinsics/settle.js';
import type { SettleFacts } from '../../../../../coordinator/chain/extrinsics/settle.js';

const SIGNED: SignedCall = {
  hash: '0xa',
  bytes: '0x',
  callHash: '0xc',
  nonce: 7,
  specVersion: 218,
  birth: 100,
  death: 164,
};
const FACTS: SettleFacts = {
  best: 110,
  finalized: 107,
  finalizedSpec: 218,
  nonces: { best: 7, finalized: 7 },
  search: undefined,
  effect: 'unread',
};
const NOWHERE: CallSearch = { found: undefined, complete: true };
const BLOCK = { number: 105, hash: '0xb' };

function foundWith(outcome: CallOutcome, finalized = true): CallSearch {
  return { found: { block: BLOCK, finalized, outcome }, complete: true };
}

describe('settling a signed call', () => {
  const act = (facts: Partial<SettleFacts>) => settle(SIGNED, { ...FACTS, ...facts });

  it('sends the same bytes again while its nonce is unused and its era runs', () => {
    expect(act({})).to.deep.equal({ act: 'resend' });
    expect(act({ nonces: { best: 6, finalized: 5 } })).to.deep.equal({ act: 'resend' });
  });

  it('ends upon what a final block holds, and waits upon one that is not final', () => {
    const success = { kind: 'success', fee: 3n } as const;
    expect(act({ search: foundWith(success, false) })).to.deep.equal({ act: 'in_block', block: BLOCK });
    expect(act({ search: foundWith(success) })).to.deep.equal({ act: 'done', block: BLOCK, fee: 3n });
    const failed = foundWith({ kind: 'failed', error: 'x.Y', fee: 1n });
    expect(act({ search: failed })).to.deep.equal({ act: 'fail', block: BLOCK, error: 'x.Y', fee: 1n });
  });

  it('goes by the effect where a block holds it and nobody has its events any more', () => {
    const search = foundWith({ kind: 'unknown' });
    expect(act({ search })).to.deep.equal({ act: 'read_effect' });
    expect(act({ search, effect: 'present' })).to.include({ act: 'done', block: BLOCK });
    for (const effect of ['absent', 'unreadable'] as const)
      expect(act({ search, effect })).to.include({ act: 'fail', error: OUTCOME_UNKNOWN });
  });

  it('waits where the best block shows what is not final', () => {
    expect(act({ nonces: { best: 8, finalized: 7 }, search: NOWHERE })).to.deep.equal({ act: 'wait', why: 'finality' });
    expect(act({ best: 164, finalized: 163, search: NOWHERE })).to.deep.equal({ act: 'wait', why: 'finality' });
  });

  it('is signed anew only when no block can hold it any more, none does, and its effect is not there', () => {
    const deaths = [
      ['nonce_used', { nonces: { best: 8, finalized: 8 } }],
      ['expired', { best: 166, finalized: 164 }],
      ['runtime_changed', { finalizedSpec: 219 }],
    ] as const;
    for (const [why, facts] of deaths) {
      expect(needsSearch(SIGNED, { ...FACTS, ...facts }), why).to.equal(true);
      expect(act({ ...facts, search: { found: undefined, complete: false } })).to.deep.equal({
        act: 'wait',
        why: 'search',
      });
      const searched = { ...facts, search: NOWHERE };
      expect(act(searched)).to.deep.equal({ act: 'read_effect' });
      expect(act({ ...searched, effect: 'present' })).to.deep.equal({ act: 'done', block: undefined, fee: undefined });
      expect(act({ ...searched, effect: 'pending' })).to.deep.equal({ act: 'wait', why: 'finality' });
      expect(act({ ...searched, effect: 'absent' })).to.deep.equal({ act: 'rebuild', why });
      expect(act({ ...searched, effect: 'unreadable' })).to.deep.equal({ act: 'rebuild', why });
    }
  });

  it('is alive under a runtime that is not final yet', () => {
    expect(act({ finalizedSpec: 217 })).to.deep.equal({ act: 'resend' });
  });

  it('believes no node that is behind the block it was signed at', () => {
    const behind = { best: 99, finalized: 96, nonces: { best: 0, finalized: 0 } };
    expect(act(behind)).to.deep.equal({ act: 'wait', why: 'chain_behind' });
  });

  it('finds a call in the blocks of an account that was emptied since, and whose nonces began at 0 again', () => {
    const facts = { best: 170, finalized: 165, nonces: { best: 0, finalized: 0 } };
    expect(needsSearch(SIGNED, { ...FACTS, ...facts })).to.equal(true);
    expect(act({ ...facts, search: foundWith({ kind: 'success', fee: 0n }) })).to.include({ act: 'done' });
  });
});
