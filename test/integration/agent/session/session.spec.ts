import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { FakeCoordinator } from '../../../support/fake-coordinator.js';
import { sampleReport } from '../../../support/sample-report.js';
import { withSession } from '../../../support/session-bench.js';
import type { SessionBench } from '../../../support/session-bench.js';
import { waitFor } from '../../../support/wait-for.js';

const one = buildAssignment({ serial: 1 });
const two = buildAssignment({ serial: 2 });

const serials = (bench: SessionBench): number[] =>
  (bench.assigned.at(-1)?.assignments ?? []).map(({ serial }) => serial);

/** Moves time step by step, with room for the network between, until something has come of it. */
async function advanceUntil(bench: SessionBench, what: string, isThere: () => boolean, stepMs = 50): Promise<void> {
  for (let steps = 0; steps < 1_000; steps += 1) {
    if (isThere()) return;
    bench.clock.advance(stepMs);
    await sleep(5);
  }
  throw new Error(`moved time in vain for ${what}`);
}

describe('SessionLoop', () => {
  it('says hello, takes the snapshot and the deltas that build on it, and has them on disk first', () =>
    withSession(async (bench) => {
      const session = await bench.coordinator.session();
      expect(session.hello.hostId).to.equal('host-1');
      await session.snapshot(5, [one]);
      await session.delta({ appliesTo: 5, resultsIn: 6, runs: [two] });
      await waitFor('both', () => bench.assigned.length === 2);
      expect(serials(bench)).to.deep.equal([1, 2]);
      expect(bench.state.held).to.include({ epoch: 1, revision: 6 });
      await waitFor('the session', () => bench.loop.connected);
    }));

  it('asks once for a snapshot after a gap, and goes on from that', () =>
    withSession(async (bench) => {
      const session = await bench.coordinator.session();
      await session.snapshot(5, [one]);
      await session.delta({ appliesTo: 6, resultsIn: 7, runs: [two] });
      await session.delta({ appliesTo: 7, resultsIn: 8, forget: [1] });
      await waitFor('the request', () => session.received.includes('snapshotRequest'));
      await session.snapshot(8, [two]);
      await session.delta({ appliesTo: 8, resultsIn: 9, runs: [one] });
      await waitFor('all of it', () => bench.state.held.revision === 9);
      expect(serials(bench)).to.deep.equal([2, 1]);
      expect(session.received.filter((word) => word === 'snapshotRequest')).to.have.lengthOf(1);
    }));

  it('refuses a coordinator of an older epoch, at its hello and in the midst of a session', () =>
    withSession(
      async (bench) => {
        const session = await bench.coordinator.session();
        await session.snapshot(5, [one]);
        await waitFor('the snapshot', () => bench.assigned.length === 1);
        await session.snapshot(9, [], 2);
        await waitFor('the end', () => session.isOver);
        bench.coordinator.options = { epoch: 2 };
        await advanceUntil(bench, 'the second refusal', () => bench.coordinator.sessions.length > 1, 500);
        await waitFor('its end', () => bench.coordinator.sessions[1]?.isOver);
        expect(serials(bench)).to.deep.equal([1]);
        expect(bench.logged).to.deep.equal(['warn stale_epoch']);
      },
      { epoch: 3 },
    ));

  it('sends reports at once, and again in the next session what was not acknowledged', () =>
    withSession(
      async (bench) => {
        const session = await bench.coordinator.session();
        bench.loop.report(sampleReport(1, { state: 'failed' }));
        await advanceUntil(bench, 'the report', () => session.report(1)?.state === 'failed');
        session.end();
        bench.coordinator.options = {};
        await advanceUntil(bench, 'another session', () => bench.coordinator.sessions.length === 2, 500);
        const next = await bench.coordinator.session(1);
        await advanceUntil(bench, 'the report again', () => next.report(1)?.state === 'failed');
        await waitFor('the acknowledgement', () => bench.outbox.take(1) === undefined);
        next.end();
        await advanceUntil(bench, 'a third session', () => bench.coordinator.sessions.length === 3, 500);
        expect(bench.coordinator.sessions[2]?.batches).to.deep.equal([]);
      },
      { acknowledges: false },
    ));

  it('keeps back the latest reports from a coordinator that acknowledges none', () =>
    withSession(
      async (bench) => {
        const session = await bench.coordinator.session();
        await waitFor('the session', () => bench.loop.connected);
        for (let restarts = 0; restarts < 100; restarts += 1) {
          bench.loop.report(sampleReport(1, { restarts }));
          await bench.clock.advanceAsync(20);
        }
        await waitFor('some', () => session.batches.length >= 16);
        expect(session.batches).to.have.lengthOf(16);
        bench.coordinator.options = {};
        await session.send({ case: 'reportsAck', value: { $typeName: 'headframe.v1.ReportsAck', sequence: 16n } });
        await advanceUntil(bench, 'the latest', () => session.report(1)?.restarts === 99);
      },
      { acknowledges: false },
    ));

  it('tells all it knows in a new session', () =>
    withSession(async (bench) => {
      const session = await bench.coordinator.session();
      bench.reports.push(sampleReport(7));
      session.end();
      await advanceUntil(bench, 'another session', () => bench.coordinator.sessions.length === 2, 500);
      const next = await bench.coordinator.session(1);
      await advanceUntil(bench, 'the report', () => next.report(7) !== undefined);
    }));

  it('renews the lease from when the answered heartbeat was sent, once it has heard what is its own', () =>
    withSession(
      async (bench) => {
        const session = await bench.coordinator.session();
        await advanceUntil(
          bench,
          'heartbeats',
          () => session.received.filter((word) => word === 'heartbeat').length > 2,
        );
        expect([bench.leaseRenewals, bench.lease.leftMs()]).to.deep.equal([0, 0]);
        await session.snapshot(5, []);
        await advanceUntil(bench, 'the renewal', () => bench.leaseRenewals > 0);
        bench.coordinator.options = { answers: false };
        expect(bench.lease.leftMs()).to.be.within(1, 30_000);
        expect(bench.state.lease).to.include({ lengthMs: 30_000 });
        const before = bench.lease.leftMs();
        bench.clock.advance(50);
        expect(bench.lease.leftMs()).to.equal(before - 50);
      },
      { heartbeatPeriodMs: 1_000 },
    ));

  it('gives a session up whose heartbeats are not answered, says why, and connects again', () =>
    withSession(
      async (bench) => {
        const session = await bench.coordinator.session();
        await advanceUntil(bench, 'the end', () => session.isOver, 100);
        expect(session.received.filter((word) => word === 'heartbeat').length).to.be.within(1, 3);
        await advanceUntil(bench, 'another session', () => bench.coordinator.sessions.length === 2, 500);
        expect(bench.logged).to.deep.equal(['warn coordinator_silent']);
      },
      { answers: false, heartbeatPeriodMs: 1_000 },
    ));

  it('gives a coordinator up that reads nothing, although reports wait for it', () =>
    withSession(
      async (bench) => {
        const session = await bench.coordinator.session();
        await waitFor('the session', () => bench.loop.connected);
        for (let serial = 1; serial < 5_000; serial += 1)
          bench.loop.report(sampleReport(serial, { text: 'x'.repeat(1_000) }));
        await advanceUntil(bench, 'the end', () => session.isOver, 500);
        expect(bench.logged).to.deep.equal(['warn coordinator_silent']);
      },
      { reads: false },
    ));

  it('gives a coordinator up that takes the call and never answers the hello', () =>
    withSession(
      async (bench) => {
        const session = await bench.coordinator.session();
        bench.clock.advance(19_999);
        expect(session.isOver).to.equal(false);
        bench.clock.advance(1);
        await waitFor('the end', () => session.isOver);
        expect(bench.logged).to.deep.equal(['warn session_not_accepted']);
      },
      { accepts: false },
    ));

  it('shows a refusal when it is new, once, and comes back with longer and longer pauses', () =>
    withSession(async (bench) => {
      const session = await bench.coordinator.session();
      await bench.coordinator.close();
      await waitFor('the end', () => session.isOver);
      const refusal = new HeadframeError({ code: 'already_exists', reason: 'host_id_in_use', message: 'in use' });
      const { address } = bench.coordinator;
      const successor = await FakeCoordinator.open({ address, refusal });
      try {
        await advanceUntil(bench, 'the refusal', () => bench.logged.includes('warn host_id_in_use'), 500);
        const [logged, hellos, sinceMs] = [bench.logged.length, successor.hellos, bench.clock.monotonicMs()];
        await advanceUntil(bench, 'a minute', () => bench.clock.monotonicMs() > sinceMs + 60_000, 1_000);
        expect(bench.logged.slice(logged)).to.deep.equal([]);
        expect(successor.hellos - hellos).to.be.within(2, 10);
      } finally {
        await successor.close();
      }
    }));

  describe('on a disk that refuses writes', () => {
    it('acts on nothing and says so of each new instance, keeps its session and lease, and goes on by itself', () =>
      withSession(async (bench) => {
        const session = await bench.coordinator.session();
        await session.snapshot(4, []);
        await advanceUntil(bench, 'the lease', () => bench.leaseRenewals > 0, 1_000);
        await mkdir(join(bench.folder, 'agent.json.tmp'));
        await session.snapshot(5, [one]);
        await session.delta({ appliesTo: 5, resultsIn: 6, runs: [two] });
        await advanceUntil(bench, 'the reason', () => session.report(1)?.reason === 'agent_state_unwritable', 10);
        const renewals = bench.leaseRenewals;
        await advanceUntil(bench, 'heartbeats', () => bench.leaseRenewals > renewals + 2, 1_000);
        expect(serials(bench)).to.deep.equal([]);
        expect(bench.state.held.revision).to.equal(4);
        expect(bench.logged).to.include('error ');
        await rmdir(join(bench.folder, 'agent.json.tmp'));
        await advanceUntil(bench, 'both', () => bench.state.held.revision === 6, 500);
        expect(serials(bench)).to.deep.equal([1, 2]);
        expect(session.isOver).to.equal(false);
      }));
  });
});
