import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { nativeArgon2 } from '../../../common/challenge/native-argon2.js';
import { systemClock } from '../../../common/model/clock.js';
import type { ChallengeWish } from '../../../coordinator/verify/port.js';
import { ChallengeBench } from '../../support/challenge/challenge-bench.js';
import { SMALL, wishFor } from '../../support/challenge/wishes.js';

const ROUNDS = 50;
const BURN = 'const end = Date.now() + 60000; while (Date.now() < end) Math.sqrt(end);';

describe('an honest host under load', () => {
  it('passes two hundred challenges in a row, with no false failure', async function () {
    this.timeout(60_000);
    await using bench = await ChallengeBench.open(systemClock, nativeArgon2);
    const host = await bench.host({});
    const challenger = bench.challenger(host);
    const load = [new Worker(BURN, { eval: true }), new Worker(BURN, { eval: true })];
    const outcomes = new Map<string, number>();
    let known: ChallengeWish['known'];
    try {
      for (let round = 0; round < ROUNDS; round += 1)
        for (const name of ['cpu', 'memory', round % 10 === 0 ? 'plot' : 'read', 'network'] as const) {
          const id = `${name}-${String(round)}`;
          const wish = wishFor(SMALL[name], { id, ...(name === 'read' && { known }) });
          const { verdict, label } = await challenger.run(wish, new AbortController().signal);
          known = label ?? known;
          const outcome = `${verdict.outcome} ${verdict.reason}`;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
    } finally {
      await Promise.all(load.map((worker) => worker.terminate()));
    }
    expect(Object.fromEntries(outcomes)).to.deep.equal({ 'passed challenge_passed': 4 * ROUNDS });
  });
});
