import { expect } from 'chai';
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
});
