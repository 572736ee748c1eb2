import { expect } from 'chai';
import { PayerWorld, buying } from '../../../../support/chain/payer-world.js';
import { expectReason } from '../../../../support/expect-reason.js';

describe('a payer over a store that may forget', () => {
  let world: PayerWorld;

  beforeEach(async () => {
    world = await PayerWorld.open();
  });

  afterEach(() => {
    world.end();
  });

  it('begins nothing that costs, and goes on with what was begun', async () => {
    const begun = await world.payer.pay(buying(1));
    world.mayForget = true;
    await expectReason(world.payer.pay(buying(2)), 'payment_not_kept');
    expect((await world.payer.dryRun(buying(2))).refusal).to.equal('intent.not_kept');
    expect((await world.payer.pay(buying(1))).id).to.equal(begun.id);
    await world.calm(4);
    expect(await world.payer.settled(begun.id)).to.include({ state: 'finalised' });
    expect(world.chain.times(begun.call)).to.equal(1);
    world.mayForget = false;
    await world.payer.pay(buying(2));
  });
});
