import { join } from 'node:path';
import { expect } from 'chai';
import { Head } from '../../../../../agent/kinds/space/fleet/head.js';
import { encodeScanAnswer, readScanRequest } from '../../../../../agent/kinds/space/fleet/scan-message.js';
import { openMinerKey } from '../../../../../agent/kinds/space/format/miner-key.js';
import { encodeTransaction, transactionHash } from '../../../../../agent/kinds/space/format/transaction.js';
import { systemClock } from '../../../../../common/model/clock.js';
import type { HeadFact, HeadNews } from '../../../../../common/model/space-head.js';
import { openLibraryProver } from '../../../../support/space/library-prover.js';
import { makeSmallPlot } from '../../../../support/space/small-plot.js';
import { frameOf, TestNode } from '../../../../support/space/test-node.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { waitFor } from '../../../../support/wait-for.js';

const KEY = Buffer.alloc(32, 7);
const key = openMinerKey(KEY);
const sender = openMinerKey(Buffer.alloc(32, 9));
/** Nearly every challenge has a leaf of 5000 below the target. */
const DIFFICULTY = 16n;

/** A payment as it stands in a block, and its hash. */
function payment(fee: bigint, isSigned = true): { readonly bytes: Buffer; readonly hash: string } {
  const parties = { sender: sender.minerId, recipient: key.minerId };
  const unsigned = { version: 1, ...parties, amount: 5n, nonce: fee, fee };
  const hash = transactionHash(unsigned);
  const signature = isSigned ? sender.sign(hash) : Buffer.alloc(64, 1);
  return { bytes: encodeTransaction({ ...unsigned, signature }), hash: hash.toString('hex') };
}

describe("the part of a fleet's space miner that speaks with the node", function () {
  this.timeout(20_000);
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let prover: Awaited<ReturnType<typeof openLibraryProver>>;

  before(async () => {
    folder = await makeTempDir();
    await makeSmallPlot(join(folder.path, 'one.plot'), key.plotKey, 5000, 3);
    prover = await openLibraryProver(join(folder.path, 'one.plot'));
  });
  after(async () => {
    prover[Symbol.dispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** At work until the block ends that holds it; its one host answers with the plot. */
  function headOf(node: TestNode, collectTransactions: boolean) {
    const facts: HeadFact[] = [];
    const tell = (news: HeadNews): void => {
      if (news.kind === 'fact') facts.push(news.fact);
      if (news.kind === 'scan') void answer(news.scan, news.request);
    };
    const { host, port } = node.address;
    const head = new Head(
      {
        ...{ kind: 'start', key: KEY, minerId: key.minerId.toString('hex'), nodes: [`${host}:${String(port)}`] },
        ...{ tls: false, authorities: '', deadlineMs: 10_000, difficulty: 1000, announce: 'Block', version: '1' },
        collectTransactions,
      },
      systemClock,
      tell,
    );
    const answer = async (scan: number, line: string): Promise<void> => {
      const found = await prover.prove(readScanRequest(line, key.minerId), new AbortController().signal);
      const answered = encodeScanAnswer({ found, answered: 1, plots: 1, tookMs: 1, disks: [], plotMs: new Map() });
      head.hear({ kind: 'answers', scan, answers: [{ host: 'host-1', line: answered }] });
    };
    const over = head.run();
    return {
      facts,
      [Symbol.asyncDispose]: async () => {
        head.hear({ kind: 'stop' });
        await over;
      },
    };
  }

  /** The node takes a first block, passes transactions on, and takes another one. */
  async function secondBlock(node: TestNode): Promise<void> {
    await waitFor('a block', () => node.blocks.length === 1);
    for (const { bytes } of [payment(2n), payment(9n, false), payment(7n)]) node.say(frameOf(0x30, bytes));
    node.say(frameOf(0x30, Buffer.alloc(155, 1)));
    node.say(node.tipFrame);
    await waitFor('another one', () => node.blocks.length === 2);
  }

  it('puts what nodes pass on into its blocks where that is wanted, the highest fees first, and only what a block may hold', async () => {
    await using node = await TestNode.start(DIFFICULTY, 0);
    await using head = headOf(node, true);
    await secondBlock(node);
    expect(node.blocks).to.deep.equal([[], [payment(7n).hash, payment(2n).hash]]);
    expect(node.wrongs).to.deep.equal([]);
    // They are in a block now, and in no other one.
    node.say(node.tipFrame);
    await waitFor('a third one', () => node.blocks.length === 3);
    expect([node.blocks[2], node.wrongs]).to.deep.equal([[], []]);
    expect(head.facts.filter((fact) => fact === 'space_block_won').length).to.equal(3);
  });

  it('leaves its blocks empty otherwise', async () => {
    await using node = await TestNode.start(DIFFICULTY, 0);
    await using head = headOf(node, false);
    await secondBlock(node);
    expect([node.blocks, node.wrongs]).to.deep.equal([[[], []], []]);
    expect(head.facts).to.include('space_block_won');
  });
});
