import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ChallengeDesk } from '../../../../agent/challenge/index.js';
import { systemClock } from '../../../../common/model/clock.js';
import { Challenger } from '../../../../coordinator/verify/challenger.js';
import { HostChallenges } from '../../../../coordinator/verify/host-challenges.js';
import { keptLabel } from '../../../../coordinator/verify/kept-label.js';
import { VerifierProcess } from '../../../../coordinator/verify/verifier.js';
import { ObedientSession } from '../../../support/obedient-session.js';
import { openSessionsFixture } from '../../../support/sessions-fixture.js';
import type { SessionsFixture } from '../../../support/sessions-fixture.js';
import { PATIENT } from '../../../support/challenge/wishes.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { expectReason } from '../../../support/expect-reason.js';
import { roomsOf } from '../../../support/rooms.js';
import { waitFor } from '../../../support/wait-for.js';

const never = new AbortController().signal;
const MIB = 2 ** 20;
const most = { cpuMillis: 1_000, memoryBytes: 384 * MIB, diskBytes: MIB };

describe('challenges of hosts over their sessions', function () {
  this.timeout(60_000);
  let fixture: SessionsFixture;
  let verifier: VerifierProcess;
  beforeEach(async () => {
    fixture = await openSessionsFixture();
    verifier = new VerifierProcess(systemClock);
  });
  afterEach(async () => {
    verifier.close();
    await fixture.close();
  });

  function challenges(): HostChallenges {
    const { fleet, sessions } = fixture;
    const challenger = new Challenger({
      openTunnel: (hostId, purpose, signal) => sessions.openTunnel(hostId, purpose, signal),
      hostKeyOf: undefined,
      ...{ verifier, clock: systemClock, random: randomBytes, epoch: fleet.epoch, rates: PATIENT },
      lottery: { oneIn: 20, mostMemoryBytes: 2 ** 40 },
    });
    return new HostChallenges({ fleet, rooms: roomsOf(fleet, systemClock), challenger, newId: randomUUID });
  }

  it('are passed by an agent with a prover of its own, kept as verdicts, and read the label that was made', async () => {
    await using folder = await makeTempDir();
    const desk = new ChallengeDesk({
      hostId: 'host-1',
      dataDir: folder.path,
      openProver: undefined,
      assignmentOf: () => undefined,
    });
    const options = { hostId: 'host-1', challenges: desk };
    const session = await ObedientSession.open(folder.path, fixture.address, options);
    try {
      await waitFor('the host to be there', () => fixture.sessions.isConnected('host-1'));
      const asked = challenges();
      const said: string[] = [];
      for (const type of ['memory', 'disk', 'disk', 'gpu'] as const) {
        const { outcome, reason, text } = await asked.ask('host-1', type, { most }, never);
        said.push(`${type} ${outcome} ${reason}`);
        if (outcome === 'passed') expect(text).to.include('not inside a container');
      }
      expect(said).to.deep.equal([
        'memory passed challenge_passed',
        'disk passed challenge_passed',
        'disk passed challenge_passed',
        'gpu void challenge_no_gpu',
      ]);
      expect(keptLabel(fixture.fleet, 'host-1')?.nodes).to.equal(MIB / 64);
      const kept = fixture.fleet.verdictsOf('host-1').map(({ type, verdicts }) => `${type} ${String(verdicts.length)}`);
      expect(kept).to.deep.equal(['memory 1', 'disk 2', 'gpu 1']);
    } finally {
      await session.close();
    }
  });

  it('are refused for hosts that are not there', async () => {
    await expectReason(challenges().ask('nobody', 'cpu', { most }, never), 'host_not_found');
  });
});
