import { expect } from 'chai';
import type { WalletRecord } from '../../../../../common/model/wallet.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { MODEL_FEE } from '../../../../support/chain/model-chain.js';
import { PayerWorld, boughtEffect, buying } from '../../../../support/chain/payer-world.js';

describe('a payer', () => {
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

  it('pays a call, and tells when that is final and what it cost', async () => {
    const made = await world.payer.pay(buying(1));
    expect(made.state).to.equal('journalled');
    await world.pass();
    expect(only()).to.include({ state: 'signed', attempts: 1, genesisHash: 'genesis' });
    world.chain.mine();
    world.ledger.tellHead();
    await world.pass(0);
    expect(only()).to.include({ state: 'in_block' });
    await world.calm(2);
    expect(await world.payer.settled(made.id)).to.deep.include({ state: 'finalised', fee: MODEL_FEE.toString() });
    expect(world.chain.times(made.call)).to.equal(1);
  });

  it('sends nothing before it is durable that it is signed', async () => {
    await world.payer.pay(buying(1));
    world.store.hold();
    await world.pass(5_000);
    expect(world.ledger.calls).to.include('sign');
    expect(world.ledger.calls).not.to.include('submit');
    world.store.release();
    await world.pass();
    expect(world.ledger.calls).to.include('submit');
  });

  it('takes the same key for the same intent, and no other call under it', async () => {
    const first = await world.payer.pay(buying(1));
    expect((await world.payer.pay(buying(1))).id).to.equal(first.id);
    await expectReason(world.payer.pay(buying(2, { key: 'buy-1' })), 'intent_key_reused');
    await world.calm(4);
    expect((await world.payer.pay(buying(1))).state).to.equal('finalised');
    expect(world.chain.times(first.call)).to.equal(1);
  });

  it('pays nothing for what is there already', async () => {
    await world.payer.pay(buying(1));
    await world.calm(4);
    const again = await world.payer.pay(buying(1, { key: 'other', effect: boughtEffect(1) }));
    await world.calm(2);
    expect(await world.payer.settled(again.id)).to.deep.include({ state: 'finalised', attempts: 0 });
    expect(world.chain.times(again.call)).to.equal(1);
  });

  it('keeps to the caps of the wallet, counting what is not done, and spends nothing without', async () => {
    world.caps = { perCall: 200n, perDay: 450n };
    await world.payer.pay(buying(1));
    await world.payer.pay(buying(2));
    await expectReason(world.payer.pay(buying(3, { cap: 201n })), 'spending_cap_call');
    await expectReason(world.payer.pay(buying(3)), 'spending_cap_day');
    await world.calm(4);
    await world.payer.pay(buying(3));
    world.caps = undefined;
    await expectReason(world.payer.pay(buying(4)), 'spending_cap_missing');
    await expectReason(world.payer.pay(buying(4, { amount: 100n, cap: 99n })), 'intent_invalid');
    await expectReason(world.payer.pay(buying(4, { network: 'other' })), 'network_not_found');
  });

  it('fails what costs more than its cap or than there is, without sending it', async () => {
    const dear = await world.payer.pay(buying(1, { cap: 100n + MODEL_FEE - 1n }));
    await world.calm(2);
    expect((await world.payer.settled(dear.id)).failure).to.include({ error: 'intent.cap_exceeded', class: 'requote' });
    world.ledger.funds_ = 100n;
    const poor = await world.payer.pay(buying(2));
    await world.calm(2);
    expect((await world.payer.settled(poor.id)).failure).to.include({
      error: 'intent.balance_too_low',
      class: 'money',
    });
    expect(world.ledger.calls).not.to.include('submit');
  });

  it('tells beforehand what it would do, and does not', async () => {
    expect(await world.payer.dryRun(buying(1, { effect: boughtEffect(1) }))).to.deep.equal({
      amount: 100n,
      fee: MODEL_FEE,
      tip: 0n,
      cap: 200n,
      signer: 1_000_000n,
      real: undefined,
      account: { signer: 'alice', real: undefined },
      effect: 'absent',
      refusal: undefined,
    });
    expect((await world.payer.dryRun(buying(1, { amount: 195n }))).refusal).to.equal('intent.cap_exceeded');
    world.caps = { perCall: 1n, perDay: 1n };
    expect((await world.payer.dryRun(buying(1))).refusal).to.equal('intent.cap_call');
    expect(world.intents()).to.deep.equal([]);
    expect(world.ledger.calls).not.to.include('submit');
  });

  it('waits for a wallet that is locked and for a chain that is away, says so, and goes on', async () => {
    world.locked = true;
    const made = await world.payer.pay(buying(1));
    await world.pass();
    expect(world.payer.whyOf(made)).to.contain('locked');
    world.locked = false;
    world.ledger.faults = Array.from({ length: 4_000 }, () => 'away' as const);
    // More than an hour.
    await world.pass(3_700_000);
    expect(world.payer.whyOf(made)).to.contain('chain_away');
    expect(only().state).to.equal('journalled');
    world.ledger.faults = [];
    await world.calm(4);
    expect(only().state).to.equal('finalised');
  });

  it('sends again at once what it had sent to a node that went away', async () => {
    world.end();
    world = await PayerWorld.open({ resendAfterMs: 3_600_000 });
    const { call } = await world.payer.pay(buying(1));
    const submissions = () => world.ledger.calls.filter((name) => name === 'submit').length;
    await world.pass(10_000);
    expect(submissions()).to.equal(1);
    world.ledger.faults = ['away'];
    await world.pass(10_000);
    expect(submissions()).to.equal(2);
    await world.calm(4);
    expect(only()).to.include({ state: 'finalised', attempts: 1 });
    expect(world.chain.times(call)).to.equal(1);
  });

  it('looks into the blocks for what it is told comes too late, since a relay may have handed it on twice', async () => {
    const { ledger, chain } = world;
    ledger.submit = async (bytes) => {
      chain.refusalOf(bytes);
      chain.mine();
      return { kind: 'refused', error: 'pool.stale' };
    };
    await world.payer.pay(buying(1));
    await world.calm(6);
    expect(only()).to.include({ state: 'finalised', attempts: 1 });
    expect(chain.times(buying(1).call)).to.equal(1);
  });

  it('begins nothing that is past its time', async () => {
    world.locked = true;
    await world.payer.pay(buying(1, { giveUpAtMs: world.clock.nowMs() + 5_000 }));
    await world.pass(10_000);
    world.locked = false;
    await world.calm(3);
    expect(only().state).to.equal('abandoned');
    expect(world.ledger.calls).not.to.include('submit');
  });

  it('raises the tip of what waits, up to its most, under the same nonce', async () => {
    await world.payer.pay(buying(1, { maxTip: 32n }));
    await world.pass();
    world.chain.pool = [];
    for (let block = 0; block < 6; block += 1) world.chain.mineEmpty();
    await world.pass(3_500);
    expect(only()).to.deep.include({ state: 'signed', tip: '2', attempts: 2 });
    expect(only().signed?.nonce).to.equal(0);
    await world.calm(4);
    expect(only()).to.include({ state: 'finalised', tip: '2' });
  });

  it('signs nothing new while the fate of an older call is open', async () => {
    await world.payer.pay(buying(1));
    await world.pass();
    world.chain.foreign('alice');
    world.ledger.tellHead();
    const second = await world.payer.pay(buying(2));
    await world.pass(3_000);
    expect(world.fleet.intent(second.id)?.state).to.equal('journalled');
    await world.calm(5);
    expect(world.intents().map(({ state }) => state)).to.deep.equal(['finalised', 'finalised']);
  });

  it('allows for twice the fee where nobody says what a call may cost, and not more', async () => {
    const free = await world.payer.pay(buying(1, { cap: undefined, maxTip: 7n }));
    expect(free.cap).to.equal(String(100n + 2n * MODEL_FEE + 7n));
    const again = await world.payer.pay(buying(1, { cap: undefined, amount: 90n }));
    expect(again).to.include({ id: free.id, amount: '100' });
    world.caps = { perCall: 100n, perDay: 450n };
    await expectReason(world.payer.pay(buying(2, { cap: undefined })), 'spending_cap_call');
  });

  it('counts what hotkeys spend for their wallet, and tells how much that is', async () => {
    world.caps = { perCall: 200n, perDay: 450n };
    await world.payer.pay(buying(1, { wallet: 'cold/one' }));
    await world.payer.pay(buying(2, { wallet: 'cold/two' }));
    expect(world.payer.spentBy('model', 'cold')).to.equal(400n);
    expect(world.payer.spentBy('model', 'col')).to.equal(0n);
    await expectReason(world.payer.pay(buying(3)), 'spending_cap_day');
  });

  it('gives up at once what is not signed, while the chain is away, too', async () => {
    world.ledger.faults = Array.from({ length: 99 }, () => 'away' as const);
    const made = await world.payer.pay(buying(1));
    expect((await world.payer.abandon(made.id, 'ada')).state).to.equal('abandoned');
    world.ledger.faults = [];
    await world.calm(4);
    expect(only()).to.include({ state: 'abandoned', note: 'given up by ada' });
    expect(world.ledger.calls).not.to.include('submit');
    await expectReason(world.payer.abandon('nobody', 'ada'), 'intent_not_found');
  });

  it('does not send what was given up while it was being signed', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { ledger } = world;
    const sign = ledger.sign.bind(ledger);
    ledger.sign = async (...asked) => {
      await gate;
      return sign(...asked);
    };
    const made = await world.payer.pay(buying(1));
    await world.pass();
    await world.payer.abandon(made.id, 'ada');
    open();
    await world.calm(4);
    expect(ledger.calls).to.include('sign').and.not.to.include('submit');
    expect(only().state).to.equal('abandoned');
  });

  it('does not sign again what was given up after it was signed, and ends it when its era is over', async () => {
    const made = await world.payer.pay(buying(1));
    await world.pass();
    world.chain.pool = [];
    expect((await world.payer.abandon(made.id, 'ada')).state).to.equal('signed');
    for (let block = 0; block < 20; block += 1) {
      world.chain.mineEmpty();
      world.chain.finalize(1);
      world.ledger.tellHead();
      await world.pass();
    }
    expect(only()).to.include({ state: 'abandoned', attempts: 1 });
    expect(world.chain.times(made.call)).to.equal(0);
  });

  it('tells each state once, and at the end what was paid or what to do', async () => {
    const told: string[] = [];
    world.fleet.onApplied(({ events }) => {
      told.push(...events.filter(({ reason }) => reason.startsWith('intent_')).map(({ reason }) => reason));
    });
    await world.payer.pay(buying(1));
    await world.payer.pay(buying(2, { cap: 100n + MODEL_FEE - 1n }));
    await world.calm(6);
    expect(told.sort()).to.deep.equal([
      ...['intent_failed', 'intent_finalised', 'intent_in_block'],
      ...['intent_journalled', 'intent_journalled', 'intent_signed'],
    ]);
    expect(world.intents().find(({ state }) => state === 'finalised')?.hash).to.be.a('string');
  });

  it('freezes the wallet whose coldkey somebody else may be taking over', async () => {
    const record: WalletRecord = {
      ...{ name: 'cold', id: '1', custody: 'keystore', keyType: 'sr25519', address: 'alice', publicKey: '0x' },
      ...{ envelope: undefined, proxyFor: undefined, hotkeys: [], createdAtMs: 0, createdBy: 'ada' },
    };
    await world.fleet.transact((tx) => {
      tx.putWallet(record);
    }).durable;
    world.chain.refusalOf = () => 'pool.custom.0';
    const made = await world.payer.pay(buying(1));
    await world.calm(2);
    expect(only().failure).to.include({ class: 'security_stop' });
    expect(world.fleet.wallet('cold')?.frozen).to.deep.include({
      intent: made.id,
      network: 'model',
      error: 'pool.custom.0',
    });
  });

  it('refuses more than it can hold', async () => {
    world.end();
    world = await PayerWorld.open({ mostWaiting: 2 });
    world.ledger.faults = Array.from({ length: 99 }, () => 'away' as const);
    await world.payer.pay(buying(1));
    await world.payer.pay(buying(2));
    await expectReason(world.payer.pay(buying(3)), 'payer_full');
    await expectReason(world.payer.settled('nobody'), 'intent_not_found');
  });
});
