import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { nativeArgon2 } from '../../../common/challenge/native-argon2.js';
import type { ChallengeParameters } from '../../../common/challenge/parameters.js';
import { systemClock } from '../../../common/model/clock.js';
import { askCpu, askDisk, askMemory, askNetwork } from '../../../coordinator/verify/ask.js';
import type { ChallengeWish } from '../../../coordinator/verify/port.js';
import { ChallengeBench } from '../../support/challenge/challenge-bench.js';
import { SharedMachine } from '../../support/challenge/shared-machine.js';
import { DEFAULT_RATES, SMALL, TEST_LIMITS, wishFor } from '../../support/challenge/wishes.js';

const MIB = 2 ** 20;
/** What else runs on this machine may make one late: it is asked again, as a first failure always is, and must pass then. */
const MOST_LATE = 2;
/** Four challenges each. Where it is set the parameters are those of hosts, in containers, and the outcome is told. */
const ROUNDS = Number(process.env.HEADFRAME_TEST_HONEST_ROUNDS ?? 50);
const IS_TRUE_TO_SIZE = process.env.HEADFRAME_TEST_HONEST_ROUNDS !== undefined;
const LIMITS = IS_TRUE_TO_SIZE ? { cpuMillis: 1000, memoryBytes: 1024 * MIB, pids: 65 } : TEST_LIMITS;
/** What of this machine the host has. */
const MACHINE = { cpuMillis: 1000, memoryBytes: 1280 * MIB };
const LABEL_BYTES = 16 * MIB;
/** Of the chain, each of 64 MiB; a host of one vCPU is asked for sixty times that, which takes minutes. */
const STEPS = 32;
const OF_HOSTS = {
  cpu: { ...askCpu(LIMITS.cpuMillis, 'memory'), steps: STEPS },
  memory: askMemory(640 * MIB, LIMITS.cpuMillis),
  plot: askDisk(LABEL_BYTES, 'label-1', 'plot'),
  read: askDisk(LABEL_BYTES, 'label-1', 'read'),
  network: askNetwork(),
} as const satisfies Record<string, ChallengeParameters>;
const ASKED = IS_TRUE_TO_SIZE ? OF_HOSTS : SMALL;
const BURN = 'for (;;) Math.sqrt(Math.random());';

describe('an honest host under load', () => {
  it('passes two hundred challenges in a row by the default rates, with no false failure', async function () {
    this.timeout(60_000 + (IS_TRUE_TO_SIZE ? ROUNDS * 300_000 : 0));
    await using bench = await ChallengeBench.open(systemClock, nativeArgon2);
    // Whatever else runs on this one, a host has what it claims.
    await using machine = IS_TRUE_TO_SIZE ? await SharedMachine.open(MACHINE, 4 * LABEL_BYTES) : undefined;
    const host = await bench.host({}, 'honest', machine && `${machine.folder}/honest`);
    const desk = host.desk(machine?.openProver('honest'));
    const challenger = bench.challenger(host, { openTunnel: host.tunnels(desk), rates: DEFAULT_RATES });
    const load = [new Worker(BURN, { eval: true }), new Worker(BURN, { eval: true })];
    const outcomes = new Map<string, number>();
    const slowest = new Map<string, number>();
    let known: ChallengeWish['known'];
    let lates = 0;
    const ask = async (id: string, wished: (id: string) => ChallengeWish) => {
      const { signal } = new AbortController();
      const first = await challenger.run(wished(id), signal);
      if (first.verdict.reason !== 'challenge_late' || lates === MOST_LATE) return first;
      lates += 1;
      return challenger.run(wished(`${id}-again`), signal);
    };
    try {
      for (let round = 0; round < ROUNDS; round += 1)
        for (const name of ['cpu', 'memory', round % 10 === 0 ? 'plot' : 'read', 'network'] as const) {
          const wish = { hostId: 'honest', limits: LIMITS, isNewHost: round === 0, ...(name === 'read' && { known }) };
          const { verdict, label } = await ask(`${name}-${String(round)}`, (id) =>
            wishFor(ASKED[name], { ...wish, id }),
          );
          known = label ?? known;
          const outcome = `${verdict.outcome} ${verdict.reason}`;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          slowest.set(name, Math.max(verdict.proveMs, slowest.get(name) ?? 0));
        }
    } finally {
      await Promise.all(load.map((worker) => worker.terminate()));
    }
    tell(slowest, outcomes);
    expect(Object.fromEntries(outcomes)).to.deep.equal({ 'passed challenge_passed': 4 * ROUNDS });
  });
});

/** A run that is long enough to be a figure is told: the slowest of each in milliseconds, and how they ended. */
function tell(...counts: readonly ReadonlyMap<string, number>[]): void {
  if (IS_TRUE_TO_SIZE) console.log(...counts.map((count) => Object.fromEntries(count)));
}
