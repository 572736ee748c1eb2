import { randomBytes } from 'node:crypto';
import { ApiPromise, WsProvider } from '@polkadot/api';
import type { ApiOptions } from '@polkadot/api/types';
import { systemClock } from '../../../common/model/clock.js';
import { openWallets } from '../../../coordinator/chain/wallets/index.js';
import type { WalletSigner, Wallets } from '../../../coordinator/chain/wallets/index.js';
import { Protector } from '../../../coordinator/security/authority/index.js';
import { SecretKeys, Secrets } from '../../../coordinator/security/secrets/index.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { openFleetFixture } from '../../support/fleet-fixture.js';
import { waitFor } from '../../support/wait-for.js';

const PASSPHRASE = Buffer.from('twelve geese');
const TAO = 1_000_000_000n;

describe('signatures of wallets on the real Subtensor runtime', function () {
  this.timeout(60_000);
  let node: ChainNode;
  let api: ApiPromise;
  let wallets: Wallets;
  let lockAll: () => Promise<void>;

  before(async () => {
    node = await ChainNode.start();
    // Its own types are not made for exact optional properties.
    const provider = new WsProvider(node.url) as unknown as NonNullable<ApiOptions['provider']>;
    api = await ApiPromise.create({ provider, noInitWarn: true });
    const { fleet } = await openFleetFixture();
    const protector = new Protector({ kind: 'key', secret: Buffer.from('k'.repeat(32)) });
    const secrets = new Secrets(fleet, await SecretKeys.open(fleet, protector));
    const opened = openWallets({ fleet, secrets, clock: systemClock }, { add: (close) => (lockAll = close) });
    if (opened === undefined) throw new Error('there are secrets');
    wallets = opened;
  });
  after(async () => {
    await lockAll();
    await api.disconnect();
    await node[Symbol.asyncDispose]();
  });

  const seed = (keyType: 'sr25519' | 'ed25519') =>
    ({ form: 'seed', bytes: Buffer.from(randomBytes(32).toString('hex')), keyType }) as const;

  it('pay: a transfer of a coldkey and one of a hotkey, of either kind', async () => {
    const hotkeys = [{ name: 'one', namespace: 'default', key: seed('ed25519') }];
    const coldkey = { kind: 'key', key: seed('sr25519') } as const;
    await wallets.create({ name: 'farm', coldkey, passphrase: PASSPHRASE, proxyFor: undefined, hotkeys }, 'ada');
    await wallets.unlock('farm', PASSPHRASE, 60_000);
    const signers = [wallets.signer('farm'), await wallets.hotkeySigner('farm', 'one')];
    await node.fund(
      signers.map(({ address }) => address),
      10n * TAO,
    );
    for (const [index, signer] of signers.entries()) {
      const to = api.createType('AccountId32', randomBytes(32)).toString();
      await transfer(signer, to, BigInt(index + 1) * TAO);
      await waitFor('the transfer', async () => (await freeOf(to)) === BigInt(index + 1) * TAO);
    }
  });

  async function transfer(signer: WalletSigner, to: string, amount: bigint): Promise<void> {
    const call = api.tx['balances']?.['transferKeepAlive']?.(to, amount);
    if (call === undefined) throw new Error('the runtime has no transfer');
    const signRaw = ({ data }: { readonly data: string }) => {
      const signature = Buffer.from(signer.sign(Buffer.from(data.slice(2), 'hex'))).toString('hex');
      // The number of the kind of signature comes first.
      return Promise.resolve({
        id: 1,
        signature: `0x${signer.keyType === 'ed25519' ? '00' : '01'}${signature}` as const,
      });
    };
    const signed = await call.signAsync(signer.address, { signer: { signRaw } });
    await signed.send();
  }

  async function freeOf(address: string): Promise<bigint> {
    const account = await api.query['system']?.['account']?.(address);
    return (account as unknown as { data: { free: { toBigInt(): bigint } } }).data.free.toBigInt(); // as AccountInfo has it
  }
});
