import { expect } from 'chai';
import fc from 'fast-check';
import type { StakePolicyRecord } from '../../../../../../common/model/stake-policy.js';
import { bandOf, withBand } from '../../../../../../coordinator/chain/stake/policy/band.js';
import { stakePolicyRecord } from '../../../../../support/chain/stake-policies.js';

const PRIORITIES = [
  { atLeast: '100', priority: 600 },
  { atLeast: '1000', priority: 900 },
];
const RECORD = stakePolicyRecord({ priorities: PRIORITIES });

function seen(record: StakePolicyRecord, stake: bigint, at: { block?: number; newest?: number; lost?: boolean } = {}) {
  const { block = 10, newest = 0, lost = false } = at;
  return withBand(record, { stake, block, registered: !lost, nowMs: 5 }, newest);
}

/** The priorities that these stakes give, one after another. */
function priorities(...stakes: readonly bigint[]): (number | undefined)[] {
  let record = RECORD;
  return stakes.map((stake) => {
    record = seen(record, stake);
    return bandOf(record)?.priority;
  });
}

describe('the priority that stake gives', () => {
  it('is that of the highest band that it reaches, and none below all', () => {
    expect(priorities(0n, 99n, 100n, 999n, 1_000n, 10n ** 30n)).to.deep.equal([
      ...[undefined, undefined, 600, 600, 900, 900],
    ]);
    expect(seen(RECORD, 120n).banded).to.deep.equal({ band: PRIORITIES[0], stake: '120', block: 10, atMs: 5 });
  });

  it('stays until the stake is 5 % below its bound', () => {
    expect(priorities(1_000n, 950n, 949n, 999n, 95n, 94n, 99n)).to.deep.equal([
      ...[900, 900, 600, 600, 600, undefined, undefined],
    ]);
    expect(priorities(1_000n, 1n)).to.deep.equal([900, undefined]);
  });

  it('never flaps: stake that sways by less than that about any bound changes it once at most', () => {
    const bound = fc.constantFrom(100_000n, 1_000_000n);
    const sway = fc.array(fc.bigInt({ min: -50n, max: 50n }), { minLength: 2, maxLength: 40 });
    const large = stakePolicyRecord({
      priorities: PRIORITIES.map(({ atLeast, priority }) => ({ atLeast: `${atLeast}000`, priority })),
    });
    fc.assert(
      fc.property(bound, sway, (about, thousandths) => {
        let [record, changes] = [seen(large, about - about / 1_000n), 0];
        for (const part of thousandths) {
          const after = seen(record, about + (about * part) / 1_000n);
          if (bandOf(after) !== bandOf(record)) changes += 1;
          record = after;
        }
        expect(changes <= 1).to.equal(true);
      }),
    );
  });

  it('is not changed by an endpoint that lags', () => {
    const rich = seen(RECORD, 1_000n, { block: 20 });
    expect(seen(rich, 0n, { block: 19 })).to.equal(rich);
    expect(seen(rich, 0n, { block: 25, newest: 30 })).to.equal(rich);
    const paid = { ...RECORD, registeredBlock: 40 };
    expect(seen(paid, 1_000n, { block: 39 })).to.equal(paid);
    const poor = seen(rich, 0n, { block: 30 });
    expect([bandOf(poor), seen(poor, 1_000n, { block: 29 })]).to.deep.equal([undefined, poor]);
  });

  it('ends with the place of the hotkey, and with the band', () => {
    const rich = seen(RECORD, 1_000n);
    expect(bandOf(seen(rich, 1_000n, { lost: true }))).to.equal(undefined);
    const other = [{ atLeast: '1000', priority: 800 }];
    const changed = { ...rich, spec: { ...rich.spec, priorities: other } };
    expect(bandOf(changed)).to.equal(undefined);
    expect(bandOf(seen(changed, 990n))).to.equal(undefined);
    expect(bandOf(seen(changed, 1_000n))?.priority).to.equal(800);
    expect(seen(RECORD, 0n)).to.equal(RECORD);
  });
});
