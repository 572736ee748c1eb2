import { expect } from 'chai';
import type { AutoscaleSpec } from '../../../../common/model/autoscale.js';
import type { FleetEvent } from '../../../../common/model/event.js';
import { wantedReplicas } from '../../../../common/model/miner.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { Autoscaler } from '../../../../coordinator/autoscale/index.js';
import { LiveBoard } from '../../../../coordinator/sessions/index.js';
import { QUEUE, samplePolicy, sampleRule } from '../../../support/autoscale-samples.js';
import { FakeHearing } from '../../../support/fake-hearing.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { ManualClock } from '../../../support/manual-clock.js';
import { sampleUsage } from '../../../support/sample-usage.js';

const PERIOD_MS = 15_000;
const REQUEST_MILLIS = 1000;
const RESOURCES = { cpuMillis: REQUEST_MILLIS, memoryBytes: 2 ** 30, diskBytes: 2 ** 30, gpus: 0, pids: 0 };

describe('Autoscaler', () => {
  let fleet: Fleet;
  let clock: ManualClock;
  let board: LiveBoard;
  let bus: FakeHearing;
  let events: FleetEvent[];
  let stop: AbortController;
  let cpuNanos: number;
  let reports: number;

  beforeEach(async () => {
    ({ fleet, clock } = await openFleetFixture());
    board = new LiveBoard();
    bus = new FakeHearing();
    events = [];
    fleet.onApplied((commit) => events.push(...commit.events));
    stop = new AbortController();
    cpuNanos = 0;
    reports = 0;
  });
  afterEach(() => {
    stop.abort();
  });

  /** What the router counts. */
  let perSecond = 0;
  let latencies: ReadonlyMap<number, number> = new Map();
  const asked = {
    perSecond: (model: string) => (model === 'alpha' ? perSecond : NaN),
    latencyMs: (_model: string, serial: number) => latencies.get(serial) ?? 0,
  };

  function start(): Autoscaler {
    const parts = { fleet, board, bus, clock, asked, yieldTurn: () => Promise.resolve() };
    const autoscaler = new Autoscaler(parts, { periodMs: PERIOD_MS, usagePeriodMs: 10_000 });
    void autoscaler.start(stop.signal);
    return autoscaler;
  }

  function run(count: number, policy: AutoscaleSpec): void {
    const first = addMiner(fleet, { autoscale: policy, replicas: count, resources: RESOURCES }, count);
    fleet.transact((tx) => {
      for (let serial = first; serial < first + count; serial++)
        for (const state of ['assigned', 'preparing', 'starting', 'running'] as const)
          tx.updateInstance(serial, { state, hostId: 'host-1', reason: 'started', text: '' });
    });
  }

  /** Each running instance has used this much CPU since the last report. */
  function report(cpuMillis: number): void {
    reports += 1;
    cpuNanos += cpuMillis * 1000 * PERIOD_MS;
    const running = [...fleet.instancesOf('alpha')].filter(({ state }) => state === 'running');
    const { hostId, host, instances } = sampleUsage(
      'host-1',
      running.map(({ serial }) => serial),
    );
    const used = instances.map((usage) => ({ ...usage, cpuMillis, cpuNanos }));
    board.setUsage({ hostId, host: { ...host, atMs: reports * PERIOD_MS }, instances: used });
  }

  async function look(): Promise<void> {
    await clock.advanceAsync(PERIOD_MS);
  }

  function miner(): MinerRecord {
    const found = fleet.miner('alpha');
    if (found === undefined) throw new Error('the miner is gone');
    return found;
  }

  const scaled = (): FleetEvent[] => events.filter(({ reason }) => reason === 'miner_scaled');
  const decided = (autoscaler: Autoscaler): string | undefined => autoscaler.viewOf(miner())?.decided?.reason;

  it('writes what it chose into the record, with an event that has the why', async () => {
    run(2, samplePolicy());
    const autoscaler = start();
    report(1000);
    await look();
    expect(wantedReplicas(miner())).to.equal(4);
    expect(miner().spec.replicas).to.equal(2);
    expect(scaled().map(({ subject, id, severity }) => ({ subject, id, severity }))).to.deep.equal([
      { subject: 'miner', id: 'alpha', severity: 'info' },
    ]);
    expect(autoscaler.viewOf(miner())).to.deep.include({ desired: 4, min: 1, max: 10 });
    expect(autoscaler.viewOf(miner())?.metrics).to.deep.equal([
      { name: 'cpu', target: 50, value: 100, total: false, missing: '', known: 2, instances: 2 },
    ]);
    expect(autoscaler.viewOf(miner())?.lastStep).to.include({ from: 2, to: 4 });
  });

  it('follows what a model is asked, and from none again', async () => {
    perSecond = 45;
    run(2, samplePolicy({ min: 0, metrics: [{ kind: 'requests', target: 10 }] }));
    const autoscaler = start();
    await look();
    expect(wantedReplicas(miner())).to.equal(5);
    expect(miner().autoscale?.steps.at(-1)?.text).to.contain('requests is 45/s, target 10/s a replica');
    perSecond = 0;
    await look();
    expect(wantedReplicas(miner())).to.equal(0);
    perSecond = 0.1;
    await look();
    expect(wantedReplicas(miner())).to.equal(1);
    expect(autoscaler.viewOf(miner())?.metrics[0]).to.include({ name: 'requests', total: true, value: 0.1 });
  });

  it('follows how fast a model answers, on the average of its instances', async () => {
    run(2, samplePolicy({ metrics: [{ kind: 'latency', target: 500 }] }));
    const [first = 0, second = 0] = [...fleet.instancesOf('alpha')].map(({ serial }) => serial);
    latencies = new Map([
      [first, 1400],
      [second, 600],
    ]);
    const autoscaler = start();
    await look();
    expect(wantedReplicas(miner())).to.equal(4);
    expect(autoscaler.viewOf(miner())?.metrics[0]).to.include({ name: 'latency', value: 1000, known: 2 });
  });

  it('takes the mean from look to look, not the sample it meets', async () => {
    run(2, samplePolicy());
    start();
    report(500);
    await look();
    cpuNanos -= 250 * 1000 * PERIOD_MS; // a peak in the last sample alone
    report(750);
    await look();
    expect(scaled()).to.have.lengthOf(0);
  });

  it('holds when reports stay away, and tells so', async () => {
    run(4, samplePolicy());
    const autoscaler = start();
    report(500);
    await look();
    expect(decided(autoscaler)).to.equal('autoscale_steady');
    for (let looks = 0; looks < 3; looks++) await look();
    expect(decided(autoscaler)).to.equal('autoscale_metric_missing');
    expect(wantedReplicas(miner())).to.equal(4);
  });

  it('does not scale down before it has looked for a whole window, also after a restart', async () => {
    const scaleDown = sampleRule({ stabilisationMs: 4 * PERIOD_MS });
    run(4, samplePolicy({ scaleDown }));
    for (const life of ['first', 'second']) {
      const autoscaler = start();
      for (let looks = 0; looks < 4; looks++) {
        report(100);
        await look();
        expect(decided(autoscaler), `${life} life, look ${String(looks)}`).to.equal('autoscale_stabilising');
        if (life === 'first' && looks === 2) break;
      }
      if (life === 'second') {
        report(100);
        await look();
      } else {
        stop.abort();
        stop = new AbortController();
      }
    }
    expect(wantedReplicas(miner())).to.equal(1);
    expect(scaled()).to.have.lengthOf(1);
  });

  it('keeps the cool-down over a restart', async () => {
    run(2, samplePolicy({ scaleUp: sampleRule({ cooldownMs: 10 * PERIOD_MS }), metrics: [QUEUE] }));
    start();
    await clock.advanceAsync(0);
    bus.publish('work.queue', { value: 40 });
    await look();
    expect(wantedReplicas(miner())).to.equal(4);
    stop.abort();
    stop = new AbortController();
    const autoscaler = start();
    await clock.advanceAsync(0);
    bus.publish('work.queue', { value: 80 });
    await look();
    expect([wantedReplicas(miner()), decided(autoscaler)]).to.deep.equal([4, 'autoscale_cooldown']);
  });

  it('leaves a stopped miner alone and begins anew after it', async () => {
    run(2, samplePolicy());
    const autoscaler = start();
    fleet.transact((tx) => tx.putMiner({ ...miner(), stopped: true }));
    report(1000);
    await look();
    expect(decided(autoscaler)).to.equal('autoscale_paused');
    fleet.transact((tx) => tx.putMiner({ ...miner(), stopped: false }));
    report(1000);
    await look();
    expect(wantedReplicas(miner())).to.equal(4);
  });

  it('keeps to bounds that were moved, at once and for good', async () => {
    run(2, samplePolicy());
    start();
    report(500);
    await look();
    const spec = { ...miner().spec, autoscale: samplePolicy({ min: 5, metrics: [QUEUE] }) };
    fleet.transact((tx) => tx.putMiner({ ...miner(), spec }));
    expect(wantedReplicas(miner())).to.equal(5);
    await look();
    expect(miner().autoscale?.replicas).to.equal(5);
    expect(scaled()).to.have.lengthOf(0);
  });

  it('writes nothing while nothing is new', async () => {
    run(2, samplePolicy());
    start();
    report(500);
    await look();
    const { revision } = fleet;
    for (let looks = 0; looks < 3; looks++) {
      report(500);
      await look();
    }
    expect(fleet.revision).to.equal(revision);
  });

  it('reads a large miner in several turns, as one', async () => {
    let turns = 0;
    run(12_000, samplePolicy({ max: 20_000 }));
    const yieldTurn = (): Promise<void> => {
      turns += 1;
      return Promise.resolve();
    };
    const autoscaler = new Autoscaler(
      { fleet, board, bus, clock, yieldTurn, asked },
      { periodMs: PERIOD_MS, usagePeriodMs: 10_000 },
    );
    void autoscaler.start(stop.signal);
    report(750);
    await look();
    expect(turns).to.be.at.least(3);
    expect(autoscaler.viewOf(miner())?.metrics[0]).to.include({ known: 12_000, instances: 12_000, value: 75 });
    expect(wantedReplicas(miner())).to.equal(18_000);
  });
});
