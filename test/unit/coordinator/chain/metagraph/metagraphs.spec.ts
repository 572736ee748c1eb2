import { expect } from 'chai';
import pino from 'pino';
import { HeadframeError } from '../../../../../common/model/error.js';
import { followSubnet, lackOfSubnets } from '../../../../../coordinator/chain/index.js';
import type { Metagraph } from '../../../../../coordinator/chain/metagraph/metagraph.js';
import { Metagraphs } from '../../../../../coordinator/chain/metagraph/metagraphs.js';
import { dueAfter, planSubnets, wantedSubnets } from '../../../../../coordinator/chain/metagraph/plan.js';
import { detectCapabilities } from '../../../../../coordinator/chain/network/capabilities.js';
import type { Chain } from '../../../../../coordinator/chain/port.js';
import { SAMPLE_FACTS } from '../../../../support/chain/facts.js';
import { sampleMetagraph, sampleNeuron, walletWith } from '../../../../support/chain/metagraph-samples.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import type { MemoryStore } from '../../../../support/memory-store.js';

const LOOK_MS = 3_000;
const RETRY_MS = 15_000;
const AWAY = new HeadframeError({ code: 'unavailable', reason: 'chain_away', message: 'away' });
const NO_SUBNET = new HeadframeError({ code: 'not_found', reason: 'subnet_not_found', message: 'none' });

describe('reading the subnets that concern the fleet', () => {
  let at: FleetFixture;
  let chain: Omit<Chain, 'state' | 'finalized'> & { state: Chain['state']; finalized: Chain['finalized'] };
  let reads: number[];
  let answer: (netuid: number) => Metagraph | HeadframeError;
  let metagraphs: Metagraphs;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(() => open());
  afterEach(() => end());

  async function open(store?: MemoryStore): Promise<void> {
    at = await openFleetFixture(store);
    at.fleet.transact((tx) => {
      tx.putNetwork({ name: 'net', endpoints: [], labels: {}, createdAtMs: 1, updatedAtMs: 1 });
      tx.putWallet(walletWith('hot', 'second'));
    });
    chain = { network: 'net', state: 'ready', finalized: { number: 1_000, hash: '0x' } } as typeof chain; // as far as it is used
    Object.assign(chain, { capabilities: detectCapabilities(SAMPLE_FACTS.dynamic) });
    reads = [];
    answer = (netuid) => sampleMetagraph({ netuid });
    stop = new AbortController();
    metagraphs = new Metagraphs({
      ...{
        fleet: at.fleet,
        clock: at.clock,
        logger: pino({ level: 'silent' }),
        networks: { connections: () => [chain] },
      },
      readers: {
        metagraph: (_chain, netuid) => {
          reads.push(netuid);
          const found = answer(netuid);
          return found instanceof HeadframeError ? Promise.reject(found) : Promise.resolve(found);
        },
        memberships: (_chain, hotkeys) => Promise.resolve(new Map(hotkeys.map((hotkey) => [hotkey, [3]]))),
        moves: () => Promise.resolve(undefined),
      },
    });
    running = metagraphs.start(stop.signal);
  }

  async function end(): Promise<void> {
    stop.abort();
    await running;
  }

  const look = () => at.clock.advanceAsync(LOOK_MS);
  const finalise = (number: number): void => {
    chain.finalized = { number, hash: '0x' };
  };
  /** The next epoch, which pays so much to each of the fleet's hotkeys. */
  function epoch(block: number, emission: bigint): void {
    const neurons = ['hot', 'second', 'stranger'].map((hotkey, uid) => sampleNeuron({ uid, hotkey, emission }));
    answer = (netuid) =>
      sampleMetagraph({
        netuid,
        neurons,
        block: { number: block + 1, hash: '0x' },
        epochs: { last: block, next: block + 360 },
      });
    finalise(block + 1);
  }
  const earned = () =>
    [...at.fleet.rewards()].flatMap(({ hotkey, entries }) => entries.map((entry) => [hotkey, entry.earned]));

  it('is one read a tempo, however many hotkeys are there, and none in between', async () => {
    await look();
    expect(reads).to.deep.equal([3]);
    for (const block of [1_001, 1_100, 1_260]) {
      finalise(block);
      await look();
    }
    expect(reads).to.deep.equal([3]);
    epoch(1_260, 50n);
    await look();
    await look();
    expect(reads).to.deep.equal([3, 3]);
    expect(earned()).to.deep.equal([
      ['hot', '50'],
      ['second', '50'],
    ]);
  });

  it('goes on after a restart where it was, and counts nothing twice', async () => {
    await look();
    epoch(1_260, 50n);
    await look();
    await end();
    await open(at.store);
    epoch(1_260, 50n);
    await look();
    epoch(1_620, 70n);
    await look();
    expect(earned().filter(([hotkey]) => hotkey === 'hot')).to.deep.equal([
      ['hot', '50'],
      ['hot', '70'],
    ]);
  });

  it('keeps what was read while the chain is away, and reads on once it is back', async () => {
    await look();
    chain.state = 'away';
    epoch(1_260, 50n);
    await at.clock.advanceAsync(3_600_000);
    expect(reads).to.deep.equal([3]);
    expect(metagraphs.last('net', 3)?.metagraph.block.number).to.equal(1_000);
    chain.state = 'ready';
    await look();
    expect(reads).to.deep.equal([3, 3]);
    expect(earned()).to.deep.include(['hot', '50']);
  });

  it('is tried again after a while where it failed, and says why it did', async () => {
    answer = () => AWAY;
    await look();
    expect(metagraphs.followed()[0]?.failure?.reason).to.equal('chain_away');
    const before = reads.length;
    await look();
    expect(reads).to.have.length(before);
    answer = (netuid) => sampleMetagraph({ netuid });
    await at.clock.advanceAsync(RETRY_MS);
    expect(metagraphs.followed()[0]?.failure).to.equal(undefined);
    expect(metagraphs.last('net', 3)).not.to.equal(undefined);
  });

  it('tells which hyper-parameters were changed, and not what changes by itself', async () => {
    const parameters = (tempo: string, burn: string) => [
      { name: 'tempo', value: tempo },
      { name: 'burn', value: burn },
      { name: 'kappa', value: undefined },
    ];
    answer = () => sampleMetagraph({ parameters: parameters('360', '1') });
    await look();
    answer = () => sampleMetagraph({ parameters: parameters('99', '2'), block: { number: 1_261, hash: '0x' } });
    finalise(1_261);
    await look();
    const events = at.store.commits
      .flatMap((commit) => commit.events)
      .filter(({ reason }) => reason === 'subnet_parameter_changed');
    expect(events.map(({ text }) => text)).to.deep.equal(['Network net, subnet 3: tempo was 360, is 99.']);
  });

  it('tells what is staked on the hotkeys of the fleet when it is another, and of no others', async () => {
    const neurons = (stake: bigint) =>
      ['hot', 'second', 'stranger'].map((hotkey, uid) => sampleNeuron({ uid, hotkey, stake }));
    answer = () => sampleMetagraph({ neurons: neurons(5n) });
    await look();
    answer = () =>
      sampleMetagraph({
        neurons: [...neurons(5n).slice(1), sampleNeuron({ hotkey: 'hot', stake: 7n })],
        block: { number: 1_261, hash: '0x' },
      });
    finalise(1_261);
    await look();
    const events = at.store.commits
      .flatMap((commit) => commit.events)
      .filter(({ reason }) => reason === 'stake_changed');
    expect(events.map(({ subject, text }) => [subject, text])).to.deep.equal([
      ['fleet', 'Network net, subnet 3, block 1261: 7 are staked on pay/hot, and were 5, in the smallest unit.'],
    ]);
  });

  it('tells once that a subnet is gone', async () => {
    answer = () => NO_SUBNET;
    await look();
    finalise(1_700);
    await look();
    expect(reads.length).to.be.greaterThan(1);
    expect(
      at.store.commits.flatMap((commit) => commit.events).filter(({ reason }) => reason === 'subnet_gone'),
    ).to.have.length(1);
  });

  it('is also of subnets that somebody asked for, until they no longer do', async () => {
    const follow = (followed: boolean) =>
      at.fleet.transact((tx) => {
        followSubnet(tx, 'net', 8, followed);
      });
    follow(true);
    await look();
    expect(metagraphs.followed().map(({ record, causes }) => [record.netuid, ...causes])).to.deep.equal([
      [3, 'hotkey'],
      [8, 'followed'],
    ]);
    follow(false);
    await look();
    expect(at.fleet.subnet('net', 8)).to.equal(undefined);
    expect(metagraphs.last('net', 8)).to.equal(undefined);
  });

  it('says of a chain without such subnets that it has none, and asks it nothing', async () => {
    await look();
    reads.length = 0;
    Object.assign(chain, { capabilities: detectCapabilities(SAMPLE_FACTS.frame) });
    at.fleet.transact((tx) => followSubnet(tx, 'net', 8, true));
    finalise(9_000);
    await look();
    expect(reads).to.deep.equal([]);
    expect(metagraphs.followed().map(({ failure }) => failure?.reason)).to.deep.equal(['chain_lacks', 'chain_lacks']);
    expect(lackOfSubnets(chain)?.metadata).to.include({ class: 'never' });
    expect(lackOfSubnets({ network: 'net', capabilities: undefined })).to.equal(undefined);
  });
});

describe('the plan of what to read', () => {
  it('wants each subnet once, with all its causes, by netuid', () => {
    const memberships = new Map([
      ['a', [3, 1]],
      ['b', [3]],
    ]);
    expect([...wantedSubnets({ miners: [7], memberships, followed: [1, 7] })]).to.deep.equal([
      [1, ['hotkey', 'followed']],
      [3, ['hotkey']],
      [7, ['miner', 'followed']],
    ]);
  });

  it('reads what is due or was never read, and forgets what nobody wants', () => {
    const records = [
      { netuid: 1, dueAt: 100 },
      { netuid: 2, dueAt: 101 },
      { netuid: 4, dueAt: 1 },
    ];
    expect(planSubnets(new Map([1, 2, 3].map((netuid) => [netuid, []])), records, 100)).to.deep.equal([
      { kind: 'read', netuid: 1 },
      { kind: 'read', netuid: 3 },
      { kind: 'forget', netuid: 4 },
    ]);
  });

  it('is due after the next epoch, and not in every block where that is late or nobody can tell', () => {
    const block = { number: 1_000, hash: '0x' };
    expect(dueAfter({ block, tempo: 360, epochs: { last: 900, next: 1_260 } })).to.equal(1_261);
    expect(dueAfter({ block, tempo: 360, epochs: { last: 600, next: 960 } })).to.equal(1_010);
    expect(dueAfter({ block, tempo: 360, epochs: { last: undefined, next: undefined } })).to.equal(1_361);
    expect(dueAfter({ block, tempo: 5, epochs: { last: 998, next: 1_003 } })).to.equal(1_005);
  });
});
