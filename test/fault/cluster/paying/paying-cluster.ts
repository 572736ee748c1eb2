import { randomBytes } from 'node:crypto';
import { NetworkService } from '../../../../common/gen/headframe/v1/network_service_pb.js';
import { KeyType, WalletService } from '../../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Wallet } from '../../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Channel } from '../../../../common/rpc/index.js';
import { createClient } from '../../../../common/rpc/index.js';
import { Closers } from '../../../../coordinator/closers.js';
import { BareApi } from '../../../support/chain/bare-api.js';
import { ChainNode } from '../../../support/chain/chain-node.js';
import { PLENTY } from '../../../support/chain/raonet.js';
import type { SwitchedMachine } from '../../../support/network-switch.js';
import { waitFor } from '../../../support/wait-for.js';
import { Islands } from '../islands.js';

export const NETWORK = 'raonet';
export const WALLET = 'farm';
export const HOTKEY = 'one';
export const PASSPHRASE = Buffer.from('twelve geese over the bay');
const TAO = 1_000_000_000n;
/** What is asked and what is done on the chain are some way apart, as with nodes far away. */
const WAY_MS = 25;

/** Coordinators that pay, and the chain that they pay on, each on a machine of its own on one switch. */
export class PayingCluster implements AsyncDisposable {
  readonly islands: Islands;
  readonly machine: SwitchedMachine;
  readonly node: ChainNode;
  /** The chain as anybody sees it. */
  readonly chain: BareApi;
  readonly coldkey: string;
  readonly #closers: Closers;
  #payments = 0n;
  #readTo = 0;

  constructor(parts: Pick<PayingCluster, 'islands' | 'machine' | 'node' | 'chain' | 'coldkey'>, closers: Closers) {
    ({ islands: this.islands, machine: this.machine, node: this.node } = parts);
    ({ chain: this.chain, coldkey: this.coldkey } = parts);
    this.#closers = closers;
  }

  static async open(): Promise<PayingCluster> {
    const closers = new Closers();
    const own = <T extends AsyncDisposable>(made: T): T => {
      closers.add(async () => made[Symbol.asyncDispose]());
      return made;
    };
    try {
      const islands = own(await Islands.open({ hosts: false }));
      const machine = await islands.plug();
      const node = own(await ChainNode.start({ machine, mode: 'manual', wayMs: WAY_MS }));
      const chain = own(await BareApi.open(node.url));
      const coldkey = await prepare(node, islands);
      return new PayingCluster({ islands, machine, node, chain, coldkey }, closers);
    } catch (error) {
      await closers.close();
      throw error;
    }
  }

  /** What to pay next: no other payment has the same amount, so that the chain tells which one it is. */
  nextAmount(): bigint {
    this.#payments += 1n;
    return TAO + this.#payments;
  }

  /** Amounts that blocks since the last time say to be staked by the wallet, and where. */
  async stakedSince(): Promise<{ readonly amount: string; readonly place: string }[]> {
    const [first, last] = [this.#readTo + 1, await this.chain.head()];
    const blocks = Array.from({ length: last - first + 1 }, (_, at) => this.chain.signedIn(first + at));
    this.#readTo = last;
    return (await Promise.all(blocks)).flat().flatMap(({ place, signer, call, args, wentWell }) => {
      const [, , amount] = args;
      if (signer !== this.coldkey || call !== 'subtensorModule.addStake' || !wentWell || amount === undefined)
        return [];
      return [{ amount, place }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closers.close();
  }
}

/** Has the cluster know a wallet that has money on the chain, and may spend it. Answers its address. */
async function prepare(node: ChainNode, islands: Islands): Promise<string> {
  const channel = async (): Promise<Channel> => (await islands.leader()).calls.channel;
  const { address, hotkeys } = await waitFor('a wallet', async () => makeWallet(await channel()));
  const hotkey = hotkeys[0]?.address ?? '';
  await node.fund([address], PLENTY);
  await node.setStorage({ SubtensorModule: { Owner: [[[hotkey], address]], Delegates: [[[hotkey], 11_796]] } });
  await waitFor('the network', async () => {
    const networks = createClient(NetworkService, await channel());
    // It is there where a try that nobody answered had come through.
    await networks.addNetwork({ name: NETWORK, endpoints: [node.url] }).catch(() => undefined);
    const { network } = await networks.getNetwork({ name: NETWORK });
    return network?.runtime !== undefined;
  });
  const caps = { perCallPlanck: String(2n * TAO), perDayPlanck: PLENTY.toString() };
  await waitFor('what may be spent', async () =>
    createClient(WalletService, await channel()).setWalletCaps({ name: WALLET, network: NETWORK, ...caps }),
  );
  return address;
}

/** Or finds it, where a try that nobody answered had made it. */
async function makeWallet(channel: Channel): Promise<Wallet | undefined> {
  const wallets = createClient(WalletService, channel);
  const key = () => ({
    source: { case: 'seed' as const, value: Buffer.from(randomBytes(32).toString('hex')) },
    keyType: KeyType.SR25519,
  });
  const wish = {
    ...{ name: WALLET, passphrase: PASSPHRASE, coldkey: { case: 'key' as const, value: key() } },
    hotkeys: [{ name: HOTKEY, namespace: 'default', key: key() }],
  };
  const { wallet } = await wallets.createWallet(wish).catch(() => wallets.getWallet({ name: WALLET }));
  return wallet;
}
