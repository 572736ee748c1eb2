import { expect } from 'chai';
import type { PrepareProgress } from '../../../../agent/runtime/runtime.js';
import { openAgentState } from '../../../../agent/state/agent-state.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { CHECKED, EXCLUSIVE, STATE_OPTIONS, withBench } from '../../../support/reconciler-bench.js';

describe('Reconciler when things go wrong', () => {
  it('starts an exclusive instance that waited for the lease as soon as that is held', () =>
    withBench(async (bench) => {
      bench.leaseHeld = false;
      await bench.look();
      await bench.assign(EXCLUSIVE);
      expect(bench.last(1)).to.equal('preparing lease_expired');
      bench.leaseHeld = true;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.last(1)).to.equal('running started');
    }));

  it('breaks off the start of an exclusive instance that still waits for its turn when the lease ends', () =>
    withBench(async (bench) => {
      bench.runtime.held.add('start 1');
      await bench.look();
      await bench.assign(EXCLUSIVE);
      bench.leaseHeld = false;
      bench.reconciler.touchExclusive();
      await bench.settle();
      bench.runtime.release();
      await bench.settle();
      expect(await bench.runtime.inspect(1)).to.include({ status: 'created' });
      bench.leaseHeld = true;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.last(1)).to.equal('running started');
    }));

  it('shortens a stop under way when its grace would outlast the lease', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(EXCLUSIVE);
      bench.runtime.held.add('stop 1');
      await bench.assign({ ...EXCLUSIVE, stop: { reason: 'scaled_down', text: '' } });
      bench.leaseHeld = false;
      bench.leaseLeftMs = 300;
      bench.reconciler.touchExclusive();
      await bench.settle();
      bench.leaseLeftMs = 100;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.runtime.graces).to.deep.equal([1_000, 300]);
    }));

  it('stops what lives by the lease even when the engine seems to be away', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(EXCLUSIVE);
      bench.reconciler.engineLost();
      bench.leaseHeld = false;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.runtime.calls.at(-1)).to.equal('stop 1');
    }));

  it('pauses between tries of a stop that fails', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      for (let i = 0; i < 2; i += 1) bench.runtime.failures.push({ verb: 'stop', reason: 'engine_error' });
      await bench.assign(buildAssignment({ serial: 1, stop: { reason: 'scaled_down', text: '' } }));
      expect(bench.stops()).to.equal(1);
      await bench.clock.advanceAsync(1_000);
      await bench.settle();
      expect(bench.stops()).to.equal(2);
      await bench.clock.advanceAsync(2_000);
      await bench.settle();
      expect(bench.last(1)).to.equal('stopped scaled_down');
    }));

  it('does not take an engine at its word that stops a container which runs on', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.stop = (serial) => {
        bench.runtime.calls.push(`stop ${String(serial)}`);
        return Promise.resolve();
      };
      await bench.assign(buildAssignment({ serial: 1, stop: { reason: 'scaled_down', text: '' } }));
      expect(bench.stops()).to.equal(1);
    }));

  it('goes on with the others when one instance cannot be dealt with', () =>
    withBench(async (bench) => {
      bench.defective = 1;
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }), buildAssignment({ serial: 2 }));
      expect(bench.last(2)).to.equal('running started');
      bench.defective = 0;
      await bench.clock.advanceAsync(5_000);
      await bench.look();
      expect(bench.last(1)).to.equal('running started');
    }));

  it('has the count of restarts on disk before the container runs again', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.end(1, 3, bench.clock.nowMs());
      await bench.look();
      bench.clock.advance(1_250);
      await bench.restarted(1);
      const stored = await openAgentState(bench.folder, STATE_OPTIONS);
      expect(stored.record(1)?.restarts).to.equal(1);
    }));

  describe('when it adopts what runs', () => {
    it('checks its health as soon as it is assigned', () =>
      withBench(async (bench) => {
        await bench.runtime.create(CHECKED);
        await bench.runtime.start(1);
        bench.runtime.setImageHealth(1, 'healthy');
        await bench.look();
        await bench.assign(CHECKED);
        expect(bench.last(1)).to.equal('running became_healthy');
        expect(bench.runtime.calls).to.deep.equal(['create 1', 'start 1']);
      }));

    it('leaves alone what it holds no memory of until the coordinator has said what is to run', () =>
      withBench(async (bench) => {
        for (const serial of [1, 2]) {
          await bench.runtime.create(buildAssignment({ serial }));
          await bench.runtime.start(serial);
        }
        await bench.look();
        expect(await bench.runtime.list()).to.have.lengthOf(2);
        await bench.assign(buildAssignment({ serial: 2 }));
        expect((await bench.runtime.list()).map(({ serial }) => serial)).to.deep.equal([2]);
        expect(bench.reports.at(-1)).to.include({ serial: 2, state: 'running', restarts: 0 });
      }));
  });

  describe('when the engine tells of a change', () => {
    it("takes a verdict of the image's own health check at once", () =>
      withBench(async (bench) => {
        bench.runtime.imageHealth = 'starting';
        await bench.look();
        await bench.assign(CHECKED);
        expect(bench.last(1)).to.equal('starting health_checking');
        bench.runtime.setImageHealth(1, 'healthy');
        bench.reconciler.notice({ serial: 1, kind: 'health' });
        await bench.settle();
        expect(bench.last(1)).to.equal('running became_healthy');
      }));

    it('looks again after a step when the container ended just before the step was done', () =>
      withBench(async (bench) => {
        bench.runtime.staleInspect = true;
        await bench.look();
        bench.runtime.held.add('inspect 1');
        await bench.assign(buildAssignment({ serial: 1 }));
        bench.runtime.end(1, 3, bench.clock.nowMs());
        bench.reconciler.notice({ serial: 1, kind: 'ended' });
        bench.runtime.release();
        await bench.settle();
        expect(bench.last(1)).to.equal('starting exited_error');
      }));

    it('is not held up by an instance that the engine does not answer for', () =>
      withBench(async (bench) => {
        await bench.look();
        await bench.assign(buildAssignment({ serial: 1 }), buildAssignment({ serial: 2 }));
        bench.runtime.held.add('inspect 1');
        bench.reconciler.notice({ serial: 1, kind: 'ended' });
        bench.runtime.end(2, 3, bench.clock.nowMs());
        bench.reconciler.notice({ serial: 2, kind: 'ended' });
        await bench.settle();
        expect(bench.last(2)).to.equal('starting exited_error');
      }));

    it('looks until the engine answers', () =>
      withBench(async (bench) => {
        await bench.look();
        await bench.assign(buildAssignment({ serial: 1 }));
        bench.runtime.broken.add('inspect 1');
        bench.runtime.end(1, 3, bench.clock.nowMs());
        bench.reconciler.notice({ serial: 1, kind: 'ended' });
        await bench.clock.advanceAsync(1_000);
        bench.runtime.comeBack();
        await bench.clock.advanceAsync(10_000);
        await bench.restarted(1);
      }));
  });

  describe('while the engine is away', () => {
    it('says so of what is not running, and starts it when the engine is back', () =>
      withBench(async (bench) => {
        await bench.look();
        await bench.assign(buildAssignment({ serial: 1 }));
        bench.runtime.goAway();
        bench.reconciler.engineLost();
        await bench.assign(buildAssignment({ serial: 1 }), buildAssignment({ serial: 2 }));
        expect(bench.last(1)).to.equal('running started');
        expect(bench.last(2)).to.equal('preparing engine_unavailable');
        bench.runtime.comeBack();
        await bench.look();
        expect(bench.last(2)).to.equal('running started');
      }));

    it('forgets the reports of what is assigned no more', () =>
      withBench(async (bench) => {
        bench.reconciler.engineLost();
        await bench.assign(buildAssignment({ serial: 1 }));
        expect(bench.reconciler.reports()).to.have.lengthOf(1);
        await bench.assign();
        expect(bench.reconciler.reports()).to.deep.equal([]);
      }));

    it('does not count an instance as stopped whose last step it could not see the end of', () =>
      withBench(async (bench) => {
        await bench.look();
        bench.runtime.broken.add('inspect 1');
        await bench.assign(buildAssignment({ serial: 1 }));
        await bench.assign(buildAssignment({ serial: 1, stop: { reason: 'scaled_down', text: '' } }));
        expect(bench.last(1)).to.equal('stopping scaled_down');
        bench.runtime.comeBack();
        await bench.clock.advanceAsync(10_000);
        await bench.settle();
        expect(bench.runtime.calls.at(-1)).to.equal('stop 1');
        expect(bench.last(1)).to.equal('stopped scaled_down');
      }));
  });

  describe('while an image is pulled', () => {
    const progress = (doneBytes: number): PrepareProgress => ({ activity: 'pull', doneBytes, totalBytes: 9, text: '' });

    it('tells of its progress twice a second at most', () =>
      withBench(async (bench) => {
        bench.runtime.held.add('prepare');
        await bench.look();
        await bench.assign(buildAssignment({ serial: 1 }));
        const before = bench.reports.length;
        for (let i = 0; i < 20; i += 1) {
          bench.runtime.onProgress?.(progress(i));
          await bench.clock.advanceAsync(100);
        }
        expect(bench.reports.length - before).to.equal(4);
      }));

    it('takes no progress of a pull that is over', () =>
      withBench(async (bench) => {
        await bench.look();
        await bench.assign(buildAssignment({ serial: 1 }));
        const before = bench.reports.length;
        bench.runtime.onProgress?.(progress(1));
        await bench.settle();
        expect(bench.reports.length).to.equal(before);
      }));
  });
});
