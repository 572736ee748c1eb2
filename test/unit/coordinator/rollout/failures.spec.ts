import { expect } from 'chai';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import type { FailureSeries } from '../../../../common/model/rollout.js';
import { retryDelayMs } from '../../../../coordinator/rollout/policy.js';
import { HOUR, NOW, brief, failed, pending, plan, running, times } from '../../../support/rollout-scene.js';
import type { Scene } from '../../../support/rollout-scene.js';

describe('the rollout plan of failing instances', () => {
  const failedAt = (agoMs: number): Partial<InstanceRecord> => ({
    ...failed,
    changedAtMs: NOW - agoMs,
    startedAtMs: NOW - agoMs - 1000,
  });
  const retryInMs = (priority: number, ...agos: number[]): number =>
    (plan({ spec: { priority }, instances: agos.map(failedAt) }).wakeAtMs ?? NaN) - NOW;

  it('waits longer the longer the series of failures lasts, and says why meanwhile', () => {
    expect(retryInMs(500, 0)).to.equal(retryDelayMs(500, 0, 1));
    expect(retryInMs(500, 30_000, 0)).to.equal(retryDelayMs(500, 30_000, 2));
    expect(retryInMs(500, 3_000_000, 0)).to.equal(retryDelayMs(500, 3_000_000, 2));
    expect(plan({ instances: [failedAt(0)] }).why).to.include({ reason: 'retry_backoff', atMs: NOW });
    expect(plan({ instances: [failedAt(0), running] }).why).to.equal(undefined);
  });

  it('tries again sooner, and for longer, with higher priority', () => {
    for (const agos of [[0], [30_000, 0], [3_000_000, 0]]) {
      const waits = [900, 500, 100].map((priority) => retryInMs(priority, ...agos));
      expect(waits).to.deep.equal([...waits].sort((a, b) => a - b));
      expect(new Set(waits).size).to.equal(3);
    }
  });

  it('spreads what failed together over a quarter of the delay, the same way each time', () => {
    const delays = Array.from({ length: 100 }, (_, serial) => retryDelayMs(500, 60_000, serial));
    expect(Math.min(...delays)).to.be.within(60_000, 61_000);
    expect(Math.max(...delays)).to.be.within(74_000, 75_000);
    expect(new Set(delays).size).to.be.above(95);
    expect(delays[7]).to.equal(retryDelayMs(500, 60_000, 7));
  });

  it('counts any number of replicas that fail together once', () => {
    const scene = { spec: { replicas: 50 }, instances: times(50, failedAt(0)) };
    const { decisions, ...rest } = plan(scene);
    expect(decisions).to.have.length(1);
    expect(decisions[0]).to.deep.include({ kind: 'countFailures', begins: true });
    expect(decisions[0]).to.have.nested.property('failures.countedAtMs.length', 1);
    expect(brief(rest)).to.deep.equal([]);
  });

  const known = (patch: Partial<FailureSeries>): FailureSeries => ({
    firstAtMs: NOW - 60_000,
    countedAtMs: [NOW - 60_000],
    countedSerial: 0,
    forgivenSerial: 0,
    lastAtMs: NOW - 60_000,
    lastInstance: 'alpha-1',
    lastReason: 'exited_error',
    lastText: '',
    ...patch,
  });

  it('knows when the series began though its first failures are forgotten, and tells of it once', () => {
    const scene = { miner: { failures: known({ firstAtMs: NOW - 120_000 }) }, instances: [failedAt(0)] };
    expect(plan(scene).wakeAtMs).to.equal(NOW + retryDelayMs(500, 120_000, 1));
    expect(plan(scene).decisions).to.have.length(1);
    expect(plan(scene).decisions[0]).to.include({ begins: false });
  });

  it('begins a new series after a long run or a long time', () => {
    const ran = { ...failed, changedAtMs: NOW, startedAtMs: NOW - HOUR };
    expect(plan({ miner: { failures: known({}) }, instances: [ran] }).wakeAtMs).to.equal(NOW + retryDelayMs(500, 0, 1));
    const old = known({ firstAtMs: NOW - 3 * HOUR, lastAtMs: NOW - 2 * HOUR });
    const plans = [
      plan({ miner: { failures: old }, instances: [failedAt(0)] }),
      plan({ instances: [failedAt(2 * HOUR), failedAt(0)] }),
    ];
    expect(plans.map(({ wakeAtMs }) => wakeAtMs)).to.deep.equal(
      [1, 2].map((serial) => NOW + retryDelayMs(500, 0, serial)),
    );
    expect(plans.map(({ decisions }) => decisions[0])).to.have.nested.property('[0].begins', true);
  });

  it('counts a failure of what was created before the last one that counted with that one', () => {
    const counted = (countedSerial: number): unknown =>
      plan({ miner: { failures: known({ countedSerial }) }, instances: [running, failedAt(0)] }).decisions;
    expect(counted(2)).to.deep.equal([]);
    expect(counted(1))
      .to.have.nested.property('[0].failures.countedAtMs')
      .that.deep.equals([NOW - 60_000, NOW]);
  });

  it('forgets failures that left the window, and waits for none that was forgiven', () => {
    const retry = { maxFailures: 3, windowMs: HOUR };
    const countedAtMs = [NOW - 2 * HOUR, NOW - 10];
    const scene = { spec: { retry }, miner: { failures: known({ countedAtMs }) }, instances: [failedAt(0)] };
    expect(plan(scene).decisions[0])
      .to.have.nested.property('failures.countedAtMs')
      .that.deep.equals([NOW - 10, NOW]);
    const forgiven = known({ firstAtMs: 0, countedAtMs: [], countedSerial: 1, forgivenSerial: 1 });
    expect(brief(plan({ miner: { failures: forgiven }, instances: [failedAt(0)] }))).to.deep.equal(['create 1 queued']);
  });

  describe('too often', () => {
    const retry = { maxFailures: 3, windowMs: HOUR };
    const failures = known({ countedAtMs: [NOW - 30, NOW - 20, NOW - 10], countedSerial: 9, forgivenSerial: 9 });

    it('gives the miner up, and makes nothing more', () => {
      const scene = { spec: { retry }, miner: { failures }, instances: [pending] };
      const { decisions, why, ...rest } = plan(scene);
      expect(decisions.at(-1)).to.deep.include({ kind: 'quarantine' });
      expect(decisions.at(-1)).to.have.nested.property('quarantine.failures', 3);
      expect(brief(rest)).to.deep.equal(['remove 1 quarantined']);
      expect(why?.reason).to.equal('quarantined');
    });

    const spared: [string, Scene][] = [
      ['half of what is wanted works', { spec: { retry, replicas: 2 }, instances: [running] }],
      ['its policy sets no limit', { spec: { retry: { ...retry, maxFailures: 0 } } }],
      ['the failures are not recent', { spec: { retry: { maxFailures: 3, windowMs: 15 } } }],
    ];
    for (const [when, scene] of spared)
      it(`goes on when ${when}`, () =>
        expect(brief(plan({ ...scene, miner: { failures } }))).to.deep.equal(['create 1 queued']));

    it('keeps what runs, lets it be stopped, and ends what has to leave its host', () => {
      const quarantine = { reason: 'exited_error', text: '', atMs: NOW, failures: 3, instance: 'alpha-9' };
      const scene = { spec: { replicas: 3 }, miner: { quarantine } };
      expect(brief(plan({ ...scene, instances: [running] }))).to.deep.equal([]);
      const hosts = { d: { draining: true } };
      expect(brief(plan({ ...scene, instances: [running, { hostId: 'd' }], hosts }))).to.deep.equal([
        'stop 2 host_drained',
      ]);
    });
  });
});
