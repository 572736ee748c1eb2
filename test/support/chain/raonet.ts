import { Keyring } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import { systemClock } from '../../../common/model/clock.js';
import { PolkadotSession } from '../../../coordinator/chain/network/session.js';
import { waitFor } from '../wait-for.js';
import type { ChainNode } from './chain-node.js';

/** An amount that pays for anything on raonet: 10 000 TAO. */
export const PLENTY = 10_000n * 10n ** 9n;

/** Texts such as nobody honest would put on a chain. */
const HOSTILE = {
  subnetName: 'Evil\u001b[2J\u202e net',
  githubRepo: 'https://example/evil',
  subnetContact: 'a\r\nb',
};

const TERMS = { connectMs: 5_000, callMs: 30_000, metadataMs: 30_000, lookMs: 5_000, silenceMs: 5_000 };

/** What a raonet node was given by `plantRaonet`. */
export interface PlantedRaonet {
  /** Address of the coldkey that owns subnet 2, funded. */
  readonly coldkey: string;
  /** Its owner's hotkey, uid 0 there. */
  readonly hotkey: string;
}

/** Has a subnet with a hostile identity registered on a raonet node, as its netuid 2, and 100 TAO staked in the root. */
export async function plantRaonet(node: ChainNode): Promise<PlantedRaonet> {
  const keyring = new Keyring({ type: 'sr25519' });
  const [coldkey, hotkey] = [keyring.addFromUri('//Planted'), keyring.addFromUri('//Planted//hot')];
  await node.fund([coldkey.address], PLENTY);
  await node.setStorage({ SubtensorModule: { NetworkRateLimit: '0x0000000000000000' } });
  const aim = { endpoint: node.url, genesisHash: undefined };
  const session = await PolkadotSession.open(aim, { clock: systemClock, terms: TERMS }, new AbortController().signal);
  const { api } = session;
  const send = async (call: SubmittableExtrinsic<'promise'> | undefined): Promise<void> => {
    if (call === undefined) throw new Error('raonet has no such call');
    const nonce = await api.rpc.system.accountNextIndex(coldkey.address);
    await call.signAndSend(coldkey, { nonce });
    await waitFor('the block', async () => (await api.rpc.system.accountNextIndex(coldkey.address)).gt(nonce));
  };
  const { registerNetworkWithIdentity, addStake } = api.tx['subtensorModule'] ?? {};
  await send(registerNetworkWithIdentity?.(hotkey.address, 1, HOSTILE));
  await send(addStake?.(hotkey.address, 0, 100n * 10n ** 9n));
  session.close();
  return { coldkey: coldkey.address, hotkey: hotkey.address };
}
