import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { countsOver } from '../support/engine-view.js';
import { manifestOf, script } from '../support/manifest.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';

/** Half of a host of the fleet. */
const HALF = { cpu: '500m' };
/** Takes two seconds of the three that it is granted. */
const TIDY = script("trap 'sleep 2; exit 0' TERM; while :; do sleep 0.1; done");

describeWithDocker('instances that make room for others', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: { cpu: '1' }, beta: { cpu: '1' } });
  });
  after(() => fleet.close());
  afterEach(async () => {
    const { miners } = await fleet.fleet.listMiners({});
    await fleet.remove(...miners.map(({ spec }) => spec?.name ?? ''));
  });

  it('are named by the plan, stopped with their grace, told why, and come back when there is room', async () => {
    await fleet.apply(
      { name: 'lowest', priority: 'background', replicas: 2, resources: HALF, stopGrace: '3s', container: TIDY },
      { name: 'middle', priority: 'normal', replicas: 2, resources: HALF },
    );
    await fleet.running('lowest', 2);
    await fleet.running('middle', 2);
    const kept = (await fleet.containers('middle')).map(lifeOf);

    const manifest = manifestOf({ name: 'urgent', priority: 'high', resources: HALF });
    const planned = await fleet.headframe(['plan', '-f', '-', '--output', 'json'], manifest);
    expect(planned.code, planned.stderr).to.equal(0);
    const { plans } = JSON.parse(planned.stdout) as {
      plans: { preempted: { instanceId: string; priority: number }[] }[];
    }; // As JSON.
    const named = plans[0]?.preempted ?? [];
    expect(named.map(({ priority }) => priority)).to.deep.equal([100]);
    const table = await fleet.headframe(['plan', '-f', '-'], manifest);
    expect(table.stdout).to.include(named[0]?.instanceId);
    expect(await fleet.containers('lowest')).to.have.length(2);

    const beganAt = Date.now();
    await fleet.apply({ name: 'urgent', priority: 'high', resources: HALF });
    const why = await fleet.waiting('urgent', 'waiting_for_preemption');
    expect(why.text).to.match(/1 instance .* until \d{4}-/);
    const victim = await fleet.ended('lowest', 'preempted');
    expect(victim.id).to.equal(named[0]?.instanceId);
    await fleet.running('urgent', 1);

    const ends = (await fleet.engineEvents(beganAt, 'lowest')).filter(({ action }) => action === 'die');
    const starts = (await fleet.engineEvents(beganAt, 'urgent')).filter(({ action }) => action === 'start');
    expect([ends.length, starts.length]).to.deep.equal([1, 1]);
    // It used its grace, and was not cut short.
    expect((ends[0]?.timeNano ?? 0) / 1e6 - beganAt).to.be.greaterThan(1900);
    expect(starts[0]?.timeNano).to.be.greaterThan(ends[0]?.timeNano ?? Infinity);
    expect((await fleet.containers('middle')).map(lifeOf)).to.have.deep.members(kept);

    const events = await fleet.headframe(['events', '--output', 'json']);
    const told = events.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; reason: string }); // As JSON.
    expect(told.filter(({ reason }) => reason === 'preempting').map(({ id }) => id)).to.deep.equal(['urgent']);
    expect(told.filter(({ reason }) => reason === 'preempted').map(({ id }) => id)).to.include(victim.id);

    expect((await fleet.waiting('lowest', 'insufficient_cpu')).reason).to.equal('insufficient_cpu');
    await fleet.fleet.deleteMiner({ name: 'urgent' });
    await fleet.running('lowest', 2);
    expect(countsOver(await fleet.engineEvents(beganAt, 'urgent'), 0)).to.deep.equal({ least: 0, most: 1 });
  });

  it('end before a holder of the same identity starts, and a restart in between evicts nobody else', async () => {
    await fleet.apply(
      {
        name: 'holder',
        priority: 'low',
        resources: { cpu: '1' },
        identity: 'hotkey-1',
        stopGrace: '5s',
        container: TIDY,
      },
      { name: 'other', priority: 'low', resources: { cpu: '1' } },
    );
    await fleet.running('holder', 1);
    await fleet.running('other', 1);
    const other = lifeOf(await fleet.container('other'));
    const { hostId } = await fleet.instance('holder');
    const beganAt = Date.now();
    const constraints = [{ attribute: 'host.id', values: [hostId] }];
    await fleet.apply({ name: 'heir', priority: 'critical', resources: { cpu: '1' }, constraints });
    await fleet.waiting('heir', 'waiting_for_preemption');
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    await fleet.running('heir', 1);
    expect(lifeOf(await fleet.container('other'))).to.deep.equal(other);
    const ended = (await fleet.engineEvents(beganAt, 'holder')).filter(({ action }) => action === 'die');
    const started = (await fleet.engineEvents(beganAt, 'heir')).filter(({ action }) => action === 'start');
    expect(ended).to.have.length(1);
    expect(started[0]?.timeNano).to.be.greaterThan(ended[0]?.timeNano ?? Infinity);
    expect(await fleet.containers('holder')).to.satisfy((left: readonly { State: { Running: boolean } }[]) =>
      left.every(({ State }) => !State.Running),
    );
    await fleet.fleet.deleteMiner({ name: 'heir' });
    await fleet.running('holder', 1);
  });
});
