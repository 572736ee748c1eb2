import { expect } from 'chai';
import fc from 'fast-check';
import { buildAssignment } from '../../../support/build-assignment.js';
import { InstanceWorld } from '../../../support/instance-world.js';
import type { Happening } from '../../../support/instance-world.js';

const REASONS = ['image_pull_failed', 'image_not_found', 'engine_error', 'port_conflict', 'disk_full'];

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      ...(['assign', 'order-stop', 'unassign', 'retain', 'lease-lost', 'lease-held', 'vanish'] as const),
    ),
  }),
  fc.record({ kind: fc.constantFrom(...(['sick', 'healthy', 'restart-agent', 'lose-memory'] as const)) }),
  fc.record({ kind: fc.constant('exit' as const), code: fc.constantFrom(0, 1, 126, 137), outOfMemory: fc.boolean() }),
  fc.record({ kind: fc.constant('fail-next' as const), reason: fc.constantFrom(...REASONS) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 999, 60_000, 700_000) }),
);

const anyWorld = fc
  .record({
    condition: fc.constantFrom(...(['always', 'onFailure', 'never'] as const)),
    maxAttempts: fc.constantFrom(0, 1, 3),
    identity: fc.constantFrom('', 'hotkey'),
    onDisconnect: fc.constantFrom(...(['keep', 'stop'] as const)),
  })
  .map(({ condition, maxAttempts, ...workload }) => {
    const restart = { condition, maxAttempts, windowMs: 600_000, backoffMs: 100, maxBackoffMs: 60_000 };
    return buildAssignment({ workload: { ...workload, restart } });
  });

const anyHistory = fc.array(anyHappening, { maxLength: 40 });

/** Histories of each property; the world itself throws when a decision breaks a promise. */
const numRuns = 20_000;

describe('planInstance over whatever happens', function () {
  this.timeout(240_000);

  it('runs what is assigned, and nothing else, once the trouble is over', () => {
    fc.assert(
      fc.property(anyWorld, anyHistory, (assignment, history) => {
        const world = new InstanceWorld(assignment);
        world.live({ kind: 'assign' });
        for (const happening of history) world.live(happening);
        world.settle();
        const wanted = world.assignment !== undefined && !world.assignment.stop && !world.record?.end;
        expect(world.running).to.equal(wanted);
      }),
      { numRuns },
    );
  });

  it('leaves no container and no memory of what is no longer assigned', () => {
    fc.assert(
      fc.property(anyWorld, anyHistory, (assignment, history) => {
        const world = new InstanceWorld(assignment);
        for (const happening of history) world.live(happening);
        world.live({ kind: 'unassign' });
        world.settle();
        expect([world.observed, world.record]).to.deep.equal([undefined, undefined]);
      }),
      { numRuns },
    );
  });

  it('starts a container once, however often its agent restarts, loses its memory or the coordinator', () => {
    const harmless: fc.Arbitrary<Happening> = fc.oneof(
      fc.record({ kind: fc.constantFrom(...(['restart-agent', 'lose-memory', 'assign', 'healthy'] as const)) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 60_000, 700_000) }),
    );
    fc.assert(
      fc.property(anyWorld, fc.array(harmless, { maxLength: 30 }), (assignment, history) => {
        const world = new InstanceWorld(assignment);
        world.live({ kind: 'assign' });
        world.settle();
        for (const happening of history) world.live(happening);
        world.settle();
        expect([world.starts, world.running]).to.deep.equal([1, true]);
      }),
      { numRuns },
    );
  });
});
