import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { IntentRecord } from '../../../../../common/model/intent.js';
import { Protector } from '../../../../../coordinator/security/authority/index.js';
import { SecretKeys, Secrets } from '../../../../../coordinator/security/secrets/index.js';
import { loadCrypto } from '../../../../../coordinator/chain/wallets/crypto-library.js';
import type { CryptoLibrary } from '../../../../../coordinator/chain/wallets/crypto-library.js';
import { openWallets } from '../../../../../coordinator/chain/wallets/index.js';
import type { NewHotkey, NewWallet, Wallets } from '../../../../../coordinator/chain/wallets/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { addMiner, openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleSpec } from '../../../../support/fleet-samples.js';

const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';
const HOUR_MS = 3_600_000;
const right = Buffer.from('twelve geese');
const wrong = Buffer.from('twelve goose');
/** The least that polkadot-js reads. */
const QUICK = { N: 2 ** 15, p: 1, r: 8 };
const payload = Buffer.from('a call');

describe('wallets', () => {
  const protector = new Protector({ kind: 'key', secret: Buffer.from('k'.repeat(32)) });
  const closing: (() => Promise<void>)[] = [];
  let at: FleetFixture;
  let secrets: Secrets;
  let wallets: Wallets;
  let crypto: CryptoLibrary;

  before(async () => {
    crypto = await loadCrypto();
  });

  beforeEach(async () => {
    at = await openFleetFixture();
    secrets = new Secrets(at.fleet, await SecretKeys.open(at.fleet, protector));
    wallets = open();
  });

  function open(): Wallets {
    const closers = { add: (close: () => Promise<void>) => closing.push(close) };
    const opened = openWallets({ ...at, secrets, scrypt: QUICK }, closers);
    if (opened === undefined) throw new Error('there are secrets');
    return opened;
  }

  const seed = (): NewHotkey['key'] => ({
    form: 'seed',
    bytes: Buffer.from(randomBytes(32).toString('hex')),
    keyType: 'sr25519',
  });
  const hotkey = (name: string, key = seed()): NewHotkey => ({ name, namespace: 'default', key });
  const wish = (parts: Partial<NewWallet> = {}): NewWallet => ({
    ...{ name: 'farm', coldkey: { kind: 'key', key: seed() }, passphrase: right, proxyFor: undefined, hotkeys: [] },
    ...parts,
  });
  const watch = { coldkey: { kind: 'watch', address: ADDRESS }, passphrase: new Uint8Array() } as const;

  it('are locked when they are made, sign for as long as they are unlocked, and not a moment longer', async () => {
    const key = seed();
    const made = await wallets.create(wish({ coldkey: { kind: 'key', key } }), 'ada');
    expect(made).to.include({ name: 'farm', custody: 'keystore', keyType: 'sr25519', createdBy: 'ada' });
    const stored = JSON.stringify([...at.fleet.wallets(), ...at.fleet.secrets()]);
    expect(stored).to.contain(made.address);
    expect(stored).not.to.contain(Buffer.from(key.bytes).toString());
    expect(() => wallets.signer('farm'))
      .to.throw()
      .with.property('reason', 'wallet_locked');

    await wallets.unlock('farm', right, HOUR_MS);
    expect(wallets.unlockedUntilMs('farm')).to.equal(at.clock.nowMs() + HOUR_MS);
    const signer = wallets.signer('farm');
    expect(signer.address).to.equal(made.address);
    expect(crypto.sr25519Verify(payload, signer.sign(payload), signer.publicKey)).to.equal(true);
    await at.clock.advanceAsync(HOUR_MS - 1);
    signer.sign(payload);
    await at.clock.advanceAsync(1);
    expect(() => signer.sign(payload))
      .to.throw()
      .with.property('reason', 'wallet_locked');
    expect(wallets.unlockedUntilMs('farm')).to.equal(undefined);

    // A machine that sleeps does not prolong it; who signed before does so again once it is open.
    await wallets.unlock('farm', right, HOUR_MS);
    signer.sign(payload);
    at.clock.suspend(HOUR_MS);
    expect(() => signer.sign(payload))
      .to.throw()
      .with.property('reason', 'wallet_locked');
    await wallets.unlock('farm', right, HOUR_MS);
    await wallets.lock('farm');
    expect(() => signer.sign(payload))
      .to.throw()
      .with.property('reason', 'wallet_locked');
    await wallets.unlock('farm', right, HOUR_MS);
    for (const close of closing) await close();
    expect(() => signer.sign(payload))
      .to.throw()
      .with.property('reason', 'wallet_locked');
  });

  it('make whoever guesses wait ever longer, and tell it from a wrong guess', async () => {
    await wallets.create(wish(), 'ada');
    for (let n = 0; n < 3; n += 1) await expectReason(wallets.unlock('farm', wrong, HOUR_MS), 'passphrase_wrong');
    // Nobody is told whether it would have been right.
    const waiting = await expectReason(wallets.unlock('farm', right, HOUR_MS), 'unlock_backoff');
    expect(waiting.metadata).to.deep.equal({ wallet: 'farm', wait_ms: '5000' });
    await expectReason(wallets.export('farm', right), 'unlock_backoff');
    at.clock.advance(5_000);
    await expectReason(wallets.unlock('farm', wrong, HOUR_MS), 'passphrase_wrong');
    at.clock.advance(9_999);
    await expectReason(wallets.unlock('farm', right, HOUR_MS), 'unlock_backoff');
    at.clock.advance(1);
    await wallets.unlock('farm', right, HOUR_MS);
    await expectReason(wallets.unlock('farm', wrong, HOUR_MS), 'passphrase_wrong');
    await wallets.unlock('farm', right, HOUR_MS);
  });

  it('open one after another, and not without end', async () => {
    await wallets.create(wish(), 'ada');
    const tries = Array.from({ length: 12 }, () =>
      wallets.unlock('farm', wrong, HOUR_MS).catch((error: unknown) => error),
    );
    const reasons = (await Promise.all(tries)).map((error) => (error as { reason: string }).reason);
    const counts = ['passphrase_wrong', 'unlock_backoff', 'wallets_busy'].map(
      (reason) => reasons.filter((one) => one === reason).length,
    );
    expect(counts).to.deep.equal([3, 5, 4]);
  });

  it('stay locked when somebody locks them while they are being opened', async () => {
    await wallets.create(wish(), 'ada');
    const opening = wallets.unlock('farm', right, HOUR_MS);
    await wallets.lock('farm');
    await expectReason(opening, 'wallet_locked');
    expect(wallets.unlockedUntilMs('farm')).to.equal(undefined);
  });

  it('may have the address alone, or the key of a proxy', async () => {
    const watched = await wallets.create(wish({ name: 'cold', ...watch }), 'ada');
    expect(watched).to.deep.include({ custody: 'watch', address: ADDRESS, envelope: undefined });
    expect(() => wallets.signer('cold'))
      .to.throw()
      .with.property('reason', 'wallet_watch_only');
    await expectReason(wallets.unlock('cold', right, HOUR_MS), 'wallet_watch_only');
    const proxyFor = { address: ADDRESS, types: ['Registration', 'Staking'] };
    const proxy = await wallets.create(wish({ proxyFor }), 'ada');
    expect(proxy).to.deep.include({ custody: 'proxy', proxyFor });
    expect(proxy.address).not.to.equal(ADDRESS);
    await expectReason(
      wallets.create(wish({ name: 'x', proxyFor: { ...proxyFor, address: 'no' } }), 'ada'),
      'address_invalid',
    );
    await expectReason(
      wallets.create(wish({ name: 'x', passphrase: Buffer.from('short') }), 'ada'),
      'passphrase_unfit',
    );
  });

  it('keep their hotkeys as secrets in the form of Bittensor, which the coordinator signs with', async () => {
    const made = await wallets.create(wish({ hotkeys: [hotkey('beta'), hotkey('alpha')] }), 'ada');
    expect(made.hotkeys.map(({ name, secret }) => [name, secret])).to.deep.equal([
      ['alpha', 'farm.alpha'],
      ['beta', 'farm.beta'],
    ]);
    const secret = at.fleet.secret('default', 'farm.alpha');
    if (secret === undefined) throw new Error('there is no secret');
    const file = JSON.parse(secrets.reveal(secret).toString()) as Record<string, string>;
    expect(file).to.include({ ss58Address: made.hotkeys[0]?.address, publicKey: made.hotkeys[0]?.publicKey });
    const signer = await wallets.hotkeySigner('farm', 'alpha');
    expect(crypto.sr25519Verify(payload, signer.sign(payload), signer.publicKey)).to.equal(true);

    // Whoever changes it behind the wallet would have it sign with another key.
    const other = { namespace: 'default', name: 'farm.alpha' };
    await expectReason(secrets.rotate({ ...other, value: right }, 'ada'), 'secret_of_wallet');
    await expectReason(secrets.remove(other, true), 'secret_of_wallet');
    await expectReason(wallets.hotkeySigner('farm', 'gamma'), 'hotkey_not_found');
    await wallets.addHotkey('farm', hotkey('gamma'), 'bob');
    await wallets.hotkeySigner('farm', 'gamma');
    expect(await wallets.removeHotkey('farm', 'gamma', false)).to.deep.equal([]);
    expect(at.fleet.secret('default', 'farm.gamma')).to.equal(undefined);
    at.fleet.transact((tx) => {
      tx.removeSecret('default', 'farm.alpha');
    });
    expect(() => signer.sign(payload))
      .to.throw()
      .with.property('reason', 'hotkey_damaged');
  });

  it('have each name and each key once, and nothing is kept of what is refused', async () => {
    const [key, hot] = [seed(), seed()];
    const coldkey = { kind: 'key', key } as const;
    await wallets.create(wish({ coldkey, hotkeys: [hotkey('alpha', hot)] }), 'ada');
    const before = at.fleet.revision;
    await expectReason(wallets.create(wish(), 'ada'), 'wallet_exists');
    await expectReason(wallets.create(wish({ name: 'other', coldkey }), 'ada'), 'address_taken');
    const again = { name: 'other', hotkeys: [hotkey('beta'), hotkey('gamma', hot)] };
    await expectReason(wallets.create(wish(again), 'ada'), 'address_taken');
    await expectReason(wallets.addHotkey('farm', hotkey('alpha'), 'ada'), 'hotkey_exists');
    await expectReason(wallets.addHotkey('farm', hotkey('beta', key), 'ada'), 'address_taken');
    await expectReason(wallets.addHotkey('none', hotkey('beta'), 'ada'), 'wallet_not_found');
    await secrets.set({ namespace: 'default', name: 'farm.beta', value: right }, 'ada');
    await expectReason(wallets.addHotkey('farm', hotkey('beta'), 'ada'), 'secret_exists');
    expect(at.fleet.revision).to.equal(before + 1);
  });

  it('stay while miners refer to their hotkeys, unless somebody insists, and take them along', async () => {
    await wallets.create(wish({ hotkeys: [hotkey('alpha')] }), 'ada');
    const refs = [{ name: 'farm.alpha', path: '/run/secrets/hotkey', mode: 0o400, onRotate: 'none' as const }];
    addMiner(at.fleet, { name: 'miner', container: { ...sampleSpec().container, secrets: refs } });
    await expectReason(wallets.removeHotkey('farm', 'alpha', false), 'wallet_in_use');
    await expectReason(wallets.remove('farm', false), 'wallet_in_use');
    await wallets.unlock('farm', right, HOUR_MS);
    const signer = wallets.signer('farm');
    expect(await wallets.remove('farm', true)).to.deep.equal(['miner']);
    expect([...at.fleet.secrets()]).to.deep.equal([]);
    await wallets.create(wish(), 'ada');
    await wallets.unlock('farm', right, HOUR_MS);
    // Another of the same name.
    expect(() => signer.sign(payload))
      .to.throw()
      .with.property('reason', 'wallet_locked');
  });

  it('stay while calls of theirs are under way, unless somebody insists', async () => {
    await wallets.create(wish({ hotkeys: [hotkey('one')] }), 'ada');
    const intent: IntentRecord = {
      ...{ id: 'i1', key: 'k1', network: 'finney', wallet: 'farm', signer: ADDRESS, purpose: '', note: '' },
      call: { pallet: 'balances', method: 'transferKeepAlive', args: [] },
      ...{ amount: '1', cap: '2', maxTip: '0', attempts: 1, createdAtMs: 0, changedAtMs: 0, state: 'in_block' },
    };
    const put = (change: Partial<IntentRecord>): unknown =>
      at.fleet.transact((tx) => {
        tx.putIntent({ ...intent, ...change });
      });
    put({});
    await expectReason(wallets.remove('farm', false), 'wallet_paying');
    put({ wallet: 'farm/one', state: 'journalled' });
    await expectReason(wallets.remove('farm', false), 'wallet_paying');
    await expectReason(wallets.removeHotkey('farm', 'one', false), 'wallet_paying');
    put({ wallet: 'farmer' });
    await wallets.remove('farm', false);
    await wallets.create(wish(), 'ada');
    put({ state: 'finalised' });
    await wallets.remove('farm', false);
    await wallets.create(wish(), 'ada');
    put({});
    await wallets.remove('farm', true);
  });

  it('come back from the store, locked, and from what was exported', async () => {
    const made = await wallets.create(wish(), 'ada');
    await wallets.unlock('farm', right, HOUR_MS);
    const keystore = await wallets.export('farm', right);
    const later = open();
    expect(() => later.signer('farm'))
      .to.throw()
      .with.property('reason', 'wallet_locked');
    await later.unlock('farm', right, HOUR_MS);
    expect(later.signer('farm').address).to.equal(made.address);
    await wallets.remove('farm', false);
    const coldkey = { kind: 'keystore', bytes: Buffer.from(keystore) } as const;
    await expectReason(wallets.create(wish({ coldkey, passphrase: wrong }), 'ada'), 'passphrase_wrong');
    expect(await wallets.create(wish({ name: 'back', coldkey }), 'ada')).to.include({ address: made.address });
  });

  it('whose sealed keystores were swapped open no more', async () => {
    const [one, other] = [await wallets.create(wish(), 'ada'), await wallets.create(wish({ name: 'other' }), 'ada')];
    at.fleet.transact((tx) => {
      tx.putWallet({ ...one, envelope: other.envelope });
    });
    await expectReason(wallets.unlock('farm', right, HOUR_MS), 'wallet_damaged');
  });
});
