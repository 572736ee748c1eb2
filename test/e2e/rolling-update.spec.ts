import { expect } from 'chai';
import type { MinerRevision, Rollout } from '../../common/gen/headframe/v1/miner_pb.js';
import { RevisionOutcome, RolloutCause, RolloutState } from '../../common/gen/headframe/v1/miner_pb.js';
import { describeWithDocker } from '../support/docker.js';
import { countsOver } from '../support/engine-view.js';
import { manifestOf, script } from '../support/manifest.js';
import type { ManifestParts } from '../support/manifest.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';

const UPDATE = { maxUnavailable: 0, maxSurge: 1, minHealthy: '300ms', progressDeadline: '4s', autoRollback: true };
/** Never passes, and fails at once. */
const SICK = { exec: { command: ['false'] }, interval: '200ms', retries: 1 };

describeWithDocker('rolling updates, by the command line and as the engine has them', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} });
  });
  after(() => fleet.close());

  function manifest(version: string, more: Partial<ManifestParts> = {}): string {
    return manifestOf({ name: 'roll', replicas: 3, update: UPDATE, ...more, container: { env: { VERSION: version } } });
  }

  /** The exit code of a command. */
  async function headframe(args: readonly string[], input?: string): Promise<number> {
    return (await fleet.headframe([...args], input)).code;
  }

  function apply(text: string): Promise<number> {
    return headframe(['apply', '-f', '-', '--wait', '--timeout', '30s'], text);
  }

  async function rollout(): Promise<Rollout> {
    const { rollout: found } = await fleet.miner('roll');
    if (found === undefined) throw new Error('the rollout is not told');
    return found;
  }

  async function revisions(): Promise<MinerRevision[]> {
    return (await fleet.fleet.getMinerHistory({ name: 'roll' })).revisions;
  }

  async function outcomes(): Promise<RevisionOutcome[]> {
    return (await revisions()).map(({ outcome }) => outcome);
  }

  /** Versions that run, sorted. */
  async function versions(): Promise<string[]> {
    const running = (await fleet.containers('roll')).filter(({ State }) => State.Running);
    return running.map(({ Config }) => Config.Env.find((one) => one.startsWith('VERSION=')) ?? '').sort();
  }

  it('make the surge first, so that never a replica less than wanted runs', async () => {
    expect(await apply(manifest('1'))).to.equal(0);
    await fleet.until('the first rollout to complete', async () => (await rollout()).state === RolloutState.COMPLETE);
    const beganAt = Date.now();
    expect(await apply(manifest('2'))).to.equal(0);
    expect(await versions()).to.deep.equal(['VERSION=2', 'VERSION=2', 'VERSION=2']);
    expect(countsOver(await fleet.engineEvents(beganAt, 'roll'), 3)).to.deep.equal({ least: 3, most: 4 });
    expect(await rollout()).to.include({ state: RolloutState.COMPLETE, cause: RolloutCause.APPLY, available: 3 });
    expect(await outcomes()).to.deep.equal([RevisionOutcome.COMPLETE, RevisionOutcome.COMPLETE]);
  });

  it('go back by themselves when the new ones never get well, also over a kill of the coordinator', async () => {
    await fleet.until('the replaced to be gone', async () => (await fleet.containers('roll')).length === 3);
    const before = (await fleet.containers('roll')).map(lifeOf);
    const waiting = apply(manifest('3', { health: SICK }));
    await fleet.until('the surge to run', async () => (await versions()).includes('VERSION=3'));
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    expect(await rollout()).to.include({ state: RolloutState.PROGRESSING, cause: RolloutCause.APPLY });
    expect(await waiting).to.equal(8);
    await fleet.until('the rollback to end', async () => (await rollout()).state === RolloutState.ROLLED_BACK);
    expect(await rollout()).to.include({ cause: RolloutCause.AUTO_ROLLBACK });
    await fleet.running('roll', 3);
    await fleet.until('three containers', async () => (await fleet.containers('roll')).length === 3);
    expect((await fleet.containers('roll')).map(lifeOf)).to.have.deep.members(before);
    const [failed, good] = await revisions();
    expect([failed?.outcome, good?.outcome, good?.current]).to.deep.equal([
      RevisionOutcome.ROLLED_BACK,
      RevisionOutcome.COMPLETE,
      true,
    ]);
    expect((await fleet.miner('roll')).spec?.health).to.equal(undefined);
  });

  it('fail and stay as they are without an automatic rollback, until somebody says what to do', async () => {
    const bad = manifest('4', { update: { ...UPDATE, progressDeadline: '4s', autoRollback: false }, health: SICK });
    expect(await apply(bad)).to.equal(8);
    expect(await rollout()).to.include({ state: RolloutState.FAILED });
    expect((await rollout()).why?.text).to.match(/roll-\d+ is \w+: \w+/);
    await fleet.until(
      'the surge to be taken back',
      async () => (await versions()).join() === 'VERSION=2,VERSION=2,VERSION=2',
    );
    expect(await headframe(['miners', 'rollback', 'roll', '--wait', '--timeout', '20s'])).to.equal(0);
    expect(await rollout()).to.include({ state: RolloutState.COMPLETE, cause: RolloutCause.ROLLBACK });
  });

  it('are paused half way, while scaling goes on, and resumed', async () => {
    const update = { maxUnavailable: 1, minHealthy: '20s' };
    const { code } = await fleet.headframe(['apply', '-f', '-'], manifest('5', { update }));
    expect(code).to.equal(0);
    await fleet.until('the first to be replaced', async () => (await versions()).includes('VERSION=5'));
    expect(await headframe(['miners', 'pause', 'roll'])).to.equal(0);
    await fleet.running('roll', 3);
    expect((await rollout()).state).to.equal(RolloutState.PAUSED);
    const paused = ['VERSION=2', 'VERSION=2', 'VERSION=5'];
    expect(await versions()).to.deep.equal(paused);
    expect(await headframe(['miners', 'scale', 'roll', '4', '--wait', '--timeout', '20s'])).to.equal(0);
    // Longer than the next step would have taken.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await versions()).to.deep.equal(['VERSION=2', ...paused]);
    expect(await headframe(['miners', 'restart', 'roll'])).to.equal(4);

    // How to go on may be changed meanwhile.
    const faster = { maxUnavailable: 4, minHealthy: '0s' };
    expect((await fleet.headframe(['apply', '-f', '-'], manifest('5', { replicas: 4, update: faster }))).code).to.equal(
      0,
    );
    expect(await headframe(['miners', 'resume', 'roll'])).to.equal(0);
    await fleet.until('the rollout to complete', async () => (await rollout()).state === RolloutState.COMPLETE);
    expect(new Set(await versions())).to.deep.equal(new Set(['VERSION=5']));
  });

  it('go back to a revision of the history by its number, with the replicas of now', async () => {
    const first = (await revisions()).at(-1)?.revision ?? 0n;
    const table = await fleet.headframe(['miners', 'history', 'roll']);
    expect(table.stdout).to.match(new RegExp(`^${String(first)} +good`, 'm'));
    const printed = await fleet.headframe(['miners', 'history', 'roll', '--manifest', String(first)]);
    expect(printed.stdout).to.include('VERSION: "1"');
    const to = ['--to', String(first), '--wait', '--timeout', '30s'];
    expect(await headframe(['miners', 'rollback', 'roll', ...to])).to.equal(0);
    await fleet.until('the old ones to be gone', async () => (await fleet.containers('roll')).length === 4);
    expect(await versions()).to.deep.equal(['VERSION=1', 'VERSION=1', 'VERSION=1', 'VERSION=1']);
    expect(await headframe(['miners', 'rollback', 'roll', '--to', '999999'])).to.equal(3);
  });

  it('end the holder of an identity before the next one begins', async () => {
    const holder = (version: string): string =>
      manifestOf({
        name: 'holder',
        identity: 'hotkey-9',
        update: { minHealthy: '0s' },
        // Takes a while to end, so that one that begins too early is seen beside it.
        stopGrace: '2s',
        container: { ...script("trap '' TERM; while :; do sleep 1; done"), env: { V: version } },
      });
    expect(await apply(holder('1'))).to.equal(0);
    const beganAt = Date.now();
    expect(await apply(holder('2'))).to.equal(0);
    expect(countsOver(await fleet.engineEvents(beganAt, 'holder'), 1)).to.deep.equal({ least: 0, most: 1 });
    const surging = manifestOf({ name: 'holder', identity: 'hotkey-9', update: { maxSurge: 1 } });
    expect(await headframe(['apply', '-f', '-'], surging)).to.equal(2);
  });
});
