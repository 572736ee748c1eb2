import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import type { ApiOptions } from '@polkadot/api/types';
import { expect } from 'chai';
import { z } from 'zod';
import { StakeService } from '../../common/gen/headframe/v1/stake_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Client } from '../../common/rpc/index.js';
import { ChainNode } from '../support/chain/chain-node.js';
import { PLENTY } from '../support/chain/raonet.js';
import { expectReason } from '../support/expect-reason.js';
import { RunningFleet } from '../support/running-fleet.js';

const PASSPHRASE = 'twelve geese in a row';
const TAO = 10n ** 9n;
const NETUID = 1;
const POOL = 1_000n * TAO;

/** Works with the key of the hotkey `two`. */
const JUDGE = JSON.stringify({
  ...{ kind: 'container', name: 'judge' },
  container: { image: 'nothing:1', secrets: [{ name: 'cold.two' }] },
});

const walletSchema = z.object({
  wallet: z.object({ address: z.string(), hotkeys: z.array(z.object({ address: z.string(), name: z.string() })) }),
});
const intentSchema = z.object({ intent: z.object({ id: z.string(), state: z.string() }) });

describe('stake by the command line, on the real Subtensor runtime', function () {
  this.timeout(90_000);
  let node: ChainNode;
  let fleet: RunningFleet;
  let api: ApiPromise | undefined;
  let channel: Channel | undefined;
  let stake: Client<typeof StakeService>;
  let own: string;
  let coldkey: string;
  const hotkeys = new Map<string, string>();
  const stranger = new Keyring({ type: 'sr25519' });

  before(async () => {
    own = await mkdtemp(join(tmpdir(), 'headframe-test-own-'));
    [node, fleet] = await Promise.all([ChainNode.start(), RunningFleet.open({}, {})]);
    channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    stake = createClient(StakeService, channel);
    const made = `wallets create cold --hotkey one --hotkey two --mnemonic-out ${join(own, 'words')} --passphrase-file -`;
    const { wallet } = walletSchema.parse(await done(made, PASSPHRASE));
    coldkey = wallet.address;
    for (const { name, address } of wallet.hotkeys) hotkeys.set(name, address);
    await node.fund([coldkey], PLENTY);
    await node.setStorage({
      SubtensorModule: {
        SubnetTAO: [[[NETUID], POOL.toString()]],
        SubnetAlphaIn: [[[NETUID], POOL.toString()]],
        Owner: [...hotkeys.values()].map((hotkey) => [[hotkey], coldkey]),
        Delegates: [...hotkeys.values()].map((hotkey) => [[hotkey], 11_796]),
      },
    });
    await ran(`networks add raonet --endpoint ${node.url}`);
    await ran('wallets unlock cold --passphrase-file -', PASSPHRASE);
    // Its own types are not made for exact optional properties.
    const provider = new WsProvider(node.url) as unknown as NonNullable<ApiOptions['provider']>;
    api = await ApiPromise.create({ provider, noInitWarn: true });
    await fleet.until('the network', async () => {
      const { network } = await fleet.networks.getNetwork({ name: 'raonet' });
      return network?.runtime !== undefined;
    });
    await ran('wallets caps cold --network raonet --per-call 1000 --per-day 5000');
  });
  after(async () => {
    await api?.disconnect();
    channel?.close();
    await fleet.close();
    await node[Symbol.asyncDispose]();
    await rm(own, { recursive: true, force: true });
  });

  async function ran(line: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await fleet.headframe(line.split(' '), input);
    expect(code, `${line}: ${stderr}`).to.equal(0);
    return stdout;
  }

  async function done(line: string, input = ''): Promise<unknown> {
    return JSON.parse(await ran(`${line} -o json`, input));
  }

  const pay = { wallet: 'cold' };
  const place = { network: 'raonet', pay, hotkey: 'one', netuid: NETUID };
  const tao = (amount: bigint) => ({ amountPlanck: String(amount * TAO) });

  /** The chain itself, by nothing of Headframe's: stake by its shares, and the coldkey's balance. */
  async function chainHas(hotkey: string): Promise<{ stake: bigint; free: bigint }> {
    const items = api?.query['subtensorModule'];
    const read = async (item: string, ...keys: unknown[]) => BigInt(String(await items?.[item]?.(...keys)));
    const address = hotkeys.get(hotkey);
    const [total, share, shares] = await Promise.all([
      read('totalHotkeyAlpha', address, NETUID),
      read('alpha', address, coldkey, NETUID),
      read('totalHotkeyShares', address, NETUID),
    ]);
    const account = JSON.parse(JSON.stringify(await api?.query['system']?.['account']?.(coldkey))) as {
      data: { free: string | number };
    };
    return { stake: shares === 0n ? 0n : (total * share) / shares, free: BigInt(account.data.free) };
  }

  it('is refused with a reason where it would fail, and nothing is paid', async () => {
    const { address } = stranger.addFromUri('//Stranger');
    await expectReason(stake.addStake({ ...place, ...tao(10n), netuid: 77 }), 'subnet_not_found');
    await expectReason(stake.addStake({ ...place, ...tao(10n), hotkey: address }), 'hotkey_not_registered');
    await expectReason(stake.addStake({ ...place, ...tao(20_000n) }), 'balance_too_low');
    const slippage = await expectReason(
      stake.addStake({ ...place, ...tao(100n), limit: { slippageBp: 100 } }),
      'slippage_too_high',
    );
    expect(slippage.metadata).to.include({ class: 'requote' });
    await expectReason(stake.addStake({ ...place, ...tao(10n), limit: { pricePlanck: '2' } }), 'stake_invalid');
    await expectReason(stake.addStake({ network: 'raonet', pay, hotkey: 'one', ...tao(10n) }), 'stake_invalid');
    const remove = 'stake remove raonet 1 --hotkey one --netuid 1 --wallet cold -o json';
    const { code, stderr } = await fleet.headframe(remove.split(' '));
    expect(code).to.equal(4);
    expect(stderr).to.contain('stake_too_low');
    expect(await chainHas('one')).to.deep.equal({ stake: 0n, free: PLENTY });
  });

  it('is added once under a key, moved and removed, as the chain then has it', async () => {
    const add = 'stake add raonet 100 --hotkey one --netuid 1 --slippage 10% --wallet cold --key first';
    const first = intentSchema.parse(await done(add));
    expect(first.intent.state).to.equal('INTENT_STATE_FINALISED');
    const added = await chainHas('one');
    // 100 of each 1100, and what the subnet emitted.
    expect(Number(added.stake) / Number(TAO)).to.be.within(90, 92);
    expect(added.free).to.equal(PLENTY - 100n * TAO);
    expect(intentSchema.parse(await done(add)).intent.id).to.equal(first.intent.id);
    expect((await chainHas('one')).free).to.equal(added.free);
    const shown = await ran('stake show raonet --wallet cold');
    expect(shown).to.match(/1 +cold\/one +9\d\.\d+ alpha of 1 +1\d\d\.\d+ TAO +\d+\.\d+ TAO +no/);

    await ran('stake move raonet 40 --hotkey one --netuid 1 --to-hotkey two --wallet cold');
    expect(Number((await chainHas('two')).stake) / Number(TAO)).to.be.within(39.9, 40.5);
    expect((await chainHas('one')).stake < added.stake - 39n * TAO).to.equal(true);

    const { free } = await chainHas('two');
    await ran('stake remove raonet all --hotkey two --netuid 1 --wallet cold');
    const removed = await chainHas('two');
    expect(removed.stake < TAO).to.equal(true);
    expect(removed.free - free > 40n * TAO).to.equal(true);
  });

  it('follows a policy: filled up by one call, which a plan tells before', async () => {
    const { free } = await chainHas('two');
    const bands = '--priority 10=700 --priority 20=critical';
    const spec = `--network raonet --wallet cold --hotkey two --netuid 0 --target 25 --reserve 100 ${bands}`;
    await fleet.headframe(['apply', '-f', '-'], JUDGE);
    const priority = async () => (await fleet.miner('judge')).stakePriority?.priority;
    expect(await priority()).to.equal(undefined);
    const fill = { name: 'fill' };
    await expectReason(stake.getStakePolicy(fill), 'stake_policy_not_found');
    await ran(`stake policy set fill ${spec}`);
    await fleet.until('the policy to be met', async () => {
      const { status } = await stake.getStakePolicy(fill);
      return status?.reason === 'stake_steady' && status.rounds === 1;
    });
    expect((await chainHas('two')).free).to.equal(free - 25n * TAO);
    await fleet.until('the priority to follow', async () => (await priority()) === 900);
    expect(await ran('miners show judge'))
      .to.contain('critical')
      .and.to.contain('stake policy fill');
    expect(await ran('stake policy show fill')).to.match(/calls so far: +1/);
    await ran(`stake policy set fill ${spec.replace('25', '20000')}`);
    expect(await ran('stake policy plan fill')).to.contain('stake_reserve_reached');
    await ran('stake policy rm fill --yes');
    expect((await stake.listStakePolicies({})).policies).to.deep.equal([]);
    await fleet.until('its own priority', async () => (await priority()) === undefined);
  });
});
