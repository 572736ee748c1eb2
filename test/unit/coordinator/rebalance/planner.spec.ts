import { expect } from 'chai';
import fc from 'fast-check';
import { applyNamespace } from '../../../../coordinator/namespaces/index.js';
import { NO_QUOTA } from '../../../../common/model/namespace.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import type { RebalancePlan, RebalanceScope } from '../../../../coordinator/rebalance/index.js';
import { Planner } from '../../../../coordinator/rebalance/planner.js';
import { Scheduler } from '../../../../coordinator/scheduler/index.js';
import type { Sketch } from '../../../../coordinator/scheduler/index.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { DemandShape } from '../../../support/placement-samples.js';
import { putHost, putMiner } from '../../../support/scheduler-fixture.js';
import { seededRandom } from '../../../support/seeded-random.js';

const ALL: RebalanceScope = { maxMoves: 100, includeIdentities: false, miner: '', hostLabels: {} };

interface Laid {
  readonly fleet: Fleet;
  readonly scheduler: Scheduler;
}

const yieldTurn = (): Promise<void> => Promise.resolve();

/** Makes a fleet and runs instances where they are put; a scheduler that only looks at it. */
async function lay(make: (fleet: Fleet) => void): Promise<Laid> {
  const { fleet, clock } = await openFleetFixture();
  make(fleet);
  return { fleet, scheduler: new Scheduler(fleet, { clock, random: seededRandom(1), yieldTurn }) };
}

/** Runs instances of a miner, so many on each host. */
function runOn(fleet: Fleet, miner: string, counts: Readonly<Record<string, number>>, shape: DemandShape = {}): void {
  const hosts = Object.entries(counts).flatMap(([host, count]) => Array.from({ length: count }, () => host));
  let serial = putMiner(fleet, miner, hosts.length, shape);
  fleet.transact((tx) => {
    for (const hostId of hosts) {
      const hostPorts = (shape.ports ?? []).map((port) => (port === 0 ? 30_000 + serial : port));
      tx.updateInstance(serial, { state: 'assigned', hostId, hostPorts, reason: 'placed', text: '' });
      tx.updateInstance(serial, { state: 'running', reason: 'started', text: '' });
      serial += 1;
    }
  });
}

function planned({ fleet, scheduler }: Laid, scope: Partial<RebalanceScope> = {}): RebalancePlan {
  const steps = new Planner(fleet, scheduler.sketch(), { ...ALL, ...scope }).run();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const movesOf = ({ moves }: RebalancePlan): string[] =>
  moves.map(({ miner, fromId, toId }) => `${miner} ${fromId}>${toId}`);

/** Three hosts of ten CPUs, and what else is wanted there. */
const threeHosts = (make: (fleet: Fleet) => void): Promise<Laid> =>
  lay((fleet) => {
    putHost(fleet, 'h1', { cpu: 10_000, labels: { rack: 'a' } });
    putHost(fleet, 'h2', { cpu: 10_000, labels: { rack: 'b' } });
    putHost(fleet, 'h3', { cpu: 10_000, labels: { rack: 'b' } });
    make(fleet);
  });

describe('the plan of a rebalance', () => {
  it('moves from the fullest to the emptiest until no move pays, and shows what that gains', async () => {
    const plan = planned(await threeHosts((fleet) => runOn(fleet, 'alpha', { h1: 9 })));
    expect(movesOf(plan)).to.have.length(6);
    expect(plan.before.highestShare).to.be.closeTo(0.9, 1e-9);
    expect([plan.after.lowestShare, plan.after.highestShare].map((share) => share.toFixed(2))).to.deep.equal([
      '0.30',
      '0.30',
    ]);
    expect(plan.after.deviation).to.be.closeTo(0, 1e-9);
    const gained = plan.moves.reduce((sum, { gain }) => sum + gain, 0);
    expect(gained).to.be.closeTo(plan.before.deviation - plan.after.deviation, 1e-9);
    expect(new Set(plan.moves.map(({ serial }) => serial)).size, 'none moves twice').to.equal(6);
  });

  it('moves nothing in a fleet that is level', async () => {
    const plan = planned(await threeHosts((fleet) => runOn(fleet, 'alpha', { h1: 3, h2: 2, h3: 3 })));
    expect(plan).to.deep.include({ moves: [], before: plan.after });
  });

  it('moves nothing between hosts that lie less than five hundredths apart', async () => {
    const small = { cpu: 150 };
    const plan = planned(await threeHosts((fleet) => runOn(fleet, 'alpha', { h1: 13, h2: 10, h3: 10 }, small)));
    expect(plan.moves).to.deep.equal([]);
  });

  it('keeps to the number of moves, and begins with those that gain most', async () => {
    const at = await threeHosts((fleet) => {
      runOn(fleet, 'small', { h1: 4 });
      runOn(fleet, 'large', { h1: 2 }, { cpu: 3000 });
    });
    const plan = planned(at, { maxMoves: 1 });
    expect(movesOf(plan)).to.deep.equal(['large h1>h2']);
  });

  it('moves an exclusive identity only with consent, and says that it is down meanwhile', async () => {
    const at = await threeHosts((fleet) => {
      runOn(fleet, 'holder', { h1: 1 }, { cpu: 4000, spec: { identity: 'key' } });
      runOn(fleet, 'other', { h1: 1 }, { cpu: 4000, spec: { identity: 'key-2' } });
    });
    expect(planned(at).moves).to.deep.equal([]);
    const plan = planned(at, { includeIdentities: true });
    expect(plan.moves.map(({ hasIdentity }) => hasIdentity)).to.deep.equal([true]);
  });

  it('respects constraints, caps, fixed ports and affinities', async () => {
    const inA = [{ attribute: 'labels.rack', operator: 'in' as const, values: ['a'] }];
    const likesA = inA.map((one) => ({ ...one, weight: 50 }));
    const capped = { kind: 'balance' as const, spreadBy: '', perHostCap: 1 };
    const at = await threeHosts((fleet) => {
      runOn(fleet, 'constrained', { h1: 2 }, { cpu: 1500, spec: { constraints: inA } });
      runOn(fleet, 'wishful', { h1: 1 }, { cpu: 1500, spec: { affinities: likesA } });
      runOn(fleet, 'capped', { h1: 1, h2: 1, h3: 1 }, { cpu: 500, spec: { strategy: capped } });
      runOn(fleet, 'fixed', { h1: 1, h2: 1, h3: 1 }, { cpu: 500, ports: [8080] });
    });
    expect(planned(at).moves).to.deep.equal([]);
  });

  it('leaves a scanner of plots where these are', async () => {
    const at = await threeHosts((fleet) => runOn(fleet, 'farm', { h1: 9 }, { spec: { kind: 'space' } }));
    expect(planned(at).moves).to.deep.equal([]);
  });

  it('leaves alone what is to be consolidated, stopped, on its way, unhealthy or about to be replaced', async () => {
    const at = await threeHosts((fleet) => {
      runOn(fleet, 'packed', { h1: 2 }, { spec: { strategy: { kind: 'consolidate', spreadBy: '', perHostCap: 0 } } });
      runOn(fleet, 'stopped', { h1: 2 });
      const first = putMiner(fleet, 'starting', 2);
      fleet.transact((tx) => {
        for (const serial of [first, first + 1])
          tx.updateInstance(serial, { state: 'assigned', hostId: 'h1', reason: 'placed', text: '' });
        const record = tx.miner('stopped');
        if (record !== undefined) tx.putMiner({ ...record, stopped: true });
      });
      runOn(fleet, 'ill', { h1: 2 });
      fleet.transact((tx) => {
        for (const { serial } of [...tx.instancesOf('ill')]) tx.updateInstance(serial, { health: 'unhealthy' });
      });
    });
    expect(planned(at).moves).to.deep.equal([]);
  });

  it('stays within its scope: one miner, or hosts of a label', async () => {
    const at = await threeHosts((fleet) => {
      runOn(fleet, 'alpha', { h1: 4 });
      runOn(fleet, 'beta', { h1: 1, h2: 4 });
    });
    expect(new Set(planned(at, { miner: 'alpha' }).moves.map(({ miner }) => miner))).to.deep.equal(new Set(['alpha']));
    const inB = planned(at, { hostLabels: { rack: 'b' } });
    expect([inB.hosts, ...new Set(movesOf(inB))]).to.deep.equal([2, 'beta h2>h3']);
  });

  it('moves nothing to or from hosts that are cordoned', async () => {
    const at = await threeHosts((fleet) => {
      runOn(fleet, 'alpha', { h1: 4 });
      putHost(fleet, 'h1', { cpu: 10_000, patch: { cordoned: true } });
    });
    expect(planned(at)).to.deep.include({ hosts: 2, moves: [] });
  });

  it('needs room in the quota for the replacement, except for what goes down first', async () => {
    const at = await threeHosts((fleet) => {
      fleet.transact((tx) =>
        applyNamespace(tx, { name: 'full', description: '', labels: {}, quota: { ...NO_QUOTA, instances: 5 } }),
      );
      runOn(fleet, 'alpha', { h1: 4 }, { spec: { namespace: 'full' } });
      runOn(fleet, 'holder', { h1: 1 }, { cpu: 2000, spec: { namespace: 'full', identity: 'key' } });
    });
    expect(planned(at).moves).to.deep.equal([]);
    expect(movesOf(planned(at, { includeIdentities: true }))).to.deep.equal(['holder h1>h2']);
  });

  it('levels what is to be spread first, over the label it is spread by', async () => {
    const strategy = { kind: 'spread' as const, spreadBy: 'rack', perHostCap: 0 };
    const at = await threeHosts((fleet) => runOn(fleet, 'alpha', { h2: 2, h3: 2 }, { cpu: 100, spec: { strategy } }));
    const plan = planned(at);
    expect(plan.moves.map(({ levelsSpread, toId, gain }) => [levelsSpread, toId, gain])).to.deep.equal([
      [true, 'h1', 1],
      [true, 'h1', 1],
    ]);
    expect([plan.before.unevenSpread, plan.after.unevenSpread]).to.deep.equal([2, 0]);
  });

  it('does not undo a spread for the sake of load', async () => {
    const strategy = { kind: 'spread' as const, spreadBy: 'rack', perHostCap: 0 };
    const at = await threeHosts((fleet) => {
      runOn(fleet, 'spread', { h1: 2, h2: 1, h3: 1 }, { cpu: 2000, spec: { strategy } });
      runOn(fleet, 'pinned', { h1: 1 }, { cpu: 4000, spec: { identity: 'key' } });
    });
    const plan = planned(at);
    expect(plan.after.unevenSpread).to.equal(0);
    expect(movesOf(plan)).to.deep.equal([]);
  });
});

const anyMiner = fc.record({
  counts: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(2)),
  cpu: fc.constantFrom(300, 1000, 2500),
  memory: fc.constantFrom(64, 512, 1024),
  ports: fc.constantFrom<number[]>([], [], [0], [8080]),
  strategy: fc.constantFrom(
    { kind: 'balance' as const, spreadBy: '', perHostCap: 0 },
    { kind: 'balance' as const, spreadBy: '', perHostCap: 4 },
    { kind: 'spread' as const, spreadBy: '', perHostCap: 0 },
    { kind: 'spread' as const, spreadBy: 'rack', perHostCap: 0 },
    { kind: 'consolidate' as const, spreadBy: '', perHostCap: 0 },
  ),
  constraints: fc.constantFrom([], [], [{ attribute: 'labels.rack', operator: 'in' as const, values: ['b'] }]),
});

const HOSTS = ['h1', 'h2', 'h3', 'h4'];

/** The moves made on a sketch, one after the other, each checked by the index as it is then. */
function expectExecutable(board: Sketch, plan: RebalancePlan): void {
  for (const { serial, toId, fromId } of plan.moves) {
    const held = board.heldBy(serial);
    const to = board.handleOf(toId);
    if (held === undefined || to === undefined) throw new Error('a move of what is not there');
    expect(board.idOf(held.host)).to.equal(fromId);
    expect(board.refusal(to, held.demand)).to.equal(undefined);
    board.move(held, to);
  }
}

describe('the plan of a rebalance, whatever the fleet', () => {
  it('improves with every move, and fits in its order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMiner, { minLength: 1, maxLength: 6 }), async (miners) => {
        const at = await lay((fleet) => {
          HOSTS.forEach((id, n) =>
            putHost(fleet, id, { cpu: 20_000 + n * 6000, memory: 16_384, labels: { rack: n < 2 ? 'a' : 'b' } }),
          );
          miners.forEach(({ counts, cpu, memory, ports, strategy, constraints }, n) => {
            const fixed = ports.includes(8080);
            const fits = counts.map((count) => Math.min(count, fixed ? 1 : strategy.perHostCap || count));
            const byHost = Object.fromEntries(HOSTS.map((id, h) => [id, fits[h] ?? 0]));
            const own = ports.map((port) => (port === 0 ? 0 : port + n));
            runOn(fleet, `m${String(n)}`, byHost, { cpu, memory, ports: own, spec: { strategy, constraints } });
          });
        });
        const plan = planned(at);
        const { before, after } = plan;
        expect(after.unevenSpread).to.be.at.most(before.unevenSpread);
        if (after.unevenSpread === before.unevenSpread) expect(after.deviation).to.be.at.most(before.deviation + 1e-9);
        if (plan.moves.length > 0)
          expect(after.unevenSpread < before.unevenSpread || after.deviation < before.deviation).to.equal(true);
        for (const { gain } of plan.moves) expect(gain).to.be.above(0);
        const spreads = plan.moves.filter(({ levelsSpread }) => levelsSpread).reduce((sum, { gain }) => sum + gain, 0);
        expect(spreads).to.equal(before.unevenSpread - after.unevenSpread);
        expectExecutable(at.scheduler.sketch(), plan);
        expect(new Set(plan.moves.map(({ serial }) => serial)).size).to.equal(plan.moves.length);
      }),
      { numRuns: 300 },
    );
  });
});
