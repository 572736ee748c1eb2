import { expect } from 'chai';
import type { VerdictRecord } from '../../../../common/model/verdict.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { Challenger } from '../../../../coordinator/verify/challenger.js';
import { HostChallenges } from '../../../../coordinator/verify/host-challenges.js';
import type { ChallengeWish } from '../../../../coordinator/verify/port.js';
import { secretChance } from '../../../../coordinator/verify/schedule/chance.js';
import { ChallengeSchedule } from '../../../../coordinator/verify/schedule/loop.js';
import type { ScheduleSettings } from '../../../../coordinator/verify/schedule/settings.js';
import { HOUR_MS, ableHost, hostOfParts } from '../../../support/challenge/schedule-view.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { roomsOf } from '../../../support/rooms.js';
import type { HostRecord } from '../../../../common/model/host.js';

const MINUTE_MS = 60_000;
const WORK_MS = 30_000;
const settings: ScheduleSettings = {
  types: ['cpu', 'memory'],
  ...{ intervalMs: 12 * HOUR_MS, firstMs: 10 * MINUTE_MS, confirmMs: 10 * MINUTE_MS, mostAtOnce: 2 },
};

/** How a host in these tests answers its n-th challenge. */
type Answers = (hostId: string, nth: number) => Pick<VerdictRecord, 'outcome' | 'reason'>;

const passes: Answers = () => ({ outcome: 'passed', reason: 'challenge_passed' });

/** Hosts that take half a minute for everything, asked by a schedule of its own. */
class Scene {
  readonly at: FleetFixture;
  readonly asked: { readonly hostId: string; readonly atMs: number; readonly sweep: string }[] = [];
  mostAtOnce = 0;
  isBraked = false;
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;

  constructor(at: FleetFixture, answers: Answers) {
    this.at = at;
    const { fleet, clock } = at;
    const underWay = new Map<string, string>();
    const run = async (wish: ChallengeWish, signal: AbortSignal): ReturnType<Challenger['run']> => {
      const { id, hostId, sweep, claimed, parameters } = wish;
      expect([...underWay.values()]).not.to.include(hostId);
      underWay.set(id, hostId);
      this.mostAtOnce = Math.max(this.mostAtOnce, underWay.size);
      const nth = this.asked.filter((one) => one.hostId === hostId).length;
      this.asked.push({ hostId, atMs: clock.nowMs(), sweep });
      await wish.seat?.arrive();
      const isStopped = await clock.sleep(WORK_MS, signal).then(
        () => false,
        () => true,
      );
      underWay.delete(id);
      const judged = isStopped ? ({ outcome: 'void', reason: 'challenge_interrupted' } as const) : answers(hostId, nth);
      const what = { id, hostId, type: parameters.type, claimed, units: 1, text: '', sweep };
      return { verdict: { ...what, ...judged, proveMs: WORK_MS, verifyMs: 1, atMs: clock.nowMs() } };
    };
    let ids = 0;
    const newId = (): string => `id-${String((ids += 1))}`;
    const challenges = new HostChallenges({ fleet, rooms: roomsOf(fleet, clock), challenger: { run }, newId });
    const schedule = new ChallengeSchedule(
      {
        ...{ fleet, challenges, clock, newId, logger: silentLogger },
        addressesOf: () => [],
        isBraked: () => this.isBraked,
        chance: secretChance(Buffer.alloc(32, 7)),
      },
      settings,
    );
    this.#over = schedule.start(this.#stop.signal);
  }

  static async open(hosts: readonly HostRecord[], answers: Answers = passes): Promise<Scene> {
    const at = await openFleetFixture();
    const joinedAtMs = at.clock.nowMs();
    at.fleet.transact((tx) => {
      for (const host of hosts) tx.putHost({ ...host, joinedAtMs });
    });
    return new Scene(at, answers);
  }

  verdictsOf(hostId: string): readonly VerdictRecord[] {
    return this.at.fleet.verdictsOf(hostId).flatMap(({ verdicts }) => verdicts);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#over;
  }
}

describe('challenges by schedule', function () {
  this.timeout(20_000);

  it('ask every host soon after it has joined, then by chance about the interval, within the bound', async () => {
    const hosts = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ableHost(id));
    const scene = await Scene.open(hosts);
    await scene.at.clock.advanceAsync(15 * MINUTE_MS);
    const proven = (hostId: string) => Object.keys(scene.at.fleet.host(hostId)?.verification?.verified ?? {});
    for (const { id } of hosts) expect(proven(id)).to.deep.equal(['cpu', 'memory']);
    expect(scene.mostAtOnce).to.equal(2);
    const first = scene.asked.length;
    await scene.at.clock.advanceAsync(4 * 24 * HOUR_MS);
    // Of each host and type once in twelve hours: 96 in four days, five standard deviations either way.
    expect(scene.asked.length - first).to.be.within(50, 150);
    expect(scene.mostAtOnce).to.equal(2);
    const gaps = new Set(scene.asked.map(({ atMs }) => atMs % HOUR_MS));
    expect(gaps.size).to.be.greaterThan(20);
    await scene.stop();
  });

  it('confirm a first failure soon: chance is cleared, and what fails again is quarantined and left alone', async () => {
    const late = { outcome: 'failed', reason: 'challenge_late' } as const;
    const answers: Answers = (hostId, nth) =>
      hostId === 'slow' || (hostId === 'unlucky' && nth === 0) ? late : passes(hostId, nth);
    const scene = await Scene.open([ableHost('slow'), ableHost('unlucky')], answers);
    await scene.at.clock.advanceAsync(45 * MINUTE_MS);
    expect(scene.at.fleet.host('slow')?.verification?.quarantine?.reason).to.equal('challenge_late');
    expect(scene.at.fleet.host('unlucky')?.verification?.quarantine).to.equal(undefined);
    const outcomes = new Set(scene.verdictsOf('unlucky').map(({ outcome }) => outcome));
    expect([...outcomes].sort()).to.deep.equal(['failed', 'passed']);
    const asked = scene.asked.filter(({ hostId }) => hostId === 'slow').length;
    await scene.at.clock.advanceAsync(24 * HOUR_MS);
    expect(scene.asked.filter(({ hostId }) => hostId === 'slow').length).to.equal(asked);
    await scene.stop();
  });

  it('ask hosts that may be one machine at one moment, under one sweep', async () => {
    const scene = await Scene.open([hostOfParts('a', 'x'), hostOfParts('b', 'x'), ableHost('apart')]);
    await scene.at.clock.advanceAsync(24 * HOUR_MS);
    const momentsOf = (id: string) =>
      scene.asked.filter(({ hostId }) => hostId === id).map(({ atMs, sweep }) => `${String(atMs)} ${sweep}`);
    expect(momentsOf('a')).to.have.length.greaterThan(3);
    expect(momentsOf('a')).to.deep.equal(momentsOf('b'));
    expect(scene.asked.every(({ hostId, sweep }) => (sweep === '') === (hostId === 'apart'))).to.equal(true);
    expect(scene.verdictsOf('a').every(({ outcome, sweep }) => outcome === 'passed' && sweep !== '')).to.equal(true);
    await scene.stop();
  });

  it('take no pass for one where a sibling went away meanwhile', async () => {
    const lost = { outcome: 'void', reason: 'challenge_lost' } as const;
    const scene = await Scene.open([hostOfParts('a', 'x', 'y'), hostOfParts('b', 'x', 'y')], (hostId, nth) =>
      hostId === 'b' ? lost : passes(hostId, nth),
    );
    await scene.at.clock.advanceAsync(24 * HOUR_MS);
    const reasons = new Set(scene.verdictsOf('a').map(({ outcome, reason }) => `${outcome} ${reason}`));
    expect([...reasons]).to.deep.equal(['void challenge_window_missed']);
    expect(scene.at.fleet.host('a')?.verification?.verified ?? {}).to.deep.equal({});
    await scene.stop();
  });

  it('note why a host was not asked that has no room, and ask it once it has', async () => {
    const scene = await Scene.open([ableHost('full')]);
    const resources = { cpuMillis: 7_500, memoryBytes: 2 ** 30, diskBytes: 0, gpus: 0, pids: 0 };
    const serial = addMiner(scene.at.fleet, { resources }, 1);
    assign(scene.at.fleet, serial, 'full');
    await scene.at.clock.advanceAsync(12 * MINUTE_MS);
    expect(scene.asked).to.deep.equal([]);
    expect(scene.verdictsOf('full').map(({ outcome, reason }) => `${outcome} ${reason}`)).to.include(
      'void challenge_no_room',
    );
    scene.at.fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopped', reason: 'stopped', text: '' }));
    await scene.at.clock.advanceAsync(2 * HOUR_MS);
    expect(scene.asked.length).to.equal(2);
    await scene.stop();
  });

  it('wait while so many hosts are silent that it may be the coordinator, and end as void when it stops', async () => {
    const scene = await Scene.open([ableHost('a')]);
    scene.isBraked = true;
    await scene.at.clock.advanceAsync(HOUR_MS);
    expect(scene.asked).to.deep.equal([]);
    scene.isBraked = false;
    await scene.at.clock.advanceAsync(WORK_MS);
    expect(scene.asked.length).to.equal(1);
    await scene.stop();
    expect(scene.verdictsOf('a').map(({ reason }) => reason)).to.deep.equal(['challenge_interrupted']);
    expect(scene.at.clock.pendingTimers).to.equal(0);
  });
});
