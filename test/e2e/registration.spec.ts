import { join } from 'node:path';
import { expect } from 'chai';
import { BareApi } from '../support/chain/bare-api.js';
import { ChainNode } from '../support/chain/chain-node.js';
import { PLENTY } from '../support/chain/raonet.js';
import type { CommandResult } from '../support/program.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

const PASSPHRASE = 'planted twelve geese 9f3c';
const NETUID = 2;
const ENDPOINT = '[2001:db8::7]:8091';
const ZERO = '0x0000000000000000';
/** A thousand whole tokens. */
const POOL = String(10n ** 12n);
const TEMPO = 3;
const TAO = 10n ** 9n;
const FINAL = ['intent.state', 'INTENT_STATE_FINALISED'] as const;

/** What `rewards export` prints of an entry, as far as it is looked at. */
interface EntryWord {
  readonly hotkeyName: string;
  readonly basis: string;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly earnedPlanck: string;
}

describe('registration by the command line on the real Subtensor runtime', function () {
  this.timeout(120_000);
  let node: ChainNode;
  let fleet: RunningFleet;
  let hotkeys: ReadonlyMap<string, string>;
  let coldkey: string;
  let entries: readonly EntryWord[];
  let words: Awaited<ReturnType<typeof makeTempDir>>;

  before(async () => {
    words = await makeTempDir();
    [node, fleet] = await Promise.all([ChainNode.start(), RunningFleet.open({}, {})]);
    await done(`networks add raonet --endpoint ${node.url}`);
    const made = await done(
      `wallets create farm --hotkey owner --hotkey one --mnemonic-out ${join(words.path, 'words')} --passphrase-file -`,
      PASSPHRASE,
    );
    const wallet = made['wallet'] as { address: string; hotkeys: { name: string; address: string }[] }; // as printed
    coldkey = wallet.address;
    hotkeys = new Map(wallet.hotkeys.map(({ name, address }) => [name, address]));
    await node.fund([coldkey], PLENTY);
    await node.setStorage({
      SubtensorModule: {
        NetworkRateLimit: ZERO,
        TargetRegistrationsPerInterval: [[[NETUID], 1]],
        WeightsSetRateLimit: [[[NETUID], ZERO]],
      },
    });
    await done('wallets unlock farm --passphrase-file -', PASSPHRASE);
    await done('wallets caps farm --network raonet --per-call 5 --per-day 20');
  });
  after(async () => {
    await fleet.close();
    await words[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
  });

  function run(line: string, input = ''): Promise<CommandResult> {
    return fleet.headframe(['-o', 'json', ...line.split(' ')], input);
  }

  async function done(line: string, input = ''): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await run(line, input);
    expect(code, `${line}: ${stderr}`).to.equal(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** What the coldkey has on each hotkey, and free, as the chain's own library reads it now. */
  async function staked(): Promise<Record<'one' | 'owner' | 'free', bigint>> {
    await using api = await BareApi.open(node.url);
    const block = await api.head();
    const [one, owner, { free }] = await Promise.all([
      api.stakeAt(block, NETUID, hotkeys.get('one') ?? '', coldkey),
      api.stakeAt(block, NETUID, hotkeys.get('owner') ?? '', coldkey),
      api.account(coldkey),
    ]);
    return { one, owner, free };
  }

  async function refused(line: string, ...said: readonly string[]): Promise<void> {
    const { code, stderr } = await run(line);
    expect(code, line).not.to.equal(0);
    for (const text of said) expect(stderr).to.contain(text);
  }

  it('creates a subnet and registers a hotkey, at no higher price than was said, and once', async () => {
    await refused('subnets create raonet farm/owner --highest-price 0.5', 'price_above_highest', 'requote');
    expect(await done('subnets create raonet farm/owner --highest-price 2')).to.have.nested.property(
      'intent.state',
      'INTENT_STATE_FINALISED',
    );
    const at = `--netuid ${String(NETUID)}`;
    await refused(`hotkeys serve raonet farm/one ${at} --endpoint ${ENDPOINT}`, 'hotkey_not_registered', 'pruned');
    await refused(`hotkeys register raonet farm/one --netuid 77 --highest-price 1`, 'subnet_not_found');
    const register = `hotkeys register raonet farm/one ${at} --highest-price 1`;
    expect(await done(register)).to.have.nested.property('intent.state', 'INTENT_STATE_FINALISED');
    expect(await done(register)).to.deep.equal({ uid: 1 });
  });

  it('serves an endpoint on a difference alone, and not one that nothing answers at', async () => {
    const serve = `hotkeys serve raonet farm/one --netuid ${String(NETUID)} --endpoint`;
    await refused(`${serve} ${ENDPOINT}`, 'miner_unreachable');
    await refused(`${serve} 127.0.0.1:8091 --no-probe`, 'serving_invalid');
    const { intent } = await done(`${serve} ${ENDPOINT} --no-probe`);
    expect(intent).to.include({ state: 'INTENT_STATE_FINALISED', wallet: 'farm', hotkey: 'one' });
    expect(intent).to.have.property('purpose').that.contains('not tried');
    expect(await done(`${serve} ${ENDPOINT}`)).not.to.have.property('intent');
    await refused(`${serve} [2001:db8::7]:8092 --no-probe`, 'too_soon', 'wait_block');
  });

  it('sets weights by scores', async () => {
    const weights = `hotkeys weights raonet farm/owner --netuid ${String(NETUID)} --scores -`;
    const scores = JSON.stringify({ 0: 0.5, [hotkeys.get('one') ?? '']: 1 });
    expect(await done(weights, scores)).to.have.nested.property('intent.state', 'INTENT_STATE_FINALISED');
    const { code, stderr } = await run(weights, '{"9": 1}');
    expect([code === 0, stderr.includes('weights_invalid')]).to.deep.equal([false, true]);
  });

  it('shows how hotkeys stand', async () => {
    const show = (hotkey: string) => done(`hotkeys show raonet ${hotkey} --netuid ${String(NETUID)} --probe`);
    const one = await show('farm/one');
    expect(one).to.include({ state: 'HOTKEY_STATE_DARK', uid: 1, endpoint: '[2001:db8:0:0:0:0:0:7]:8091' });
    expect(one['forecast']).to.include({ rank: 1, prunable: 1, free: 254, registrationsLeft: 255 });
    expect((await show('farm/owner'))['forecast']).not.to.have.property('rank');
    expect(await show(coldkey)).to.include({ state: 'HOTKEY_STATE_UNREGISTERED' });
  });

  it('has what stake on it earns read, told by hotkey and by entry', async () => {
    const deep = [[[NETUID], POOL]];
    await node.setStorage({
      SubtensorModule: { Tempo: [[[NETUID], TEMPO]], SubnetTAO: deep, SubnetAlphaIn: deep },
    });
    await done(`stake add raonet 4 --hotkey one --netuid ${String(NETUID)} --wallet farm`);
    await done(`rewards follow raonet ${String(NETUID)}`);
    const { block: first, ...followed } = await fleet.until('the subnet to be read', async () => {
      const [subnet] = (await done('rewards subnets'))['subnets'] as { block: number; causes: string[] }[]; // as printed
      return subnet !== undefined && subnet.block > 0 && subnet;
    });
    expect(followed).to.deep.include({ network: 'raonet', netuid: NETUID, failure: '' });
    expect(followed.causes).to.include('followed');
    await node.newBlocks(TEMPO + 2);
    const total = await fleet.until('what was earned to be read', async () => {
      const totals = (await done('rewards ls --wallet farm'))['totals'] as Record<string, unknown>[]; // as printed
      return totals.find(({ hotkeyName, earnedPlanck }) => hotkeyName === 'one' && earnedPlanck !== '0');
    });
    expect(total).to.include({ wallet: 'farm', hotkey: hotkeys.get('one'), coldkey, unit: 'alpha', missed: 0 });
    const lines = (await fleet.headframe(['rewards', 'export', '--wallet', 'farm'])).stdout.trim().split('\n');
    expect(lines[0]).to.match(/^network,netuid,wallet,hotkey_name,hotkey,coldkey,from_block,to_block,/);
    const own = `raonet,${String(NETUID)},farm,one,${String(hotkeys.get('one'))},${coldkey},${String(first)},`;
    expect(lines.filter((line) => line.startsWith(own))).to.have.length(1);
    const exported = await fleet.headframe(['rewards', 'export', '--hotkey', 'one', '--format', 'json']);
    entries = JSON.parse(exported.stdout) as EntryWord[]; // as it is documented
    expect(entries.map(({ basis }) => basis)).to.include('REWARD_BASIS_GROWTH');
  });

  it('moves stake to another hotkey, and removes it there', async () => {
    const at = `--netuid ${String(NETUID)} --wallet farm`;
    const before = await staked();
    expect(await done(`stake move raonet 1 --hotkey one --to-hotkey owner ${at}`)).to.have.nested.property(...FINAL);
    const moved = await staked();
    // What the subnet emits meanwhile is far less than that.
    expect([moved.one - before.one < -TAO / 2n, moved.owner - before.owner > TAO / 2n]).to.deep.equal([true, true]);
    expect(await done(`stake remove raonet 0.5 --hotkey owner ${at}`)).to.have.nested.property(...FINAL);
    const removed = await staked();
    expect([removed.owner < moved.owner, removed.free > moved.free]).to.deep.equal([true, true]);
  });

  it('commits weights that the subnet hides at first, and reveals them in time though it was killed meanwhile', async () => {
    const at = [[[NETUID], true]];
    await node.setStorage({
      SubtensorModule: { CommitRevealWeightsEnabled: at, RevealPeriodEpochs: [[[NETUID], 1]], Tempo: [[[NETUID], 6]] },
    });
    const weights = `hotkeys weights raonet farm/owner --netuid ${String(NETUID)} --scores -`;
    const scores = JSON.stringify({ 0: 1, [hotkeys.get('one') ?? '']: 0.5 });
    expect(await done(`${weights} --dry-run`, scores)).not.to.have.nested.property('dryRun.refusal');
    expect(await done(weights, scores)).to.have.nested.property('intent.state', 'INTENT_STATE_FINALISED');
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    const show = () => done(`hotkeys show raonet farm/owner --netuid ${String(NETUID)}`);
    const hidden = await fleet.until('the window', async () => {
      const { block, weightsCommit } = (await show()) as { block: string; weightsCommit?: Record<string, string> }; // as printed
      const { revealFromBlock: from, state, reason } = weightsCommit ?? {};
      return from !== undefined && { before: Number(from) - 1 - Number(block), state, reason };
    });
    expect(hidden).to.include({ state: 'WEIGHTS_COMMIT_STATE_OPEN', reason: 'weights_committed' });
    const second = await run(weights, '{"0": 1}');
    expect(second.stderr).to.contain('weights_commit_open').and.to.contain('wait_block');
    await node.newBlocks(hidden.before);
    await fleet.until('the reveal', async () => {
      const { weightsCommit } = (await show()) as { weightsCommit: Record<string, string> }; // as printed
      return weightsCommit['state'] === 'WEIGHTS_COMMIT_STATE_REVEALED';
    });
  });

  it('is so on the chain, as its own library reads it', async () => {
    const api = await BareApi.open(node.url);
    const read = (item: string, ...keys: unknown[]): Promise<unknown> => api.read('subtensorModule', item, ...keys);
    try {
      for (const { fromBlock, toBlock, earnedPlanck } of entries) {
        const [before, after] = await Promise.all(
          [fromBlock, toBlock].map((block) => api.stakeAt(block, NETUID, hotkeys.get('one') ?? '', coldkey)),
        );
        expect(earnedPlanck).to.equal(String((after ?? 0n) - (before ?? 0n)));
      }
      expect(await read('subnetOwner', NETUID)).to.equal(coldkey);
      expect(await read('keys', NETUID, 0)).to.equal(hotkeys.get('owner'));
      expect(await read('uids', NETUID, hotkeys.get('one'))).to.equal(1);
      expect(await read('axons', NETUID, hotkeys.get('one'))).to.include({
        ...{ port: 8091, ipType: 6, ip: '0x20010db8000000000000000000000007' },
      });
      expect(await read('weights', NETUID, 0)).to.deep.equal([
        [0, 65_535],
        [1, 32_768],
      ]);
      expect(await read('weightCommits', NETUID, hotkeys.get('owner'))).to.equal(null);
    } finally {
      await api[Symbol.asyncDispose]();
    }
  });
});
