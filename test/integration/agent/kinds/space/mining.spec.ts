import type { Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { openMinerKey } from '../../../../../agent/kinds/space/format/miner-key.js';
import { SpaceMiner } from '../../../../../agent/kinds/space/mine/space-miner.js';
import type { MinerReport, Prover } from '../../../../../agent/kinds/space/mine/space-miner.js';
import { NodeClient } from '../../../../../agent/kinds/space/node/node-client.js';
import type { NodeAddress } from '../../../../../agent/kinds/space/node/connect-node.js';
import type { ClientOptions } from '../../../../../agent/kinds/space/node/node-client.js';
import { createPlot } from '../../../../../agent/kinds/space/plot/create-plot.js';
import { systemClock } from '../../../../../common/model/clock.js';
import { toHeadframeError } from '../../../../../common/model/error.js';
import { openLibraryProver } from '../../../../support/space/library-prover.js';
import { makeNodeAuthority } from '../../../../support/space/node-authority.js';
import type { NodeAuthority } from '../../../../support/space/node-authority.js';
import { frameOf, TestNode } from '../../../../support/space/test-node.js';
import type { Misdeed } from '../../../../support/space/test-node.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { waitFor } from '../../../../support/wait-for.js';

const key = openMinerKey(Buffer.alloc(32, 7));
/** Some of 5000 leaves is below the target nearly always, and every one of few challenges is answered here. */
const DIFFICULTY = 16n;

/** A miner at work until the block ends that holds it. */
function mine(
  prover: Prover,
  nodes: ClientOptions['nodes'],
  change: Partial<ClientOptions['link']> = {},
  tls?: ClientOptions['tls'],
) {
  const reports: MinerReport[] = [];
  const timeouts = { connectTimeoutMs: 5000, frameTimeoutMs: 5000, silenceMs: 10_000, pingAfterMs: undefined };
  const link = { greeting: { nodeId: 'miner-1', userAgent: 'Headframe' }, ...timeouts, ...change };
  const retry = { intervalMs: 20, mostAtStart: 3, longestMs: 50 };
  const client = new NodeClient({ nodes, tls, link, retry, settledMs: 10 }, systemClock);
  // With an own difficulty that no leaf reaches, a win shows that the node's was taken.
  const settings = { minerKey: key, difficulty: 2n ** 62n, announce: 'Block', difficultyWaitMs: 10_000 } as const;
  const tools = {
    client,
    prover,
    clock: systemClock,
    pool: undefined,
    report: (one: MinerReport) => reports.push(one),
  };
  const miner = new SpaceMiner(settings, tools);
  const stop = new AbortController();
  const over = miner.run(stop.signal);
  // Looked at by those who await it.
  over.catch(() => undefined);
  const ends = () => reports.flatMap((one) => (one.kind === 'disconnected' ? [one.why] : []));
  const failed = () => reports.filter((one) => one.kind === 'failed' || one.kind === 'not-sent');
  return {
    ...{ miner, reports, over, ends, failed },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await over.catch(() => undefined);
    },
  };
}

const trickle =
  (piece: Buffer, everyMs: number): Misdeed =>
  (socket: Socket) => {
    const timer = setInterval(() => socket.write(piece), everyMs);
    socket.on('close', () => clearInterval(timer));
  };

function head(length: number): Buffer {
  const bytes = Buffer.alloc(5, 0x23);
  bytes.writeInt32LE(length);
  return bytes;
}

/** What nodes do to miners, and what a miner says of it. */
const MISDEEDS: readonly (readonly [string, Misdeed, { readonly reason: string; readonly is?: string }])[] = [
  ['ends the connection', (socket) => socket.end(), { reason: 'space_node_closed' }],
  ['resets it', (socket) => socket.once('data', () => socket.resetAndDestroy()), { reason: 'space_node_closed' }],
  [
    'sends another protocol',
    (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    { reason: 'space_message_malformed', is: 'bad_length' },
  ],
  [
    'announces a frame of 100 MB',
    (socket) => socket.write(head(100_000_000)),
    { reason: 'space_message_malformed', is: 'bad_length' },
  ],
  [
    'sends a code that nobody knows',
    (socket) => socket.write(frameOf(0x77, Buffer.alloc(3))),
    { reason: 'space_message_malformed', is: 'unknown_type' },
  ],
  [
    'ends the connection within a frame',
    (socket) => socket.end(head(1000)),
    { reason: 'space_message_malformed', is: 'incomplete_payload' },
  ],
  ['stops within a frame', (socket) => socket.write(head(1000)), { reason: 'space_node_stalled', is: 'frame' }],
  ['drips a frame, byte by byte', trickle(head(1000), 20), { reason: 'space_node_stalled', is: 'frame' }],
  ['says nothing', () => undefined, { reason: 'space_node_stalled', is: 'silence' }],
  [
    'floods it with messages',
    (socket) => socket.write(Buffer.concat(Array.from({ length: 1100 }, () => frameOf(0x03, Buffer.alloc(0))))),
    { reason: 'space_node_floods', is: 'messages' },
  ],
  [
    'sends messages that are none',
    (socket) => socket.write(Buffer.concat(Array.from({ length: 20 }, () => frameOf(0x41, Buffer.alloc(9))))),
    { reason: 'space_message_malformed', is: 'size' },
  ],
];

describe('a space miner and a node that shares no code with it', function () {
  this.timeout(20_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let prover: Awaited<ReturnType<typeof openLibraryProver>>;

  before(async () => {
    folder = await makeTempDir();
    const path = join(folder.path, 'one.plot');
    const plan = { minerKey: key.plotKey, plotSeed: Buffer.alloc(32, 3), leafCount: 5000, topLevels: 0 };
    const limits = { threads: 1, bytesPerSecond: Infinity, keepFreeBytes: 0 };
    const signal = new AbortController().signal;
    await createPlot({ path, plan, ...limits }, { clock: systemClock, signal, onProgress: () => undefined });
    prover = await openLibraryProver(path);
  });
  after(async () => {
    prover[Symbol.dispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('answers each challenge with one proof, wins blocks, and the node takes them', async () => {
    await using node = await TestNode.start(DIFFICULTY, 43);
    await using mining = mine(prover, [node.address]);
    await waitFor('four blocks', () => node.height >= 44);
    expect(node.wrongs).to.deep.equal([]);
    expect(node.submissions.map(({ height }) => height)).to.deep.equal([41, 42, 43, 44]);
    expect(node.accepted).to.deep.equal([41, 42, 43, 44]);
    expect(node.submissions.every(({ minerId }) => minerId.equals(key.minerId))).to.equal(true);
    expect(node.codes.get(0x01)).to.equal(1);
    await waitFor('the last count', () => mining.miner.counters.totalBlocksWon === 4);
    expect(mining.miner.counters).to.deep.equal({
      ...{ totalChallengesReceived: 4, totalProofsGenerated: 4, totalProofsSubmitted: 4 },
      // The last is taken without a word.
      ...{ totalBlocksWon: 4, totalBlocksAccepted: 3 },
    });
    expect(mining.failed()).to.deep.equal([]);
  });

  it('answers pings and handshakes, and leaves no block that is not its own to win', async () => {
    await using node = await TestNode.start(2n ** 60n);
    await using mining = mine(prover, [node.address]);
    await waitFor('a proof', () => node.submissions.length === 1);
    node.say(frameOf(0x04, Buffer.alloc(16, 9)));
    node.say(frameOf(0x01, Buffer.from('0100000001000000000000000100000061' + '0100000062', 'hex')));
    await waitFor('answers', () => node.codes.get(0x05) === 1 && node.codes.get(0x02) === 1);
    // The same block once more begins no second round.
    node.say(node.tipFrame);
    await waitFor('the second word', () =>
      mining.reports.some((one) => one.kind === 'note' && one.note.note === 'stale'),
    );
    expect(mining.reports.flatMap((one) => (one.kind === 'note' ? [one.note.note] : []))).to.include('above-target');
    expect([node.submissions.length, node.accepted, node.wrongs]).to.deep.equal([1, [], []]);
  });

  it('pings a node that is silent, where that is wanted, and leaves one that does not answer', async () => {
    await using node = await TestNode.start(2n ** 60n);
    await using mining = mine(prover, [node.address], { pingAfterMs: 100, silenceMs: 400 });
    await waitFor('the end', () => mining.ends().length > 0);
    expect(node.codes.get(0x04)).to.be.greaterThan(0);
    expect([mining.ends()[0]?.metadata, node.wrongs]).to.deep.equal([{ what: 'silence' }, []]);
  });

  for (const [what, misdeed, { reason, is }] of MISDEEDS)
    it(`goes on with the next node when one ${what}`, async () => {
      await using bad = await TestNode.start(DIFFICULTY, 0);
      await using good = await TestNode.start(DIFFICULTY, 0);
      bad.misdeeds.push(misdeed);
      const nodes: [NodeAddress, NodeAddress] = [bad.address, good.address];
      await using mining = mine(prover, nodes, { frameTimeoutMs: 300, silenceMs: 400 });
      await waitFor('a block of the other node', () => good.accepted.length === 1);
      const why = mining.ends()[0];
      expect(why?.reason).to.equal(reason);
      if (is !== undefined) expect(Object.values(why?.metadata ?? {})).to.include(is);
      expect([good.accepted, good.wrongs, good.submissions.length]).to.deep.equal([[41], [], 1]);
    });

  it('speaks TLS where that is wanted, with nodes of the right authority and address alone, and never in clear', async () => {
    const [authority, stranger] = await Promise.all([makeNodeAuthority('right'), makeNodeAuthority('other')]);
    const certified = async (issuer: NodeAuthority, address: string) =>
      TestNode.start(DIFFICULTY, 0, await issuer.certify(address));
    await using unknown = await certified(stranger, '127.0.0.1');
    await using elsewhere = await certified(authority, '127.0.0.2');
    await using plain = await TestNode.start(DIFFICULTY, 0);
    await using good = await certified(authority, '127.0.0.1');
    const heard: Buffer[] = [];
    plain.misdeeds.push((socket) => socket.on('data', (bytes) => (heard.push(bytes), socket.end())));
    const nodes: ClientOptions['nodes'] = [unknown.address, elsewhere.address, plain.address, good.address];
    const tls = { authorities: Buffer.from(authority.certificate) };
    await using mining = mine(prover, nodes, {}, tls);
    await waitFor('a block', () => good.accepted.length === 1);
    const reasons = mining.ends().map(({ reason }) => reason);
    expect(reasons).to.deep.equal(['space_node_untrusted', 'space_node_untrusted', 'space_node_unreachable']);
    // The first byte of a handshake of TLS: nothing of ours goes to whoever did not show who it is.
    expect(heard[0]?.[0]).to.equal(22);
    expect([unknown, elsewhere, plain].map(({ codes }) => codes.size)).to.deep.equal([0, 0, 0]);
    expect(good.wrongs).to.deep.equal([]);
  });

  it('comes back to the only node that there is, after it was gone in the middle of all', async () => {
    await using node = await TestNode.start(DIFFICULTY, 0);
    node.misdeeds.push((socket) => {
      socket.write(node.tipFrame);
      socket.end(head(500));
    });
    await using mining = mine(prover, [node.address]);
    await waitFor('a block', () => node.accepted.length === 1);
    expect([node.accepted, node.submissions.length, node.wrongs]).to.deep.equal([[41], 1, []]);
    expect(mining.ends().map((end) => end.metadata['fault'])).to.deep.equal(['incomplete_payload']);
  });

  it('gives up at start where no node answers, and names them', async () => {
    const gone = await TestNode.start(DIFFICULTY);
    const { address } = gone;
    await gone[Symbol.asyncDispose]();
    await using mining = mine(prover, [address]);
    const why = await mining.over.then(() => undefined, toHeadframeError);
    expect(why?.reason).to.equal('space_node_unreachable');
    expect(mining.ends().map((end) => end.reason)).to.deep.equal(
      Array.from({ length: 4 }, () => 'space_node_unreachable'),
    );
  });
});
