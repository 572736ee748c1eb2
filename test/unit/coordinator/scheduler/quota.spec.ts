import { expect } from 'chai';
import { NO_QUOTA } from '../../../../common/model/namespace.js';
import type { NamespaceQuota } from '../../../../common/model/namespace.js';
import { applyNamespace } from '../../../../coordinator/namespaces/index.js';
import { placementSpec } from '../../../support/placement-samples.js';
import type { DemandShape } from '../../../support/placement-samples.js';
import { instancesByHost, putHost, putMiner, setState, startScheduler } from '../../../support/scheduler-fixture.js';
import type { SchedulerFixture } from '../../../support/scheduler-fixture.js';

const limit = ({ fleet }: Pick<SchedulerFixture, 'fleet'>, name: string, quota: Partial<NamespaceQuota> = {}): void => {
  fleet.transact((tx) => applyNamespace(tx, { name, description: '', labels: {}, quota: { ...NO_QUOTA, ...quota } }));
};

const within = (namespace: string, shape: DemandShape = {}): DemandShape => ({
  ...shape,
  spec: { namespace, ...shape.spec },
});

/** How many of a miner's instances have a host, and how many wait. */
function standing({ fleet }: SchedulerFixture, miner: string): { placed: number; waiting: number } {
  const { '': waiting = 0, ...placed } = instancesByHost(fleet, miner);
  return { placed: Object.values(placed).reduce((sum, count) => sum + count, 0), waiting };
}

describe('the scheduler and the quotas of namespaces', () => {
  let at: SchedulerFixture;
  beforeEach(async () => {
    at = await startScheduler((fleet) => {
      for (const id of ['h1', 'h2']) putHost(fleet, id, { cpu: 50_000 });
    });
  });
  afterEach(() => at.stop());

  it('places as many of a miner as the quota leaves, and tells the rest why they wait', async () => {
    limit(at, 'team', { cpuMillis: 5000 });
    const first = putMiner(at.fleet, 'alpha', 8, within('team'));
    await at.settle();
    expect(standing(at, 'alpha')).to.deep.equal({ placed: 5, waiting: 3 });
    expect(at.scheduler.why('alpha')).to.include({ reason: 'quota_exceeded' });
    expect(at.fleet.instance(first + 7)?.reason).to.equal('quota_exceeded');
    expect(at.scheduler.useOf('team')).to.deep.include({ waiting: 3 });
    expect(at.scheduler.useOf('team').used).to.include({ cpuMillis: 5000, instances: 5 });
  });

  it('holds nobody of another namespace back, of the same shape or not', async () => {
    limit(at, 'team', { instances: 1 });
    putMiner(at.fleet, 'alpha', 3, within('team', { spec: { priority: 900 } }));
    putMiner(at.fleet, 'beta', 3, {});
    await at.settle();
    expect([standing(at, 'alpha').placed, standing(at, 'beta').placed]).to.deep.equal([1, 3]);
  });

  it('starts what waits as soon as use falls, and no more than that', async () => {
    limit(at, 'team', { instances: 2 });
    const first = putMiner(at.fleet, 'alpha', 4, within('team'));
    await at.settle();
    setState(at.fleet, first, 'stopped');
    await at.settle();
    expect(standing(at, 'alpha')).to.deep.equal({ placed: 3, waiting: 1 });
    expect(at.scheduler.useOf('team').used.instances).to.equal(2);
  });

  it('starts what waits as soon as the quota rises or is lifted', async () => {
    limit(at, 'team', { instances: 1 });
    putMiner(at.fleet, 'alpha', 4, within('team'));
    await at.settle();
    limit(at, 'team', { instances: 3 });
    await at.settle();
    expect(standing(at, 'alpha')).to.deep.equal({ placed: 3, waiting: 1 });
    limit(at, 'team');
    await at.settle();
    expect(standing(at, 'alpha').waiting).to.equal(0);
  });

  it('stops nothing when the quota falls below what is used', async () => {
    const first = putMiner(at.fleet, 'alpha', 4, {});
    await at.settle();
    limit(at, 'default', { instances: 2 });
    putMiner(at.fleet, 'beta', 1, {});
    await at.settle();
    expect([standing(at, 'alpha').placed, standing(at, 'beta').waiting]).to.deep.equal([4, 1]);
    for (const serial of [first, first + 1]) setState(at.fleet, serial, 'stopped');
    await at.settle();
    expect(standing(at, 'beta').waiting, 'two still hold').to.equal(1);
    setState(at.fleet, first + 2, 'stopped');
    await at.settle();
    expect(standing(at, 'beta').placed).to.equal(1);
  });

  it('moves what a miner holds along when its namespace changes', async () => {
    limit(at, 'small', { instances: 1 });
    limit(at, 'large', { instances: 9 });
    putMiner(at.fleet, 'alpha', 3, within('large'));
    await at.settle();
    const record = at.fleet.miner('alpha');
    if (record === undefined) throw new Error('alpha is there');
    at.fleet.transact((tx) => tx.putMiner({ ...record, spec: { ...record.spec, namespace: 'small' } }));
    putMiner(at.fleet, 'beta', 1, within('small'));
    await at.settle();
    expect([at.scheduler.useOf('large').used.instances, at.scheduler.useOf('small').used.instances]).to.deep.equal([
      0, 3,
    ]);
    expect(standing(at, 'beta').waiting).to.equal(1);
  });

  it('counts anew from the records when it starts', async () => {
    limit(at, 'team', { instances: 3 });
    putMiner(at.fleet, 'alpha', 5, within('team'));
    await at.settle();
    const { store } = at;
    const again = await startScheduler(undefined, { store: store.reopen() });
    await again.settle();
    expect(again.scheduler.useOf('team').used.instances).to.equal(3);
    expect(standing(again, 'alpha')).to.deep.equal({ placed: 3, waiting: 2 });
    await again.stop();
  });

  it('lets small ones by while a large one waits, and keeps room for it once it has waited for long', async () => {
    limit(at, 'team', { cpuMillis: 4000 });
    const first = putMiner(at.fleet, 'small', 4, within('team'));
    await at.settle();
    putMiner(at.fleet, 'large', 1, within('team', { cpu: 3000 }));
    putMiner(at.fleet, 'later', 4, within('team'));
    await at.settle();
    setState(at.fleet, first, 'stopped');
    await at.settle();
    expect(standing(at, 'later').placed, 'the large one does not fit').to.equal(1);
    await at.clock.advanceAsync(300_000);
    setState(at.fleet, first + 1, 'stopped');
    await at.settle();
    expect(standing(at, 'later').placed, 'room is kept').to.equal(1);
    expect(at.scheduler.why('later')?.reason).to.equal('quota_exceeded');
    setState(at.fleet, first + 2, 'stopped');
    setState(at.fleet, first + 3, 'stopped');
    await at.settle();
    expect([standing(at, 'large').placed, standing(at, 'later').placed]).to.deep.equal([1, 1]);
  });

  it('keeps no room for what could never fit', async () => {
    limit(at, 'team', { cpuMillis: 2000 });
    putMiner(at.fleet, 'giant', 1, within('team', { cpu: 3000 }));
    await at.settle();
    await at.clock.advanceAsync(600_000);
    putMiner(at.fleet, 'small', 2, within('team'));
    await at.settle();
    expect([standing(at, 'giant').waiting, standing(at, 'small').placed]).to.deep.equal([1, 2]);
  });

  it('plans no more than the quota leaves, with its why', async () => {
    limit(at, 'team', { instances: 3 });
    putMiner(at.fleet, 'alpha', 2, within('team'));
    await at.settle();
    const spec = { ...placementSpec(within('team', { miner: 'beta' })), replicas: 4 };
    const [plan] = await at.scheduler.plan([{ spec, replaces: false }]);
    expect(plan?.placements.reduce((sum, { count }) => sum + count, 0)).to.equal(1);
    expect([plan?.unplaced, plan?.why?.reason]).to.deep.equal([3, 'quota_exceeded']);
    expect(at.scheduler.useOf('team').used.instances, 'a plan changes nothing').to.equal(2);
  });

  it('plans a replacement within the quota that its present instances fill', async () => {
    limit(at, 'team', { instances: 3 });
    putMiner(at.fleet, 'alpha', 3, within('team'));
    await at.settle();
    const spec = { ...placementSpec(within('team', { miner: 'alpha', cpu: 2000 })), replicas: 3 };
    const [plan] = await at.scheduler.plan([{ spec, replaces: true }]);
    expect([plan?.unplaced, plan?.stopping]).to.deep.equal([0, 3]);
  });
});

describe('the scheduler and fairness among namespaces', () => {
  /** Two namespaces ask for more than there is; what each gets. */
  async function share(quotas: Readonly<Record<string, Partial<NamespaceQuota>>>, counts: readonly number[]) {
    const at = await startScheduler((fleet) => {
      for (const [name, quota] of Object.entries(quotas)) limit({ fleet }, name, quota);
      Object.keys(quotas).forEach((name, index) => putMiner(fleet, `miner-${name}`, counts[index] ?? 0, within(name)));
      putHost(fleet, 'h1', { cpu: 60_000 });
    });
    await at.settle();
    const got = Object.keys(quotas).map((name) => standing(at, `miner-${name}`).placed);
    await at.stop();
    return got;
  }

  it('gives two that ask for more than there is the same, whoever came first', async () => {
    expect(await share({ one: {}, two: {} }, [500, 500])).to.deep.equal([30, 30]);
  });

  it('gives whoever asks for less all of it, and the rest to the other', async () => {
    expect(await share({ one: {}, two: {} }, [500, 10])).to.deep.equal([50, 10]);
  });

  it('shares by what each may hold', async () => {
    expect(await share({ one: { cpuMillis: 40_000 }, two: { cpuMillis: 20_000 } }, [500, 500])).to.deep.equal([40, 20]);
    expect(await share({ one: { cpuMillis: 60_000 }, two: { cpuMillis: 30_000 } }, [500, 500])).to.deep.equal([40, 20]);
  });

  it('puts priority before fairness', async () => {
    const at = await startScheduler((fleet) => {
      for (const name of ['one', 'two']) limit({ fleet }, name);
      putMiner(fleet, 'low', 100, within('one'));
      putMiner(fleet, 'high', 50, within('two', { spec: { priority: 600 } }));
      putHost(fleet, 'h1', { cpu: 60_000 });
    });
    await at.settle();
    expect([standing(at, 'low').placed, standing(at, 'high').placed]).to.deep.equal([10, 50]);
    await at.stop();
  });

  it('gives one a turn that has got nothing for long, however much it holds', async () => {
    const at = await startScheduler((fleet) => {
      for (const name of ['rich', 'poor']) limit({ fleet }, name);
      putHost(fleet, 'h1', { cpu: 10_000 });
    });
    putMiner(at.fleet, 'holding', 9, within('rich'));
    const first = putMiner(at.fleet, 'short', 1, within('poor'));
    await at.settle();
    putMiner(at.fleet, 'starving', 1, within('rich'));
    await at.settle();
    /** Ends the only instance of the poor one when there is another to follow: the poor one always holds less. */
    const cycle = async (serial: number): Promise<number> => {
      const next = putMiner(at.fleet, `short-${String(serial)}`, 1, within('poor'));
      await at.settle();
      setState(at.fleet, serial, 'stopped');
      await at.settle();
      return next;
    };
    const second = await cycle(first);
    expect(standing(at, 'starving').placed).to.equal(0);
    await at.clock.advanceAsync(120_000);
    await cycle(second);
    expect(standing(at, 'starving').placed).to.equal(1);
    await at.stop();
  });
});
