import { expect } from 'chai';
import { ChallengeService } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import { ChallengeType, VerdictOutcome } from '../../common/gen/headframe/v1/verdict_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { PATIENT_FLAGS } from '../support/challenge/wishes.js';
import { describeWithDocker } from '../support/docker.js';
import { RunningFleet } from '../support/running-fleet.js';

const MIB = 2n ** 20n;

describeWithDocker('challenges of a running fleet', function () {
  this.timeout(120_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} }, { coordinator: PATIENT_FLAGS });
  });
  after(() => fleet.close());

  it('are passed by an honest host in containers, signed by its key, and kept', async () => {
    const most = { host: 'alpha', cpuMillis: 1000, memoryBytes: 512n * MIB, diskBytes: MIB };
    const channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
    const challenges = createClient(ChallengeService, channel);
    for (const type of [ChallengeType.MEMORY, ChallengeType.DISK, ChallengeType.DISK]) {
      const { verdict } = await challenges.runChallenge({ ...most, type }, { timeoutMs: 60_000 });
      expect([verdict?.reason, verdict?.text]).to.satisfy(
        ([reason, text]: readonly string[]) => reason === 'challenge_passed' && !String(text).includes('not inside'),
        JSON.stringify(verdict?.text),
      );
    }
    const { verdicts } = await challenges.listVerdicts({ host: 'alpha' });
    expect(verdicts.map(({ outcome }) => outcome)).to.deep.equal(Array(3).fill(VerdictOutcome.PASSED));
    channel.close();
  });
});
