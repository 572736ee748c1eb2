import { expect } from 'chai';
import { MoveOutcome, RebalanceState } from '../../common/gen/headframe/v1/rebalance_pb.js';
import type { RebalanceJob } from '../../common/gen/headframe/v1/rebalance_pb.js';
import { describeWithDocker } from '../support/docker.js';
import { countsOver } from '../support/engine-view.js';
import { script } from '../support/manifest.js';
import { RunningFleet } from '../support/running-fleet.js';

const STUBBORN = script("trap '' TERM; while :; do sleep 1; done");
const SMALL = { cpu: '200m', memory: '16MiB', disk: '16MiB' };

describeWithDocker('a rebalance', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: { cpu: '2' } });
    await fleet.apply(
      { name: 'worker', replicas: 6, stopGrace: '1s', resources: SMALL },
      // Takes its grace to end, so that one that begins too early is seen beside it.
      {
        name: 'holder',
        identity: 'hotkey-r',
        stopGrace: '1s',
        resources: { ...SMALL, cpu: '400m' },
        container: STUBBORN,
      },
    );
    await fleet.running('worker', 6);
    await fleet.running('holder', 1);
    await fleet.startAgent('beta', { cpu: '2' });
    await fleet.startAgent('gamma', { cpu: '2' });
    await fleet.hostsReady(3);
    await fleet.hosts.cordonHost({ host: 'gamma' });
  });
  after(() => fleet.close());

  /** Containers of a miner by host. */
  async function layout(miner: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { Config } of await fleet.containers(miner)) {
      const host = Config.Labels['headframe.host'] ?? '';
      counts[host] = (counts[host] ?? 0) + 1;
    }
    return counts;
  }

  const job = async (): Promise<RebalanceJob> => {
    const found = (await fleet.fleet.getRebalance({})).job;
    if (found === undefined) throw new Error('no rebalance was begun');
    return found;
  };

  it('is planned with what it gains, and the plan changes nothing', async () => {
    const { plan } = await fleet.fleet.planRebalance({});
    expect(plan?.unsettled).to.equal('');
    expect(plan?.moves.map(({ fromHostId, toHostId }) => [fromHostId, toHostId])).to.deep.equal(
      Array.from({ length: 4 }, () => [fleet.hostId('alpha'), fleet.hostId('beta')]),
    );
    expect(plan?.moves.every(({ gain, miner }) => gain > 0 && miner === 'worker')).to.equal(true);
    expect(plan?.after?.deviation).to.be.below(plan?.before?.deviation ?? 0);
    const shown = await fleet.headframe(['rebalance', '--plan']);
    expect([shown.code, shown.stdout.includes('beta')]).to.deep.equal([0, true]);
    expect((await fleet.fleet.getRebalance({})).job).to.equal(undefined);
    expect(await layout('worker')).to.deep.equal({ [fleet.hostId('alpha')]: 6 });
  });

  it('moves within its budget, the replacement first, survives its coordinator, and leaves identities alone', async () => {
    const holder = await fleet.container('holder');
    const beganAt = Date.now();
    const begun = await fleet.headframe(['rebalance', '--apply', '--moves-per-hour', '3', '--at-once', '1']);
    expect(begun.code, begun.stderr).to.equal(0);
    // Emptier than where the moves are planned to lead, so that only these take them there.
    await fleet.hosts.uncordonHost({ host: 'gamma' });
    await fleet.until('the first move', async () => (await job()).moves[0]?.outcome === MoveOutcome.MOVED);
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    await fleet.until('three moves', async () => {
      const { moves } = await job();
      return moves.filter(({ outcome }) => outcome === MoveOutcome.MOVED).length === 3;
    });
    await fleet.running('worker', 6);
    const standing = await fleet.until('the budget to be used up', async () => {
      const now = await job();
      return now.waitingFor !== '' && now;
    });
    expect(standing.state).to.equal(RebalanceState.RUNNING);
    expect(standing.moves.map(({ outcome }) => outcome)).to.deep.equal([
      ...[MoveOutcome.MOVED, MoveOutcome.MOVED, MoveOutcome.MOVED],
      MoveOutcome.PLANNED,
    ]);
    for (const { outcome, landedOnHostId } of standing.moves)
      if (outcome === MoveOutcome.MOVED) expect(landedOnHostId).to.equal(fleet.hostId('beta'));
    expect(await layout('worker')).to.deep.equal({ [fleet.hostId('alpha')]: 3, [fleet.hostId('beta')]: 3 });
    const events = await fleet.engineEvents(beganAt, 'worker');
    expect(countsOver(events, 6).least, 'never fewer than wanted').to.equal(6);
    expect((await fleet.container('holder')).Id, 'the identity stays').to.equal(holder.Id);
    expect(standing.now?.deviation).to.be.below(standing.before?.deviation ?? 0);
    await fleet.hosts.cordonHost({ host: 'gamma' });
  });

  it('is cancelled, and moves an identity with consent, down before it is up', async () => {
    const cancelled = await fleet.headframe(['rebalance', 'cancel']);
    expect(cancelled.code, cancelled.stderr).to.equal(0);
    await fleet.until('the end', async () => (await job()).state === RebalanceState.CANCELLED);
    await fleet.remove('worker');
    await fleet.apply({ name: 'ballast', identity: 'hotkey-b', resources: SMALL, constraints: onAlpha });
    await fleet.running('ballast', 1);
    expect((await fleet.fleet.planRebalance({})).plan?.moves).to.deep.equal([]);

    const beganAt = Date.now();
    const scope = { includeIdentities: true, miner: 'holder' };
    await fleet.fleet.applyRebalance({ scope });
    await fleet.until('the end', async () => (await job()).state === RebalanceState.FINISHED);
    expect(await layout('holder')).to.deep.equal({ [fleet.hostId('beta')]: 1 });
    expect(countsOver(await fleet.engineEvents(beganAt, 'holder'), 1)).to.deep.equal({ least: 0, most: 1 });
    await fleet.ended('holder', 'rebalanced');
  });
});

const onAlpha = [{ attribute: 'labels.name', values: ['alpha'] }];
