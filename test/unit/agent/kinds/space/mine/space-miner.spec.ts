import { expect } from 'chai';
import { decodeBlock } from '../../../../../../agent/kinds/space/format/block.js';
import type { Block } from '../../../../../../agent/kinds/space/format/block.js';
import { openMinerKey } from '../../../../../../agent/kinds/space/format/miner-key.js';
import { SpaceMiner } from '../../../../../../agent/kinds/space/mine/space-miner.js';
import type { MinerTools } from '../../../../../../agent/kinds/space/mine/space-miner.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import { foundIn } from '../../../../../support/space/found-in.js';

describe('the process of a space miner', () => {
  it('stays connected at its end until what it had begun to send has gone, and begins nothing more', async () => {
    const [stop, sent] = [new AbortController(), new AbortController()];
    const begun: string[] = [];
    let connection: AbortSignal | undefined;
    const client: MinerTools['client'] = {
      run: async (listener, signal) => {
        connection = signal;
        listener.onMessage({ type: 'BlockAccepted', hash: Buffer.alloc(32, 1), height: 10n });
        await new Promise((settle) => signal.addEventListener('abort', settle));
      },
      send: ({ type }) => {
        begun.push(type);
        if (type !== 'ProofSubmission') return Promise.resolve(true);
        stop.abort();
        return new Promise((settle) => sent.signal.addEventListener('abort', () => settle(true)));
      },
    };
    const prover = { prove: ({ challenge }: { challenge: Buffer }) => Promise.resolve(foundIn(['dev-16'], challenge)) };
    const minerKey = openMinerKey(Buffer.alloc(32, 7));
    const miner = new SpaceMiner(
      { minerKey, difficulty: 1n, announce: 'Block', difficultyWaitMs: 0 },
      { client, prover, clock: systemClock, pool: undefined, report: () => undefined },
    );
    const over = miner.run(stop.signal);
    // Longer than all that could follow.
    await systemClock.sleep(50, new AbortController().signal);
    expect([connection?.aborted, begun]).to.deep.equal([false, ['GetBlock', 'ProofSubmission']]);
    sent.abort();
    await over;
    expect([connection?.aborted, miner.counters.totalProofsSubmitted]).to.deep.equal([true, 1]);
  });

  for (const [nowMs, timestamp] of [
    [-5000, 0n],
    [-1, 0n],
    [1_700_000_000_999.5, 1_700_000_000n],
  ] as const)
    it(`dates its blocks ${String(timestamp)} where the clock says ${String(nowMs)} ms`, async () => {
      expect((await blockAt(nowMs)).header.timestamp).to.equal(timestamp);
    });
});

/** The block that is sent where every proof wins and the wall clock stands still. */
async function blockAt(nowMs: number): Promise<Block> {
  const stop = new AbortController();
  const sent = new Promise<Block>((settle, reject) => {
    const client: MinerTools['client'] = {
      run: async (listener, signal) => {
        listener.onMessage({ type: 'BlockAccepted', hash: Buffer.alloc(32, 1), height: 10n });
        await new Promise((end) => signal.addEventListener('abort', end));
      },
      send: (message) => {
        if (message.type === 'Block' && 'data' in message) settle(Promise.resolve(message.data).then(decodeBlock));
        return Promise.resolve(true);
      },
    };
    const prover = { prove: ({ challenge }: { challenge: Buffer }) => Promise.resolve(foundIn(['dev-16'], challenge)) };
    const clock = { ...systemClock, nowMs: () => nowMs };
    const miner = new SpaceMiner(
      { minerKey: openMinerKey(Buffer.alloc(32, 7)), difficulty: 1n, announce: 'Block', difficultyWaitMs: 0 },
      { client, prover, clock, pool: undefined, report: (told) => told.kind === 'failed' && reject(told.why) },
    );
    void miner.run(stop.signal).catch(reject);
  });
  return await sent.finally(() => stop.abort());
}
