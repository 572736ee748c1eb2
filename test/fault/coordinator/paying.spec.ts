import { join } from 'node:path';
import { expect } from 'chai';
import { IntentState } from '../../../common/gen/headframe/v1/intent_pb.js';
import type { Intent } from '../../../common/gen/headframe/v1/intent_pb.js';
import { IntentService } from '../../../common/gen/headframe/v1/intent_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import type { Client } from '../../../common/rpc/index.js';
import { BareApi } from '../../support/chain/bare-api.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { NODE_AWAY_MS } from '../../support/chain/node-away.js';
import { TestFleet } from '../../support/programs.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

const PASSPHRASE = 'twelve geese over the bay';
const TAO = 1_000_000_000n;
const FUNDS = 1_000n * TAO;
/** Of a registration in subnet 1, as the chain begins. */
const PRICE = TAO;
const STAKED = 100n * TAO;
/** What is staked while the node is away: one call in a block that is not final, one in its pool, one that is not signed. */
const AWAY_KEYS = ['held', 'sent', 'late'];

interface WalletWord {
  readonly address: string;
  readonly hotkeys: readonly { readonly name: string; readonly address: string }[];
}

describe('registering and staking through crashes', function () {
  this.timeout(240_000 + NODE_AWAY_MS);
  let temp: AsyncDisposable;
  let fleet: TestFleet;
  let node: ChainNode;
  /** Where the node keeps its blocks. */
  let file: string;
  let wallet: WalletWord;
  /** By which all is checked in the end. */
  let chain: BareApi;
  let channel: Channel;
  let calls: Client<typeof IntentService>;

  before(async () => {
    const made = await makeTempDir();
    temp = made;
    fleet = new TestFleet(made.path);
    file = join(made.path, 'blocks');
    [node] = await Promise.all([ChainNode.start({ file }), fleet.startCoordinator()]);
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

  it('goes on with all that is open when the node of the chain, which was killed, is back', async () => {
    const stake = (key: string) => ran(`${STAKE} ${key} --no-wait`);
    const open = async () => {
      const all = await intents();
      return AWAY_KEYS.flatMap((one) => all.filter(({ key }) => key === one));
    };
    const stands = async () => (await open()).map(({ state, attempts }) => [state, attempts]);
    await unlock();
    await node.rpc('dev_setBlockBuildMode', 'Manual');
    await node.holdFinality(true);
    await stake('held');
    await waitFor('one to be sent', async () => (await open())[0]?.why.startsWith('sent') === true);
    await node.newBlocks();
    await waitFor('it to be in a block', async () => (await open())[0]?.state === IntentState.IN_BLOCK);
    await stake('sent');
    await waitFor('the next to be in the pool', async () => (await open())[1]?.why.startsWith('sent') === true);
    await ran('wallets lock farm');
    await stake('late');
    const port = Number(new URL(node.url).port);
    await chain[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
    const killedAtMs = Date.now();
    await unlock();
    await waitFor('all to wait for the chain', async () => (await open()).every(({ why }) => why.startsWith('chain_')));
    const before = await stands();
    expect(before).to.deep.equal([
      [IntentState.IN_BLOCK, 1],
      [IntentState.SIGNED, 1],
      [IntentState.JOURNALLED, 0],
    ]);
    await waitFor('the node to be away for long', () => Date.now() - killedAtMs >= NODE_AWAY_MS, NODE_AWAY_MS + 5_000);
    expect(await stands()).to.deep.equal(before);
    node = await ChainNode.start({ port, file });
    chain = await BareApi.open(node.url);
    for (const { id } of await open()) await ran(`intents wait ${id} --timeout 90s`);
    expect(await stands()).to.deep.equal(AWAY_KEYS.map(() => [IntentState.FINALISED, 1]));
    const free = FUNDS - PRICE - STAKED - BigInt(AWAY_KEYS.length) * STAKED;
    expect(await onChain()).to.deep.equal({ registered: true, staked: true, nonce: 5, free });
  });
});
