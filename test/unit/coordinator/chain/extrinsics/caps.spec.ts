import { expect } from 'chai';
import type { IntentRecord } from '../../../../../common/model/intent.js';
import { judgeCaps } from '../../../../../coordinator/chain/extrinsics/caps.js';
import { freeNonce } from '../../../../../coordinator/chain/extrinsics/nonce.js';
import { intentOf } from '../../../../../coordinator/chain/extrinsics/request.js';
import { toTrim } from '../../../../../coordinator/chain/extrinsics/trim.js';
import { buying } from '../../../../support/chain/payer-world.js';

const DAY_MS = 86_400_000;
const BLOCK = { number: 1, hash: '0x' };

/** An intent of 100, fee 10 and tip 5, with a cap of 200. */
function intent(more: Partial<IntentRecord>): IntentRecord {
  const made = intentOf(buying(1), { id: 'i', signer: 'alice', cap: 200n, genesisHash: undefined, nowMs: 0 });
  return { ...made, fee: '10', tip: '5', ...more };
}

describe('the caps of a wallet', () => {
  const spentBy = (more: Partial<IntentRecord>) =>
    judgeCaps(1n, { perCall: 0n, perDay: 0n }, [intent({ changedAtMs: DAY_MS, ...more })], DAY_MS + 1)?.spent;

  it('count what may still be paid whole, what was paid as it was, and what was not paid not at all', () => {
    for (const state of ['journalled', 'signed', 'in_block'] as const) expect(spentBy({ state })).to.equal(200n);
    expect(spentBy({ state: 'journalled', changedAtMs: -9 * DAY_MS })).to.equal(200n);
    expect(spentBy({ state: 'finalised', block: BLOCK })).to.equal(115n);
    expect(spentBy({ state: 'finalised' })).to.equal(0n);
    expect(spentBy({ state: 'failed', block: BLOCK })).to.equal(15n);
    expect(spentBy({ state: 'failed' })).to.equal(0n);
    expect(spentBy({ state: 'abandoned' })).to.equal(0n);
    const failure = { error: 'intent.outcome_unknown', class: 'unknown', action: '' } as const;
    expect(spentBy({ state: 'failed', block: BLOCK, failure })).to.equal(200n);
  });

  it('forget what ended more than a day ago', () => {
    expect(spentBy({ state: 'finalised', block: BLOCK, changedAtMs: 1 })).to.equal(0n);
    expect(spentBy({ state: 'finalised', block: BLOCK, changedAtMs: 2 })).to.equal(115n);
  });

  it('allow to the last unit and not one more', () => {
    const spent = [intent({ state: 'journalled' })];
    expect(judgeCaps(300n, { perCall: 300n, perDay: 500n }, spent, 0)).to.equal(undefined);
    expect(judgeCaps(301n, { perCall: 300n, perDay: 900n }, spent, 0)).to.include({ cap: 'call', allowed: 300n });
    expect(judgeCaps(300n, { perCall: 300n, perDay: 499n }, spent, 0)).to.include({ cap: 'day', spent: 200n });
  });
});

describe('the nonce of the next call', () => {
  it('is the first from the chain on that no call of ours holds', () => {
    expect(freeNonce(4, [])).to.equal(4);
    expect(freeNonce(4, [4, 5, 7])).to.equal(6);
    expect(freeNonce(4, [5, 6])).to.equal(4);
    expect(freeNonce(9, [4, 5])).to.equal(9);
  });
});

describe('the intents that are kept', () => {
  it('are those that have not ended, the latest, and all that caps may look back at', () => {
    const kept = { most: 1, mostMs: 90 * DAY_MS, leastMs: 2 * DAY_MS };
    const ended = (id: string, days: number) => intent({ id, state: 'failed', changedAtMs: -days * DAY_MS });
    const intents = [ended('now', 0), ended('young', 1), ended('old', 3), ended('older', 91)];
    expect(toTrim([...intents, intent({ id: 'open', changedAtMs: -99 * DAY_MS })], 0, kept)).to.have.members([
      'old',
      'older',
    ]);
  });
});
