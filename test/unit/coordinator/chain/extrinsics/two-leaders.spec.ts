import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { MODEL_FEE } from '../../../../support/chain/model-chain.js';
import { PayerWorld, boughtEffect, buying } from '../../../../support/chain/payer-world.js';

/** A stake shows by no effect of its own; a registration does. */
const CALLS = { stake: buying(1), registration: buying(1, { effect: boughtEffect(1) }) };

describe('a payer that stood still while another came to lead', () => {
  let world: PayerWorld;

  beforeEach(async () => {
    world = await PayerWorld.open();
  });

  afterEach(() => {
    world.end();
  });

  const only = () => {
    const [intent] = world.intents();
    if (intent === undefined) throw new Error('there is an intent');
    return intent;
  };

  for (const [what, request] of Object.entries(CALLS))
    for (const knows of [true, false])
      describe(`with a ${what} signed and not sent, and ${knows ? 'knowing' : 'not knowing'} that it leads no more`, () => {
        beforeEach(async () => {
          world.ledger.stop({ name: 'submit', when: 'before' });
          await world.payer.pay(request);
          await world.pass();
          expect(only().state).to.equal('signed');
          await world.takeOver(knows);
        });

        it('sends what the new leader has sent, which counts once', async () => {
          const { hash } = only();
          await world.pass();
          world.wake();
          await world.calm(12);
          expect(only()).to.include({ state: 'finalised', attempts: 1, hash, fee: MODEL_FEE.toString() });
          expect(world.chain.times(request.call)).to.equal(1);
        });

        it('sends in vain what the new leader has signed anew, since its era was over', async () => {
          const { hash } = only();
          // The new leader reads the chain, and no node takes anything for as long as the era is.
          for (let block = 0; block < 7; block += 1) {
            await world.pass();
            world.chain.pool = [];
            world.chain.mine();
            world.chain.finalize();
          }
          world.chain.mineEmpty();
          world.chain.finalize();
          await world.pass(3_000);
          expect(only()).to.include({ state: 'signed', attempts: 2 });
          expect(only().hash).not.to.equal(hash);
          world.wake();
          await world.calm(12);
          expect(only()).to.include({ state: 'finalised', attempts: 2 });
          expect(world.chain.times(request.call)).to.equal(1);
        });

        it('leaves nonces to the new leader, who pays the next call beside it', async () => {
          await world.payer.pay(buying(2));
          await world.pass();
          world.wake();
          await world.calm(12);
          const ends = world.intents().map(({ state, attempts }) => [state, attempts]);
          expect(ends).to.deep.equal([
            ['finalised', 1],
            ['finalised', 1],
          ]);
          expect([1, 2].map((thing) => world.chain.times(buying(thing).call))).to.deep.equal([1, 1]);
        });
      });

  it('neither signs nor sends what it had read the chain for', async () => {
    world.ledger.stop({ name: 'sign', when: 'after' });
    await world.payer.pay(buying(1));
    await world.pass();
    const old = { ledger: world.ledger, ended: world.ended };
    await world.takeOver(false);
    world.wake();
    await world.calm(6);
    expect(old.ledger.calls).not.to.include('submit');
    expect(await old.ended)
      .to.be.instanceOf(HeadframeError)
      .with.property('reason', 'store_failed');
    expect(only()).to.include({ state: 'finalised', attempts: 1 });
    expect(world.chain.times(buying(1).call)).to.equal(1);
  });

  it('sends nothing again once it knows, and its loop ends', async () => {
    await world.payer.pay(buying(1));
    await world.pass();
    world.ledger.stop({ name: 'nonces', when: 'after' });
    await world.pass(4_000);
    const old = { ledger: world.ledger, ended: world.ended };
    const sent = old.ledger.calls.filter((name) => name === 'submit').length;
    await world.takeOver(true);
    world.wake();
    await world.pass(4_000);
    expect(old.ledger.calls.filter((name) => name === 'submit').length).to.equal(sent);
    expect(await old.ended)
      .to.be.instanceOf(HeadframeError)
      .with.property('reason', 'not_leader');
  });

  it('has each of its signings looked for, whatever proxy the later one is wrapped as', async () => {
    world.end();
    world = await PayerWorld.open({ eraBlocks: 16 });
    await world.payer.pay(buying(1, { maxTip: 64n }));
    await world.pass();
    const [first] = world.chain.pool;
    for (let block = 0; block < 6; block += 1) world.chain.mineEmpty();
    world.ledger.proxyKind = 'staking';
    await world.pass(4_000);
    expect(only().attempts).to.equal(2);
    // A node that never heard of the second one takes the first.
    world.chain.pool = first === undefined ? [] : [first];
    await world.calm(4);
    expect(only()).to.include({ state: 'finalised', attempts: 2 });
    expect(world.chain.times(buying(1).call)).to.equal(1);
  });
});
