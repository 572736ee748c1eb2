import { expect } from 'chai';
import { MoveOutcome, RebalanceState } from '../../../../common/gen/headframe/v1/rebalance_pb.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { waitFor } from '../../../support/wait-for.js';

describe('FleetService: rebalances', () => {
  let at: CoordinatorFixture;
  beforeEach(async () => {
    at = await openCoordinatorFixture();
  });
  afterEach(() => at.close());

  it('tells that there has been none', async () => {
    expect((await at.fleet.getRebalance({})).job).to.equal(undefined);
    await expectReason(at.fleet.cancelRebalance({}), 'rebalance_idle');
  });

  it('refuses an unknown miner and numbers out of bounds', async () => {
    await expectReason(at.fleet.planRebalance({ scope: { miner: 'none' } }), 'miner_not_found');
    await expectReason(at.fleet.planRebalance({ scope: { maxMoves: 1001 } }), 'request_invalid');
    await expectReason(at.fleet.applyRebalance({ movesPerHour: 10_001 }), 'request_invalid');
    await expectReason(at.fleet.applyRebalance({ atOnce: 101 }), 'request_invalid');
  });

  it('begins nothing where nothing pays', async () => {
    await at.connect('host-1');
    const { plan, job } = await at.fleet.applyRebalance({});
    expect([plan?.hosts, plan?.moves.length, job]).to.deep.equal([1, 0, undefined]);
  });

  it('makes the moves that it planned', async () => {
    await at.connect('host-1');
    await at.apply({
      replicas: 4,
      resources: { cpuMillis: 1000, memoryBytes: 2 ** 27, diskBytes: 2 ** 20, gpus: 0, pids: 0 },
    });
    await waitFor('four to run', async () => (await at.fleet.getMiner({ name: 'alpha' })).miner?.counts?.running === 4);
    await at.connect('host-2');
    const { plan } = await at.fleet.planRebalance({});
    expect(plan?.moves.map(({ toHostId, outcome }) => [toHostId, outcome])).to.deep.equal([
      ['host-2', MoveOutcome.PLANNED],
      ['host-2', MoveOutcome.PLANNED],
    ]);
    const { job } = await at.fleet.applyRebalance({ atOnce: 1 });
    expect([job?.state, job?.movesPerHour, job?.atOnce]).to.deep.equal([RebalanceState.RUNNING, 60, 1]);
    await expectReason(at.fleet.applyRebalance({}), 'rebalance_running');
    const over = await waitFor(
      'the end',
      async () => {
        const now = (await at.fleet.getRebalance({})).job;
        return now?.state === RebalanceState.FINISHED && now;
      },
      20_000,
    );
    expect(over.moves.map(({ outcome, landedOnHostId }) => [outcome, landedOnHostId])).to.deep.equal([
      [MoveOutcome.MOVED, 'host-2'],
      [MoveOutcome.MOVED, 'host-2'],
    ]);
    expect(over.now?.deviation).to.be.below(over.before?.deviation ?? 0);
  }).timeout(30_000);
});
