import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { manifestOf, script } from '../support/manifest.js';
import { RunningFleet } from '../support/running-fleet.js';

/** Fails at once, is not started again on its host, and is retried by the fleet every quarter of a second or so. */
const CRASHING = { priority: 1000, restart: 'never', container: script('exit 7') } as const;

describeWithDocker('miners that keep failing', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} });
  });
  after(() => fleet.close());

  async function reasons(miner: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { events } of fleet.fleet.streamEvents({ miner }, { timeoutMs: 10_000 }))
      found.push(...events.map(({ reason }) => reason));
    return found;
  }

  /** Instances that there ever were. */
  async function lastSerial(miner: string): Promise<number> {
    return Number((await fleet.instances(miner, { ended: true })).at(-1)?.serial ?? 0);
  }

  it('are given up after as many failures as allowed, stay so over a kill of the coordinator, and are released', async () => {
    const retry = { maxFailures: 3, window: '10m' };
    const restart = { condition: 'onFailure', maxAttempts: 1, backoff: '50ms' };
    const crasher = manifestOf({ ...CRASHING, name: 'crasher', retry, restart });
    const waiting = fleet.headframe(['apply', '-f', '-', '--wait', '--timeout', '30s'], crasher);
    await fleet.until('a failure to be counted', async () => (await reasons('crasher')).includes('retry_backoff'));
    // Half way: what was counted is not counted again, nor forgotten.
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    expect((await waiting).code).to.equal(8);

    const { quarantine, counts } = await fleet.miner('crasher');
    expect(quarantine).to.include({ reason: 'restart_limit', failures: 3 });
    expect(counts).to.include({ desired: 1, pending: 0, running: 0 });
    await fleet.waiting('crasher', 'quarantined');
    expect((await fleet.instances('crasher', { ended: true })).length).to.equal(3);
    const told = await reasons('crasher');
    expect(told.filter((reason) => reason === 'retry_backoff')).to.have.length(1);
    expect(told.filter((reason) => reason === 'quarantined')).to.have.length(1);

    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    const last = await lastSerial('crasher');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await lastSerial('crasher')).to.equal(last);
    const listed = await fleet.headframe(['miners', 'ls']);
    expect(listed.stdout).to.match(/^crasher .*quarantined/m);

    expect((await fleet.headframe(['miners', 'release', 'crasher'])).code).to.equal(0);
    await fleet.until('it to be tried again', async () => (await lastSerial('crasher')) > last);
    await fleet.waiting('crasher', 'quarantined');
    await fleet.remove('crasher');
  });

  it('are not given up for a part of them, and are tried again at once when mended', async () => {
    // The first of the replicas to start takes the lock, and so does the next; the third and last finds none left.
    const line = 'for n in 1 2; do mkdir /shared/$n 2>/dev/null && exec sleep 100000; done; exit 7';
    const mounts = [{ target: '/shared', volume: `hf-quarantine-${fleet.hostId('alpha')}` }];
    const retry = { maxFailures: 2, window: '10m' };
    const partly = { ...CRASHING, name: 'partly', replicas: 3, retry, container: { ...script(line), mounts } };
    await fleet.apply({ ...partly, restart: { condition: 'onFailure', maxAttempts: 1, backoff: '50ms' } });
    await fleet.until('five failures', async () => (await lastSerial('partly')) - (await firstSerial('partly')) >= 7);
    expect((await fleet.miner('partly')).quarantine).to.equal(undefined);
    await fleet.apply({ ...partly, container: { command: ['sleep', '100000'] }, update: { minHealthy: '0s' } });
    await fleet.running('partly', 3);
    await fleet.remove('partly');
  });

  async function firstSerial(miner: string): Promise<number> {
    return Number((await fleet.instances(miner, { ended: true }))[0]?.serial ?? 0);
  }
});
