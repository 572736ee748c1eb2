import { expect } from 'chai';
import { systemClock } from '../../../common/model/clock.js';
import { ChainConnection } from '../../../coordinator/chain/network/connection.js';
import type { ChainNote } from '../../../coordinator/chain/network/connection.js';
import { PolkadotSession } from '../../../coordinator/chain/network/session.js';
import { BlackHole } from '../../support/chain/black-hole.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { expectReason } from '../../support/expect-reason.js';
import { freePort } from '../../support/free-port.js';
import { TcpGate } from '../../support/tcp-gate.js';
import { waitFor } from '../../support/wait-for.js';

const TERMS = { connectMs: 2_000, callMs: 10_000, metadataMs: 20_000, lookMs: 200, silenceMs: 1_500 };

describe('a connection to a chain of the real Subtensor runtime', function () {
  this.timeout(60_000);
  let node: ChainNode;
  let port: number;
  const stops: (() => Promise<void>)[] = [];

  before(async () => {
    port = await freePort();
    node = await ChainNode.start({ port });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  after(() => node[Symbol.asyncDispose]());

  function connect(endpoints: readonly string[], genesisHash?: string) {
    const notes: ChainNote[] = [];
    const stop = new AbortController();
    const chain = new ChainConnection(
      { network: 'raonet', endpoints, genesisHash },
      {
        ...{ clock: systemClock, random: () => 0, onGenesis: () => undefined },
        open: (aim, signal) => PolkadotSession.open(aim, { clock: systemClock, terms: TERMS }, signal),
        onNote: (note) => notes.push(note),
      },
    );
    const running = chain.run(stop.signal);
    stops.push(async () => {
      stop.abort();
      await running;
    });
    return { chain, notes };
  }

  const ready = (chain: ChainConnection) =>
    waitFor('the chain', () => chain.state === 'ready' && chain.best !== undefined);

  it('knows what the runtime can do, and follows its heads', async () => {
    const { chain } = connect([`ws://127.0.0.1:${String(await freePort())}`, node.url]);
    await ready(chain);
    expect(chain.standing.endpoint).to.equal(node.url);
    expect(chain.standing.about).to.deep.equal({
      ...{ chain: 'bittensor', specName: 'node-subtensor', specVersion: 218 },
      ...{ tokenSymbol: 'TAO', decimals: 9, ss58Prefix: 42 },
    });
    // As its metadata has it: in part older, in part newer than what reports the same version elsewhere.
    expect(chain.capabilities).to.deep.equal({
      ...{ kind: 'subtensor', dynamicTao: true, cappedRegistration: false, proofOfWork: true },
      ...{ identities: 'subnetIdentities', weights: 'plain', typedRuntimeApi: false, epochs: 'modulus' },
      ...{ customErrors: '218', stakeEventFields: 5, limitedStake: false, subnetCreation: 'mechanism' },
      commitReveal: true,
      ...{
        balances: true,
        staking: false,
        bonding: undefined,
        nominating: false,
        proxy: true,
        utility: true,
        sudo: true,
      },
    });
    const from = chain.best?.number ?? 0;
    await node.newBlocks(2);
    await waitFor('the new head', () => chain.best?.number === from + 2 && chain.finalized?.number === from + 2);
    const hash = await chain.read('hash', async (api) => (await api.rpc.chain.getBlockHash(from + 2)).toHex());
    expect(chain.best?.hash).to.equal(hash);
  });

  it('is made again when it is cut, with the blocks that were made meanwhile', async () => {
    const gate = new TcpGate({ host: '127.0.0.1', port });
    await gate.open();
    stops.unshift(() => gate.shut());
    const { chain, notes } = connect([`ws://127.0.0.1:${String(gate.port)}`]);
    await ready(chain);
    const from = chain.best?.number ?? 0;
    await gate.shut();
    await waitFor('the loss', () => chain.state === 'away');
    await expectReason(
      chain.read('any', (api) => api.rpc.system.chain()),
      'chain_away',
    );
    await node.newBlocks(3);
    await gate.open();
    await waitFor('the head', () => chain.best?.number === from + 3);
    expect(chain.standing.reconnects).to.be.greaterThan(0);
    expect(notes.map(({ reason }) => reason)).not.to.include('chain_reorg');
  });

  it('is given up when nothing comes any more, though it stands, and made anew', async () => {
    const hole = await BlackHole.open(node.url);
    stops.unshift(() => hole.close());
    const { chain, notes } = connect([hole.url]);
    await ready(chain);
    const atMs = performance.now();
    hole.swallow();
    await waitFor('the silence', () => notes.some(({ reason }) => reason === 'endpoint_silent'));
    expect(performance.now() - atMs).to.be.below(10_000);
    await ready(chain);
  });

  it('waits for a node that stands still, and goes on with it', async () => {
    const { chain, notes } = connect([node.url]);
    await ready(chain);
    node.signal('SIGSTOP');
    try {
      await waitFor('the silence', () => notes.some(({ reason }) => reason === 'endpoint_silent'));
    } finally {
      node.signal('SIGCONT');
    }
    await ready(chain);
  });

  it('refuses another chain at the same place', async () => {
    const other = `0x${'ab'.repeat(32)}`;
    const { chain } = connect([node.url], other);
    await waitFor('the refusal', () => chain.standing.reason === 'wrong_chain');
    expect(chain.state).to.equal('away');
    await expectReason(
      chain.read('any', (api) => api.rpc.system.chain()),
      'chain_away',
    );
  });

  it('notices blocks that are replaced', async () => {
    const { chain, notes } = connect([node.url]);
    await ready(chain);
    await node.newBlocks(2);
    await waitFor('the head', async () => chain.best?.hash === (await node.rpc('chain_getBlockHash')));
    const { number = 0, hash } = chain.best ?? {};
    await node.rpc('dev_setHead', number - 1);
    await node.fund(['5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'], 7n);
    await node.newBlocks(2);
    await waitFor('the note', () => notes.some(({ reason }) => ['chain_reorg', 'chain_rewound'].includes(reason)));
    await waitFor('the head', () => chain.best?.number === number + 1);
    expect(chain.best?.hash).not.to.equal(hash);
    expect(chain.standing.reorgs).to.be.greaterThan(0);
  });

  it('notices a node that begins from the first block again, and what another runtime there can do', async () => {
    const { chain, notes } = connect([node.url]);
    await ready(chain);
    await node.newBlocks(1);
    await node[Symbol.asyncDispose]();
    await waitFor('the loss', () => chain.state === 'away');
    node = await ChainNode.start({ runtime: 'asset-hub', port });
    await ready(chain);
    await waitFor('the note', () => notes.some(({ reason }) => reason === 'chain_rewound'));
    expect(chain.standing.about).to.include({ specName: 'statemine', tokenSymbol: 'ROC', ss58Prefix: 2 });
    expect(chain.capabilities).to.include({ kind: 'frame', balances: true, staking: false, stakeEventFields: 0 });
  });
});
