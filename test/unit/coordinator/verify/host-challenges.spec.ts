import { expect } from 'chai';
import type { VerdictRecord } from '../../../../common/model/verdict.js';
import { ALL } from '../../../../coordinator/verify/asking.js';
import { HostChallenges } from '../../../../coordinator/verify/host-challenges.js';
import type { HostChallengesParts } from '../../../../coordinator/verify/host-challenges.js';
import type { ChallengeWish } from '../../../../coordinator/verify/port.js';
import { ableHost } from '../../../support/challenge/schedule-view.js';
import { expectReason } from '../../../support/expect-reason.js';
import { startScheduler, instanceOf, putMiner } from '../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../support/scheduler-fixture.js';
import { sampleVerdict } from '../../../support/verdict-samples.js';

const never = new AbortController().signal;
const asked = { most: ALL };
const GIB = 2 ** 30;

function pending(): { promise: Promise<Partial<VerdictRecord>>; resolve: (what: Partial<VerdictRecord>) => void } {
  let resolve: (what: Partial<VerdictRecord>) => void = () => undefined;
  const promise = new Promise<Partial<VerdictRecord>>((give) => (resolve = give));
  return { promise, resolve };
}

describe('HostChallenges', () => {
  const wishes: ChallengeWish[] = [];
  let at: SchedulerFixture;
  beforeEach(async () => {
    at = await startScheduler((fleet) => {
      fleet.transact((tx) => tx.putHost(ableHost('host-1')));
    });
  });
  afterEach(() => at.stop());

  /** Challenges whose host works until `end` says what comes of it, or they are ended. */
  function challengesOf(end: Promise<Partial<VerdictRecord>>): HostChallenges {
    const run: HostChallengesParts['challenger']['run'] = async (wish, signal) => {
      const { id, preempted } = wish;
      wishes.push(wish);
      const ended = (reason: string, by = signal): Promise<Partial<VerdictRecord>> =>
        new Promise((resolve) => {
          by.addEventListener('abort', () => {
            resolve({ outcome: 'void', reason });
          });
        });
      const what = await Promise.race([
        end,
        ended('challenge_preempted', preempted ?? signal),
        ended('challenge_interrupted'),
      ]);
      return { verdict: sampleVerdict(id, what) };
    };
    let ids = 0;
    const newId = (): string => `id-${String((ids += 1))}`;
    return new HostChallenges({ fleet: at.fleet, rooms: at.scheduler.reservations, challenger: { run }, newId });
  }

  const freeCpu = (): number => at.scheduler.reservations.roomOn('host-1').cpuMillis;
  const reasons = (): string[] =>
    at.fleet
      .verdictsOf('host-1')
      .flatMap(({ verdicts }) => verdicts.map(({ outcome, reason }) => `${outcome} ${reason}`));

  it('keep what they ask for while the host works, and give it back', async () => {
    const end = pending();
    const challenges = challengesOf(end.promise);
    const verdict = challenges.ask('host-1', 'cpu', { most: { ...ALL, cpuMillis: 5_900, memoryBytes: GIB } }, never);
    expect(freeCpu()).to.equal(3_000);
    expect(challenges.running).to.deep.equal([{ id: 'id-1', hostId: 'host-1', type: 'cpu' }]);
    expect(challenges.hasRoom('host-1', 'cpu')).to.equal(true);
    end.resolve({});
    expect((await verdict).outcome).to.equal('passed');
    expect([freeCpu(), challenges.running.length]).to.deep.equal([8_000, 0]);
  });

  it('are void, and no failure, once an instance needs the room, which has it at once', async () => {
    const challenges = challengesOf(new Promise(() => undefined));
    const verdict = challenges.ask('host-1', 'memory', asked, never);
    const serial = putMiner(at.fleet, 'paying', 1, { cpu: 1_000, spec: { priority: 500 } });
    await at.settle();
    expect(instanceOf(at.fleet, serial).hostId).to.equal('host-1');
    expect((await verdict).reason).to.equal('challenge_preempted');
    expect(reasons()).to.deep.equal(['void challenge_preempted']);
    expect(at.fleet.host('host-1')?.verification?.quarantine).to.equal(undefined);
    expect(freeCpu()).to.equal(7_000);
  });

  it('give the room back whatever ends them, and say so where there is none', async () => {
    const broken = challengesOf(Promise.reject(new Error('the verifier is broken')));
    await broken.ask('host-1', 'cpu', asked, never).catch(() => undefined);
    expect([freeCpu(), broken.running.length]).to.deep.equal([8_000, 0]);
    at.scheduler.reservations.reserve('host-1', { cpuMillis: 7_500, memoryBytes: GIB, diskBytes: 0, gpus: 0 });
    await expectReason(broken.ask('host-1', 'cpu', asked, never), 'challenge_no_room');
    expect(broken.hasRoom('host-1', 'cpu')).to.equal(false);
    expect(reasons()).to.deep.equal([]);
  });

  it('end as void when the coordinator stops, before hosts that had committed seem to have gone away', async () => {
    const challenges = challengesOf(new Promise(() => undefined));
    const verdict = challenges.ask('host-1', 'cpu', asked, never);
    await challenges.stop();
    expect((await verdict).reason).to.equal('challenge_interrupted');
    expect(reasons()).to.deep.equal(['void challenge_interrupted']);
    await expectReason(challenges.ask('host-1', 'cpu', asked, never), 'challenge_interrupted');
    expect(reasons().length).to.equal(1);
  });

  it('of GPUs take all that nobody has, and are void where there are none that could be proven', async () => {
    const end = pending();
    const challenges = challengesOf(end.promise);
    const none = await challenges.ask('host-1', 'gpu', asked, never);
    expect([none.outcome, none.reason, challenges.hasRoom('host-1', 'gpu')]).to.deep.equal([
      'void',
      'challenge_no_gpu',
      false,
    ]);
    const gpu = (id: string) => ({ id, vendor: 'nvidia', model: 'm', memoryBytes: 24 * GIB });
    at.fleet.transact((tx) => {
      const { description, claimed, ...host } = ableHost('host-1');
      tx.putHost({
        ...host,
        description: { ...description, gpus: [gpu('GPU-1'), gpu('GPU-2')] },
        claimed: { ...claimed, gpus: 2 },
      });
    });
    // A prover of both needs a GiB for each, and a 128th of their memory.
    const little = { most: { ...ALL, memoryBytes: 2 * GIB } };
    await expectReason(challenges.ask('host-1', 'gpu', little, never), 'challenge_no_room');
    const verdict = challenges.ask('host-1', 'gpu', asked, never);
    expect(at.scheduler.reservations.gpusOn('host-1')).to.deep.equal([]);
    await expectReason(challenges.ask('host-1', 'gpu', asked, never), 'challenge_no_room');
    end.resolve({});
    await verdict;
    expect(at.scheduler.reservations.gpusOn('host-1')).to.deep.equal(['GPU-1', 'GPU-2']);
  });

  it('take as much as a lease has where they are asked for it, beside it, and say so where that is not there', async () => {
    const end = pending();
    const challenges = challengesOf(end.promise);
    const lease = { id: 'l-1', serial: 7, containerId: 'c', limits: { cpuMillis: 2_500, memoryBytes: GIB, pids: 70 } };
    const verdict = challenges.ask('host-1', 'memory', { ...asked, lease }, never);
    expect(freeCpu()).to.equal(5_500);
    expect(wishes.at(-1)).to.include({ subject: 'l-1/c/id-1', leaseSerial: 7 });
    expect(wishes.at(-1)?.limits).to.deep.equal(lease.limits);
    end.resolve({});
    await verdict;
    expect(freeCpu()).to.equal(8_000);
    const larger = { ...lease, limits: { ...lease.limits, cpuMillis: 8_001 } };
    await expectReason(challenges.ask('host-1', 'cpu', { ...asked, lease: larger }, never), 'challenge_lease_no_room');
  });

  it('reserve disk for a label that is to be made, and no more than there is', async () => {
    const end = pending();
    const challenges = challengesOf(end.promise);
    const before = at.scheduler.reservations.roomOn('host-1').diskBytes;
    const verdict = challenges.ask('host-1', 'disk', { most: { ...ALL, diskBytes: 3 * 2 ** 20 } }, never);
    expect(before - at.scheduler.reservations.roomOn('host-1').diskBytes).to.equal(2 * 2 ** 20);
    end.resolve({});
    await verdict;
    expect(at.scheduler.reservations.roomOn('host-1').diskBytes).to.equal(before);
  });
});
