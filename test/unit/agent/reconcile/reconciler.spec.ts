import { expect } from 'chai';
import { buildAssignment } from '../../../support/build-assignment.js';
import { leaseSpec } from '../../../support/lease-samples.js';
import { withBench } from '../../../support/reconciler-bench.js';

describe('Reconciler', () => {
  it('decides nothing before the engine has been listed', () =>
    withBench(async (bench) => {
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.runtime.calls).to.deep.equal([]);
      await bench.look();
      expect(bench.runtime.calls).to.deep.equal(['prepare 1', 'create 1', 'start 1']);
      expect(bench.last(1)).to.equal('running started');
    }));

  it('begins with the higher priority', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(
        buildAssignment({ serial: 1, workload: { priority: 100 } }),
        buildAssignment({ serial: 2, workload: { priority: 900 } }),
      );
      expect(bench.runtime.calls[0]).to.equal('prepare 2');
    }));

  it('leaves running containers alone when the agent is restarted', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.calls.length = 0;
      await bench.restart();
      expect(bench.runtime.calls).to.deep.equal([]);
      expect(bench.reconciler.reports()[0]).to.include({ state: 'running', restarts: 0 });
    }));

  it('creates and starts one container only when it was killed between the two', () =>
    withBench(async (bench) => {
      await bench.runtime.create(buildAssignment({ serial: 1 }));
      bench.runtime.calls.length = 0;
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.runtime.calls.filter((call) => call.startsWith('start'))).to.deep.equal(['start 1']);
      expect(await bench.runtime.list()).to.have.lengthOf(1);
    }));

  it('starts an ended container again after its backoff, and not before', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.end(1, 3, bench.clock.nowMs());
      await bench.look();
      expect(bench.last(1)).to.equal('starting exited_error');
      bench.clock.advance(999);
      await bench.settle();
      expect(bench.runtime.calls.filter((call) => call === 'start 1')).to.have.lengthOf(1);
      bench.clock.advance(251);
      await bench.restarted(1);
    }));

  it('ends a lease whose term is over by itself, and nothing else, also after a restart', () =>
    withBench(async (bench) => {
      await bench.look();
      const lease = buildAssignment({ serial: 1, workload: { kind: 'lease', lease: leaseSpec() } });
      await bench.assign(lease, buildAssignment({ serial: 2 }));
      for (const serial of [1, 2]) {
        bench.over.add(serial);
        bench.reconciler.touch(serial);
      }
      await bench.settle();
      expect(bench.stops()).to.equal(1);
      expect([bench.last(1), bench.last(2)]).to.deep.equal(['stopped lease_term_over', 'running started']);
      bench.runtime.calls.length = 0;
      await bench.restart();
      expect(bench.runtime.calls).to.deep.equal([]);
      expect(bench.last(1)).to.equal('stopped lease_term_over');
    }));

  it('replaces a container that somebody removed', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      bench.runtime.vanish(1);
      await bench.look();
      expect(bench.last(1)).to.equal('starting container_gone');
      bench.clock.advance(1_000);
      await bench.restarted(1);
    }));

  it('breaks off a pull of what is wanted no more', () =>
    withBench(async (bench) => {
      bench.runtime.held.add('prepare');
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.last(1)).to.equal('preparing image_pulling');
      await bench.assign(buildAssignment({ serial: 1, stop: { reason: 'miner_delete', text: '' } }));
      expect(bench.last(1)).to.equal('stopped miner_delete');
      expect(bench.runtime.calls).to.deep.equal(['prepare 1']);
    }));

  it('recovers by itself once the cause of a failing pull is gone', () =>
    withBench(async (bench) => {
      bench.runtime.failures.push({ verb: 'prepare', reason: 'image_not_found' });
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      expect(bench.last(1)).to.equal('preparing image_not_found');
      bench.clock.advance(1_000);
      await bench.settle();
      expect(bench.last(1)).to.equal('running started');
    }));

  it('stops, keeps for its logs, and removes when told to forget', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1 }));
      await bench.assign(buildAssignment({ serial: 1, stop: { reason: 'scaled_down', text: '' } }));
      expect(bench.last(1)).to.equal('stopped scaled_down');
      expect(bench.runtime.calls).to.not.include('remove 1');
      await bench.assign();
      expect(bench.runtime.calls.at(-1)).to.equal('remove 1');
      expect(await bench.runtime.list()).to.have.lengthOf(0);
    }));

  it('stops an exclusive instance when the lease ends and does not start it again when it returns', () =>
    withBench(async (bench) => {
      await bench.look();
      await bench.assign(buildAssignment({ serial: 1, workload: { identity: 'hotkey', onDisconnect: 'stop' } }));
      bench.leaseHeld = false;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.last(1)).to.equal('stopped lease_expired');
      bench.leaseHeld = true;
      bench.reconciler.touchExclusive();
      await bench.settle();
      expect(bench.last(1)).to.equal('stopped lease_expired');
      expect(bench.runtime.calls.filter((call) => call === 'start 1')).to.have.lengthOf(1);
    }));
});
