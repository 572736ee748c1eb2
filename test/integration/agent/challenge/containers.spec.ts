import { expect } from 'chai';
import Docker from 'dockerode';
import { proverProgram } from '../../../../agent/challenge/prover-program.js';
import { openDockerRuntime } from '../../../../agent/runtime/docker/index.js';
import type { DockerRuntime } from '../../../../agent/runtime/docker/index.js';
import { PROVER_LABEL } from '../../../../agent/runtime/docker/prover-spec.js';
import { nativeArgon2 } from '../../../../common/challenge/native-argon2.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { ChallengeWish } from '../../../../coordinator/verify/port.js';
import { ChallengeBench } from '../../../support/challenge/challenge-bench.js';
import { SMALL, TEST_LIMITS, wishFor } from '../../../support/challenge/wishes.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { describeWithDocker, dockerSocket, testImage } from '../../../support/docker.js';

const never = new AbortController().signal;

describeWithDocker('challenges in containers', function () {
  this.timeout(120_000);
  const hostId = `prover-${String(process.pid)}`;
  const openRuntime = (): DockerRuntime =>
    openDockerRuntime({
      ...{ hostId, address: dockerSocket, concurrency: 4, allowedHostPaths: [] },
      ...{ logger: silentLogger, clock: systemClock },
    });
  let runtime: DockerRuntime;
  before(() => {
    runtime = openRuntime();
  });
  after(() => runtime.close());

  it('are passed inside the limits that are claimed, and leave nothing', async () => {
    await using bench = await ChallengeBench.open(systemClock, nativeArgon2);
    const host = await bench.host();
    const challenger = bench.challenger(host, { openTunnel: host.tunnels(host.desk(runtime.openProver)) });
    let known: ChallengeWish['known'];
    for (const name of ['cpu', 'memory', 'plot', 'read'] as const) {
      // What Argon2 fills has to be most of what the container ever had.
      const parameters = name === 'memory' ? { ...SMALL.memory, memoryKib: 128 * 1024 } : SMALL[name];
      const { verdict, label } = await challenger.run(wishFor(parameters, { id: name, known }), never);
      known = label ?? known;
      expect(`${verdict.outcome} ${verdict.reason}: ${verdict.text}`).to.match(
        /^passed challenge_passed: (?!.*not inside)/,
      );
    }
    await untilNoneIsLeft(hostId);
  });

  it('are failed by a host whose container holds less memory than it claims to fill', async () => {
    await using bench = await ChallengeBench.open(systemClock, nativeArgon2);
    const host = await bench.host();
    const challenger = bench.challenger(host, { openTunnel: host.tunnels(host.desk(runtime.openProver)) });
    const parameters = { ...SMALL.memory, memoryKib: 512 * 1024 };
    const { verdict } = await challenger.run(wishFor(parameters, { id: 'too-much' }), never);
    expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_prover_failed']);
  });

  it('end with what asked for them, whatever the prover does', async () => {
    await using bench = await ChallengeBench.open(systemClock, nativeArgon2);
    const host = await bench.host();
    const challenger = bench.challenger(host, { openTunnel: host.tunnels(host.desk(runtime.openProver)) });
    const long = { ...SMALL.cpu, steps: 60_000, memoryKib: 65_536 };
    const given = AbortSignal.timeout(8_000);
    const { verdict } = await challenger.run(wishFor(long, { id: 'long', preempted: given }), never);
    expect(verdict.reason).to.equal('challenge_preempted');
    await untilNoneIsLeft(hostId);
  });

  it('begin with the end of those that an agent before this one left behind', async () => {
    await using folder = await makeTempDir();
    const Labels = { [PROVER_LABEL]: hostId };
    const left = await new Docker({ socketPath: dockerSocket }).createContainer({ Image: testImage, Labels });
    const again = openRuntime();
    const open = again.openProver;
    const own = { labels: `${folder.path}/labels`, limits: TEST_LIMITS, threads: 1 };
    const request = { kind: 'node' as const, ...proverProgram(), ...own };
    const prover = await open?.(request, never);
    const gone = await left
      .inspect()
      .then(() => false)
      .catch(() => true);
    await prover?.close();
    await again.close();
    expect(gone).to.equal(true);
    await untilNoneIsLeft(hostId);
  });
});

/** The engine removes what has ended within a moment. */
async function untilNoneIsLeft(hostId: string): Promise<void> {
  const filters = { label: [`${PROVER_LABEL}=${hostId}`] };
  const docker = new Docker({ socketPath: dockerSocket });
  for (let tries = 60; tries > 0; tries -= 1) {
    if ((await docker.listContainers({ all: true, filters })).length === 0) return;
    await systemClock.sleep(250, never);
  }
  expect.fail('containers of challenges are left');
}
