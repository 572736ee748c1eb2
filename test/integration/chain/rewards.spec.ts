import { Keyring } from '@polkadot/api';
import { expect } from 'chai';
import pino from 'pino';
import { systemClock } from '../../../common/model/clock.js';
import { ChainConnection } from '../../../coordinator/chain/network/connection.js';
import { readStake } from '../../../coordinator/chain/network/readers/neurons.js';
import { PolkadotSession } from '../../../coordinator/chain/network/session.js';
import { Metagraphs } from '../../../coordinator/chain/metagraph/metagraphs.js';
import type { RewardEntry } from '../../../common/model/reward.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { walletWith } from '../../support/chain/metagraph-samples.js';
import { plantRaonet } from '../../support/chain/raonet.js';
import type { PlantedRaonet } from '../../support/chain/raonet.js';
import { openFleetFixture } from '../../support/fleet-fixture.js';
import type { FleetFixture } from '../../support/fleet-fixture.js';
import { waitFor } from '../../support/wait-for.js';

const TERMS = { connectMs: 2_000, callMs: 10_000, metadataMs: 20_000, lookMs: 500, silenceMs: 5_000 };
const TAO = 10n ** 9n;
const NETUID = 2;
const TEMPO = 3;

describe('rewards on the real Subtensor runtime, which pays in every block by stake and says 0 of incentives', function () {
  this.timeout(60_000);
  const stop = new AbortController();
  let node: ChainNode;
  let chain: ChainConnection;
  let planted: PlantedRaonet;
  let at: FleetFixture;
  let metagraphs: Metagraphs;
  let running: Promise<unknown>;

  before(async () => {
    [node, at] = await Promise.all([ChainNode.start(), openFleetFixture()]);
    planted = await plantRaonet(node);
    const pools = { SubnetTAO: [[[NETUID], String(1_000n * TAO)]], SubnetAlphaIn: [[[NETUID], String(1_000n * TAO)]] };
    await node.setStorage({ SubtensorModule: { Tempo: [[[NETUID], TEMPO]], ...pools } });
    chain = new ChainConnection(
      { network: 'raonet', endpoints: [node.url], genesisHash: undefined },
      {
        ...{ clock: systemClock, random: () => 0, onGenesis: () => undefined, onNote: () => undefined },
        open: (aim, signal) => PolkadotSession.open(aim, { clock: systemClock, terms: TERMS }, signal),
      },
    );
    at.fleet.transact((tx) => {
      tx.putNetwork({ name: 'raonet', endpoints: [node.url], labels: {}, createdAtMs: 1, updatedAtMs: 1 });
      tx.putWallet(walletWith(planted.hotkey));
    });
    const networks = { connections: () => [chain] };
    metagraphs = new Metagraphs({ ...at, networks, logger: pino({ level: 'silent' }) });
    running = Promise.all([chain.run(stop.signal), metagraphs.start(stop.signal)]);
    await waitFor('the chain', () => chain.finalized !== undefined);
  });
  after(async () => {
    stop.abort();
    await running;
    await node[Symbol.asyncDispose]();
  });

  const recorded = () => at.fleet.subnet('raonet', NETUID);
  const entries = (): readonly RewardEntry[] => [...at.fleet.rewards()].flatMap((day) => day.entries);
  const stakeNow = () => readStake(chain, { ...planted, netuid: NETUID });

  /** Has blocks made and the loop look, until the subnet was read at the last of them. */
  async function readAfter(blocks: number): Promise<void> {
    await node.newBlocks(blocks);
    await waitFor('the reading', async () => {
      await at.clock.advanceAsync(15_000);
      const final = chain.finalized?.number;
      return final !== undefined && recorded()?.block === final && final >= last + blocks;
    });
    last = recorded()?.block ?? 0;
  }
  let last = 0;

  /** Signs a call of the coldkey and gives what of the subnet's token it moved, by its event. */
  async function moved(method: 'addStake' | 'removeStake', amount: bigint): Promise<bigint> {
    const coldkey = new Keyring({ type: 'sr25519' }).addFromUri('//Planted');
    return chain.read(method, async (api) => {
      const nonce = await api.rpc.system.accountNextIndex(coldkey.address);
      const call = api.tx['subtensorModule']?.[method]?.(planted.hotkey, NETUID, amount);
      if (call === undefined) throw new Error(`raonet has no ${method}`);
      await api.rpc.author.submitExtrinsic(await call.signAsync(coldkey, { nonce, era: 0 }));
      await waitFor('the block', async () => (await api.rpc.system.accountNextIndex(coldkey.address)).gt(nonce));
      const events = (await api.query['system']?.['events']?.()) as unknown as Iterable<{
        event: { method: string; data: unknown[] };
      }>; // every runtime has them
      const done = [...events].find(
        ({ event }) => event.method === (method === 'addStake' ? 'StakeAdded' : 'StakeRemoved'),
      );
      return BigInt(String(done?.event.data[3]));
    });
  }

  it('finds the subnets of the fleet’s hotkeys, and earns nothing by the first reading', async () => {
    await readAfter(0);
    expect(metagraphs.followed().map(({ record, causes }) => [record.netuid, ...causes])).to.deep.equal([
      [NETUID, 'hotkey'],
    ]);
    expect(metagraphs.last('raonet', NETUID)?.metagraph).to.include({ stepsEachBlock: true, tempo: TEMPO });
    expect(entries()).to.deep.equal([]);
  });

  it('are what stake grew by, and not what was staked meanwhile', async () => {
    const before = await stakeNow();
    const alpha = await moved('addStake', 100n * TAO);
    expect(alpha > 80n * TAO).to.equal(true);
    await readAfter(TEMPO + 2);
    const [entry] = entries();
    const grown = (await stakeNow()) - before - alpha;
    expect(entry).to.include({ basis: 'growth', toBlock: last, earned: String(grown), missed: 0 });
    expect(grown > 0n && grown < TAO * 2n, String(grown)).to.equal(true);
    expect(BigInt(entry?.out ?? 0) < BigInt(entry?.spot ?? 0)).to.equal(true);
  });

  it('are the same where stake was taken out', async () => {
    const before = await stakeNow();
    const alpha = await moved('removeStake', 50n * TAO);
    await readAfter(TEMPO + 2);
    const grown = (await stakeNow()) - before + alpha;
    expect(entries()[1]).to.include({ basis: 'growth', earned: String(grown) });
    expect(grown > 0n).to.equal(true);
  });
});
