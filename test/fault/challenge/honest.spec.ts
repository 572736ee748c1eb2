import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { openDockerRuntime } from '../../../agent/runtime/docker/index.js';
import { nativeArgon2 } from '../../../common/challenge/native-argon2.js';
import type { ChallengeParameters } from '../../../common/challenge/parameters.js';
import { systemClock } from '../../../common/model/clock.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { askCpu, askDisk, askMemory, askNetwork } from '../../../coordinator/verify/ask.js';
import type { ChallengeWish } from '../../../coordinator/verify/port.js';
import { ChallengeBench } from '../../support/challenge/challenge-bench.js';
import { DEFAULT_RATES, SMALL, TEST_LIMITS, wishFor } from '../../support/challenge/wishes.js';
import { dockerSocket } from '../../support/docker.js';

const MIB = 2 ** 20;
/** Four challenges each. Where it is set the parameters are those of hosts, in containers, and the outcome is told. */
const ROUNDS = Number(process.env.HEADFRAME_TEST_HONEST_ROUNDS ?? 50);
const IS_TRUE_TO_SIZE = process.env.HEADFRAME_TEST_HONEST_ROUNDS !== undefined;
const LIMITS = IS_TRUE_TO_SIZE ? { cpuMillis: 1000, memoryBytes: 1024 * MIB, pids: 65 } : TEST_LIMITS;
const LABEL_BYTES = 16 * MIB;
/** As many steps of a chain as a host of sixteen vCPUs is asked for; one of a single vCPU is asked for fifteen times that. */
const STEPS = 128;
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
    const host = await bench.host({});
    const runtime = openDockerRuntime({
      ...{ hostId: 'honest', address: dockerSocket, concurrency: 2, allowedHostPaths: [] },
      ...{ logger: silentLogger, clock: systemClock },
    });
    const desk = IS_TRUE_TO_SIZE ? host.desk(runtime.openProver) : host.desk();
    const challenger = bench.challenger(host, { openTunnel: host.tunnels(desk), rates: DEFAULT_RATES });
    const load = [new Worker(BURN, { eval: true }), new Worker(BURN, { eval: true })];
    const outcomes = new Map<string, number>();
    const slowest = new Map<string, number>();
    let known: ChallengeWish['known'];
    try {
      for (let round = 0; round < ROUNDS; round += 1)
        for (const name of ['cpu', 'memory', round % 10 === 0 ? 'plot' : 'read', 'network'] as const) {
          const wish = { id: `${name}-${String(round)}`, limits: LIMITS, isNewHost: round === 0 };
          const asked = wishFor(ASKED[name], { ...wish, ...(name === 'read' && { known }) });
          const { verdict, label } = await challenger.run(asked, new AbortController().signal);
          known = label ?? known;
          const outcome = `${verdict.outcome} ${verdict.reason}`;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          slowest.set(name, Math.max(verdict.proveMs, slowest.get(name) ?? 0));
        }
    } finally {
      await Promise.all(load.map((worker) => worker.terminate()));
      await runtime.close();
    }
    if (IS_TRUE_TO_SIZE)
      console.log('slowest of each, in milliseconds', Object.fromEntries(slowest), Object.fromEntries(outcomes));
    expect(Object.fromEntries(outcomes)).to.deep.equal({ 'passed challenge_passed': 4 * ROUNDS });
  });
});
