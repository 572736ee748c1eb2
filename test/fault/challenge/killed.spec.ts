import { expect } from 'chai';
import { PROVER_LABEL } from '../../../agent/runtime/docker/prover-spec.js';
import { ChallengeService } from '../../../common/gen/headframe/v1/challenge_service_pb.js';
import { ChallengeType, VerdictOutcome } from '../../../common/gen/headframe/v1/verdict_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import type { Client } from '../../../common/rpc/index.js';
import { PATIENT_FLAGS } from '../../support/challenge/wishes.js';
import { describeWithDocker } from '../../support/docker.js';
import { RunningFleet } from '../../support/running-fleet.js';

/** So long a prover has to have worked for it to be sure that it was told its nonce; it starts in a fraction of that. */
const WELL_UNDER_WAY_NS = 3e9;

describeWithDocker('a host whose agent is killed while it works on a challenge', function () {
  this.timeout(120_000);
  let fleet: RunningFleet;
  let channel: Channel;
  let challenges: Client<typeof ChallengeService>;
  before(async () => {
    // What a challenge reserves is all that there is.
    const room = { cpu: '1', memory: '640MiB' };
    fleet = await RunningFleet.open({ alpha: room }, { coordinator: PATIENT_FLAGS });
    channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    challenges = createClient(ChallengeService, channel);
  });
  after(async () => {
    channel.close();
    await fleet.close();
  });

  const ask = async (type: ChallengeType) =>
    (await challenges.runChallenge({ host: 'alpha', type, diskBytes: 2n ** 20n }, { timeoutMs: 100_000 })).verdict;

  async function provers(): Promise<string[]> {
    const filters = { label: [`${PROVER_LABEL}=${fleet.hostId('alpha')}`] };
    return (await fleet.engine.docker.listContainers({ all: true, filters })).map(({ Id }) => Id);
  }

  /** CPU time of the only prover, in nanoseconds. */
  async function workedNs(): Promise<number> {
    const [id] = await provers();
    if (id === undefined) return 0;
    const stats = await fleet.engine.docker.getContainer(id).stats({ stream: false, 'one-shot': true });
    return stats.cpu_stats.cpu_usage.total_usage;
  }

  it('has failed nothing, works on nothing any more, and is asked afresh once it is back', async () => {
    const verdict = ask(ChallengeType.CPU);
    await fleet.until('the prover to work', async () => (await workedNs()) > WELL_UNDER_WAY_NS);
    await fleet.agent('alpha').end('SIGKILL');
    await fleet.until('the prover to be gone', async () => (await provers()).length === 0);
    const first = await verdict;
    expect([first?.outcome, first?.reason]).to.deep.equal([VerdictOutcome.VOID, 'challenge_lost']);
    await fleet.startAgent('alpha');
    await fleet.hostsReady(1);
    const second = await ask(ChallengeType.MEMORY);
    expect([second?.outcome, second?.reason]).to.deep.equal([VerdictOutcome.PASSED, 'challenge_passed']);
    const { verdicts } = await challenges.listVerdicts({ host: 'alpha' });
    expect(verdicts.map(({ id, outcome }) => [id, outcome])).to.deep.equal([
      [second?.id, VerdictOutcome.PASSED],
      [first?.id, VerdictOutcome.VOID],
    ]);
  });
});
