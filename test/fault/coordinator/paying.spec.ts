import { expect } from 'chai';
import { IntentState } from '../../../common/gen/headframe/v1/intent_pb.js';
import type { Intent } from '../../../common/gen/headframe/v1/intent_pb.js';
import { IntentService } from '../../../common/gen/headframe/v1/intent_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import type { Client } from '../../../common/rpc/index.js';
import { BareApi } from '../../support/chain/bare-api.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { TestFleet } from '../../support/programs.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

const PASSPHRASE = 'twelve geese over the bay';
const TAO = 1_000_000_000n;
const FUNDS = 1_000n * TAO;
/** Of a registration in subnet 1, as the chain begins. */
const PRICE = TAO;
const STAKED = 100n * TAO;

interface WalletWord {
  readonly address: string;
  readonly hotkeys: readonly { readonly name: string; readonly address: string }[];
}

describe('registering and staking through crashes', function () {
  this.timeout(240_000);
  let temp: AsyncDisposable;
  let fleet: TestFleet;
  let node: ChainNode;
  let wallet: WalletWord;
  /** By which all is checked in the end. */
  let chain: BareApi;
  let channel: Channel;
  let calls: Client<typeof IntentService>;

  before(async () => {
    const made = await makeTempDir();
    temp = made;
    fleet = new TestFleet(made.path);
    [node] = await Promise.all([ChainNode.start(), fleet.startCoordinator()]);
    chain = await BareApi.open(node.url);
    channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    calls = createClient(IntentService, channel);
    const make = `wallets create farm --hotkey one --hotkey two --mnemonic-out ${made.path}/words --passphrase-file -`;
    ({ wallet } = await ran<{ wallet: WalletWord }>(make, PASSPHRASE));
    await plant();
    await ran(`networks add raonet --endpoint ${node.url}`);
    await connected();
    await ran('wallets caps farm --network raonet --per-call 200 --per-day 500');
  });
  after(async () => {
    channel.close();
    await fleet.endPrograms();
    await chain[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
    await temp[Symbol.asyncDispose]();
  });

  const addressOf = (hotkey: string) => wallet.hotkeys.find(({ name }) => name === hotkey)?.address ?? '';

  /** Funds the coldkey, and has the chain know the hotkey that is staked on. */
  async function plant(): Promise<void> {
    await node.fund([wallet.address], FUNDS);
    const staked = addressOf('two');
    await node.setStorage({
      SubtensorModule: { Owner: [[[staked], wallet.address]], Delegates: [[[staked], 11_796]] },
    });
  }

  async function ran<T>(line: string, input = ''): Promise<T> {
    const { code, stdout, stderr } = await fleet.headframe(['-o', 'json', ...line.split(' ')], input);
    expect(code, `${line}: ${stderr}`).to.equal(0);
    return JSON.parse(stdout) as T; // what the command is documented to print
  }

  const connected = () =>
    waitFor('the network', async () => {
      const { network } = await fleet.networks.getNetwork({ name: 'raonet' });
      return network?.runtime !== undefined && network.reason === 'network_ready';
    });
  const unlock = () => ran('wallets unlock farm --passphrase-file -', PASSPHRASE);
  const REGISTER = 'hotkeys register raonet farm/one --netuid 1 --highest-price 1.5 --key register';
  const STAKE = 'stake add raonet 100 --hotkey farm/two --netuid 0 --wallet farm --key';

  async function intents(): Promise<Intent[]> {
    return (await calls.listIntents({ ended: true })).intents;
  }

  const standAt = (state: IntentState, why: string): Promise<true | undefined> =>
    waitFor(`all to be ${String(state)}`, async () => {
      const all = await intents();
      return all.every((intent) => intent.state === state && intent.why.startsWith(why)) || undefined;
    });

  /** Waits until both intents stand so, kills the coordinator, and starts it again. */
  async function killAt(state: IntentState, why = ''): Promise<void> {
    await standAt(state, why);
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    expect((await intents()).map((intent) => intent.state)).to.deep.equal([state, state]);
  }

  async function onChain(): Promise<{ registered: boolean; staked: boolean; nonce: number; free: bigint }> {
    const uid = await chain.read('subtensorModule', 'uids', 1, addressOf('one'));
    const stakes = BigInt((await chain.read('subtensorModule', 'totalHotkeyAlpha', addressOf('two'), 0)) as string);
    return { registered: uid !== null, staked: stakes >= STAKED, ...(await chain.account(wallet.address)) };
  }

  it('pays each once, killed when it is journalled, signed, in a block, and final', async () => {
    // They follow their calls through all that comes.
    const asked = [REGISTER, `${STAKE} stake`].map((line) => fleet.headframe(line.split(' ')));
    await waitFor('both to be on record', async () => (await intents()).length === 2);
    await killAt(IntentState.JOURNALLED, 'wallet_locked');
    await node.rpc('dev_setBlockBuildMode', 'Manual');
    await unlock();
    await killAt(IntentState.SIGNED, 'sent');
    expect(await onChain()).to.deep.equal({ registered: false, staked: false, nonce: 0, free: FUNDS });
    await node.holdFinality(true);
    await node.newBlocks();
    await killAt(IntentState.IN_BLOCK);
    await node.holdFinality(false);
    await killAt(IntentState.FINALISED);
    const ends = await Promise.all(asked);
    expect(
      ends.map(({ code }) => code),
      ends.map(({ stderr }) => stderr).join(),
    ).to.deep.equal([0, 0]);
    const paid = { registered: true, staked: true, nonce: 2, free: FUNDS - PRICE - STAKED };
    expect(await onChain()).to.deep.equal(paid);
    await node.rpc('dev_setBlockBuildMode', 'Instant');
    await connected();
    const before = await intents();
    await ran(REGISTER);
    await ran(`${STAKE} stake`);
    expect(await intents()).to.deep.equal(before);
    expect(before.map(({ attempts }) => attempts)).to.deep.equal([1, 1]);
    expect(await onChain()).to.deep.equal(paid);
  });

  it('goes on by itself when the node of the chain, which was killed, is back', async () => {
    await ran(`${STAKE} late --no-wait`);
    const port = Number(new URL(node.url).port);
    await chain[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
    await unlock();
    const late = await waitFor('it to wait for the chain', async () =>
      (await intents()).find(({ state, why }) => state === IntentState.JOURNALLED && why.startsWith('chain_')),
    );
    node = await ChainNode.start({ port });
    chain = await BareApi.open(node.url);
    await plant();
    await ran(`intents wait ${late.id} --timeout 60s`);
    expect(await onChain()).to.deep.equal({ registered: false, staked: true, nonce: 1, free: FUNDS - STAKED });
  });
});
