import { join } from 'node:path';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { AccessService, TokenKind } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { IntentState } from '../../../common/gen/headframe/v1/intent_pb.js';
import { IntentService } from '../../../common/gen/headframe/v1/intent_service_pb.js';
import { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import { RegistrationService } from '../../../common/gen/headframe/v1/registration_service_pb.js';
import { SecretService } from '../../../common/gen/headframe/v1/secret_service_pb.js';
import { WalletService } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { createClient } from '../../../common/rpc/index.js';
import { ROLE } from '../../../common/wire/client.js';
import { BareApi } from '../../support/chain/bare-api.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { PLENTY } from '../../support/chain/raonet.js';
import { openCoordinatorFixture } from '../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../support/coordinator-fixture.js';
import { GitRepository } from '../../support/git-repository.js';
import { adminCertificates } from '../../support/host-certificates.js';
import { httpClient } from '../../support/http-client.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

const PASSPHRASE = Buffer.from('twelve geese over the bay');
const TAO = 10n ** 9n;
const NETUID = 1;
const POOL = 1_000n * TAO;
const WANTED = 5n * TAO;
const EVENTS = ['StakeUpdate', 'ChainEvent'];
const MINER = 'import os\n\nKEY = os.environ["MINER_API_KEY"]\n';

interface Frame {
  readonly type: string;
  readonly id: string;
  readonly data: readonly {
    readonly reason: string;
    readonly network?: string;
    readonly best?: { readonly number: number; readonly hash: string } | null;
  }[];
}

describe('the gateway beside the real Subtensor runtime', function () {
  this.timeout(120_000);
  let temp: AsyncDisposable & { readonly path: string };
  let node: ChainNode;
  let fixture: CoordinatorFixture;
  let ask: ReturnType<typeof httpClient>;
  let socket: WebSocket;
  let token: string;
  let coldkey: string;
  let hotkey: string;
  const frames: Frame[] = [];

  before(async () => {
    [temp, node] = await Promise.all([makeTempDir(), ChainNode.start()]);
    const origin = new GitRepository(join(temp.path, 'origin.git'));
    origin.commit(origin.treeOf({ 'neurons/miner.py': MINER, 'requirements.txt': 'x\n' }));
    fixture = await openCoordinatorFixture({ modules: { fileUrls: true }, http: { listen: '127.0.0.1:0' } });
    const { authorities } = await adminCertificates(fixture.folder);
    const address = fixture.coordinator.httpAddress ?? '';
    ask = httpClient(address, authorities);
    const wish = { role: ROLE.toWire('operator'), kind: TokenKind.BEARER, ttlMs: 3_600_000n, namespaces: [] };
    token = (await createClient(AccessService, fixture.channel).createToken(wish)).credential;
    await makeWallet();
    await plant();
    await addModule(origin.url);
    socket = new WebSocket(`wss://${address}/v1/ws`, {
      ca: authorities,
      headers: { authorization: `Bearer ${token}` },
    });
    // The protocol is what is tested: whatever does not fit a frame fails the test.
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    for (const topic of ['stake', 'chain']) socket.send(JSON.stringify({ type: 'subscribe', id: topic, topic }));
  });
  after(async () => {
    socket.terminate();
    await fixture.close();
    await node[Symbol.asyncDispose]();
    await temp[Symbol.asyncDispose]();
  });

  async function makeWallet(): Promise<void> {
    const wallets = createClient(WalletService, fixture.channel);
    const seed = (digit: string) => ({ source: { case: 'seed', value: Buffer.from(digit.repeat(64)) } }) as const;
    const { wallet } = await wallets.createWallet({
      ...{ name: 'cold', passphrase: Buffer.from(PASSPHRASE), hotkeys: [{ name: 'one', key: seed('2') }] },
      coldkey: { case: 'key', value: seed('1') },
    });
    coldkey = wallet?.address ?? '';
    hotkey = wallet?.hotkeys[0]?.address ?? '';
    const networks = createClient(NetworkService, fixture.channel);
    await networks.addNetwork({ name: 'raonet', endpoints: [node.url] });
    await waitFor('the network', async () => (await networks.getNetwork({ name: 'raonet' })).network?.runtime);
    const caps = { perCallPlanck: String(20n * TAO), perDayPlanck: String(50n * TAO) };
    await wallets.setWalletCaps({ name: 'cold', network: 'raonet', ...caps });
    await wallets.unlockWallet({ name: 'cold', passphrase: Buffer.from(PASSPHRASE) });
  }

  /** A pool that trades, funds, and a place of the hotkey in the subnet. */
  async function plant(): Promise<void> {
    await node.fund([coldkey], PLENTY);
    await node.setStorage({
      SubtensorModule: {
        SubnetTAO: [[[NETUID], POOL.toString()]],
        SubnetAlphaIn: [[[NETUID], POOL.toString()]],
      },
    });
    const registration = createClient(RegistrationService, fixture.channel);
    const wish = { network: 'raonet', netuid: NETUID, hotkey: 'cold/one', highestPricePlanck: String(2n * TAO) };
    await registration.registerHotkey({ ...wish, pay: { wallet: 'cold' } });
    await waitFor('the place', async () => (await calls()).includes('subtensorModule.burnedRegister done'), 30_000);
  }

  async function addModule(url: string): Promise<void> {
    const secrets = createClient(SecretService, fixture.channel);
    await secrets.setSecret({ name: 'api-key', value: Buffer.from('x'.repeat(20)) });
    await send('/modules', 'POST', { name: 'alpha', url });
    await waitFor('the module', async () => (await ask('/api/subnet-modules/alpha/config', { token })).status === 200);
    const chain = { network: 'raonet', netuid: NETUID, wallet: 'cold', hotkey: 'one' };
    const config = { chain, secrets: { MINER_API_KEY: 'api-key' } };
    const made = await send('/api/miner/register', 'POST', { module_name: 'alpha', config });
    expect(made.status, made.text).to.equal(201);
  }

  function send(path: string, verb: string, body: object) {
    return ask(path, { verb, token, body: JSON.stringify(body) });
  }

  /** The calls that were asked for, those that are done marked so. */
  async function calls(): Promise<string[]> {
    const { intents } = await createClient(IntentService, fixture.channel).listIntents({ ended: true });
    return intents.map(({ call, state }) => `${call} ${state === IntentState.FINALISED ? 'done' : String(state)}`);
  }

  const reasonsOn = (id: string): string[] =>
    frames
      .filter((frame) => frame.id === id && EVENTS.includes(frame.type))
      .flatMap(({ data }) => data.map(({ reason }) => reason));

  const headOn = (hash: string) =>
    frames.some(
      ({ type, data }) =>
        type === 'NetworkUpdate' && data.some(({ network, best }) => network === 'raonet' && best?.hash === hash),
    );

  it('puts a stake on the chain, once, and tells of each state of the call', async () => {
    const put = () => send('/api/miner/modules/alpha/stake', 'PUT', { new_stake: String(WANTED) });
    expect((await put()).status).to.equal(202);
    expect((await put()).status).to.equal(202);
    await waitFor('the stake', async () => (await calls()).includes('subtensorModule.addStake done'), 60_000);
    expect(await calls()).to.have.members(['subtensorModule.burnedRegister done', 'subtensorModule.addStake done']);
    await using chain = await BareApi.open(node.url);
    const header = (await node.rpc('chain_getHeader')) as { readonly number: string }; // as nodes tell it
    const staked = await chain.stakeAt(Number(header.number), NETUID, hotkey, coldkey);
    expect(staked > (WANTED * 99n) / 100n && staked < (WANTED * 101n) / 100n, String(staked)).to.equal(true);
    const states = ['intent_journalled', 'intent_signed', 'intent_finalised'];
    for (const topic of ['stake', 'chain'])
      await waitFor(`the states on ${topic}`, () => states.every((state) => reasonsOn(topic).includes(state)));
    expect(reasonsOn('stake')).to.include('stake_policy_set');
    expect(reasonsOn('chain')).to.not.include('stake_policy_set');
  });

  it('tells of each head of the chain, as it is there', async () => {
    await node.newBlocks();
    const hash = await node.rpc('chain_getBlockHash');
    await waitFor('the head', () => headOn(String(hash)));
  });
});
