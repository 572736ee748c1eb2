import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Health, InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import { describeWithDocker } from '../support/docker.js';
import { script } from '../support/manifest.js';
import type { ManifestParts } from '../support/manifest.js';
import { RunningFleet } from '../support/running-fleet.js';

// An exec is paid for by the container: with less CPU it would take longer than its timeout.
const resources = { cpu: '500m' };
const QUICK = { interval: '300ms', timeout: '3s', retries: 2 };

describeWithDocker('containers that end or fall ill', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} });
  });
  after(() => fleet.close());

  async function starts(miner: string, sinceMs: number): Promise<number> {
    return (await fleet.engineEvents(sinceMs, miner)).filter(({ action }) => action === 'start').length;
  }

  async function reasonsSince(revision: bigint, miner: string): Promise<string[]> {
    const reasons: string[] = [];
    for await (const { events } of fleet.fleet.streamEvents({ afterRevision: revision, miner }))
      reasons.push(...events.map(({ reason }) => reason));
    return reasons;
  }

  it('are started again ever more slowly, and never in a hot loop', async () => {
    const beganAt = Date.now();
    const restart = { maxAttempts: 0, backoff: '500ms', maxBackoff: '1m' };
    await fleet.apply({ name: 'crasher', restart, container: script('exit 7') });
    const waiting = await fleet.until('the backoff to be told', async () => {
      const instance = await fleet.instance('crasher');
      return instance.restarts >= 2 && instance.state === InstanceState.STARTING && instance;
    });
    expect(waiting).to.include({ reason: 'exited_error', exitCode: 7 });
    await sleep(Math.max(0, beganAt + 8_000 - Date.now()));
    // Starts at 0, 0.5, 1.5, 3.5 and 7.5 s, each a little later for the start itself.
    expect(await starts('crasher', beganAt)).to.be.within(3, 5);
    expect(await fleet.containers('crasher')).to.have.length(1);
    await fleet.remove('crasher');
  });

  it('are given up at the restart limit and replaced after a backoff of the fleet', async () => {
    const beganAt = Date.now();
    const restart = { maxAttempts: 2, backoff: '100ms' };
    await fleet.apply({ name: 'limited', restart, container: script('exit 9') });
    const given = await fleet.ended('limited', 'restart_limit');
    expect(given).to.include({ exitCode: 9, state: InstanceState.FAILED });
    expect(await starts('limited', beganAt)).to.equal(3);
    await fleet.waiting('limited', 'retry_backoff');

    const next = await fleet.until('a replacement', async () => (await fleet.instances('limited'))[0]);
    expect(next.createdAtMs - given.changedAtMs >= 2_000n).to.equal(true);
    expect(next.serial > given.serial).to.equal(true);
    await fleet.remove('limited');
  });

  it('are not started again where the manifest says so', async () => {
    const beganAt = Date.now();
    await fleet.apply(
      { name: 'once', restart: 'never', container: script('exit 1') },
      { name: 'done', restart: 'onFailure', container: script('exit 0') },
    );
    await fleet.ended('once', 'exited_error');
    await fleet.ended('done', 'completed');
    await sleep(3_000);
    expect([await starts('once', beganAt), await starts('done', beganAt)]).to.deep.equal([1, 1]);
  });

  /** Applies a miner whose health goes with a file, takes the file away, and sees that the container is begun again. */
  async function expectCure(parts: ManifestParts): Promise<void> {
    const { revision } = await fleet.fleet.getFleetStatus({});
    await fleet.apply({ ...parts, resources });
    await fleet.running(parts.name, 1);
    expect((await fleet.instance(parts.name)).health).to.equal(Health.HEALTHY);
    const before = await fleet.container(parts.name);
    await fleet.engine.shell(before.Id, 'rm -f /tmp/www/ok; kill $(cat /server.pid 2>/dev/null) 2>/dev/null');
    const cured = await fleet.until('the container to be begun again and healthy', async () => {
      const instance = await fleet.instance(parts.name);
      return instance.restarts === 1 && instance.health === Health.HEALTHY && instance;
    });
    const after = await fleet.container(parts.name);
    expect(after.Id).to.equal(cured.containerId);
    expect(after.State.StartedAt).not.to.equal(before.State.StartedAt);
    expect(await reasonsSince(revision, parts.name)).to.include('became_unhealthy');
    await fleet.remove(parts.name);
  }

  const restart = { backoff: '100ms' };
  const ports = [{ name: 'web', container: 8080 }];

  it('are begun again when a command inside says they are ill', () =>
    expectCure({
      name: 'by-exec',
      restart,
      container: script('mkdir -p /tmp/www; touch /tmp/www/ok; exec sleep 100000'),
      health: { exec: { command: ['test', '-f', '/tmp/www/ok'] }, ...QUICK },
    }));

  it('are begun again when they answer by HTTP with an error', () =>
    expectCure({
      name: 'by-http',
      restart,
      container: {
        ...script('mkdir -p /tmp/www; echo yes > /tmp/www/ok; exec httpd -f -p 8080 -h /tmp/www'),
        network: 'bridge',
        ports,
      },
      health: { http: { port: 8080, path: '/ok' }, ...QUICK },
    }));

  it('are begun again when their port is closed', () =>
    expectCure({
      name: 'by-tcp',
      restart,
      container: {
        ...script('httpd -f -p 8080 -h / & echo $! > /server.pid; exec sleep 100000'),
        network: 'bridge',
        ports,
      },
      health: { tcp: { port: 8080 }, ...QUICK },
    }));

  it('are not judged before their start period is over', async () => {
    const health = { exec: { command: ['test', '-f', '/late'] }, ...QUICK, startPeriod: '20s' };
    const line = 'sleep 3; touch /late; exec sleep 100000';
    await fleet.apply({ name: 'slow', restart, health, resources, container: script(line) });
    await fleet.until('the first check', async () => (await fleet.instance('slow')).reason === 'health_checking');
    await fleet.running('slow', 1);
    expect(await fleet.instance('slow')).to.include({ restarts: 0, health: Health.HEALTHY });
  });
});
