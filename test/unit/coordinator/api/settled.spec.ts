import { expect } from 'chai';
import { isSettled } from '../../../../coordinator/api/settled.js';
import type { FleetMotion } from '../../../../coordinator/api/settled.js';

const STILL: FleetMotion = { rolloutIdle: true, schedulerSettled: true, moving: [] };

describe('isSettled', () => {
  it('is so when nothing moves and nobody has anything to decide', () => {
    expect(isSettled(STILL)).to.equal(true);
    expect(isSettled({ ...STILL, rolloutIdle: false })).to.equal(false);
    expect(isSettled({ ...STILL, schedulerSettled: false })).to.equal(false);
  });

  for (const [state, reason, settled] of [
    ['pending', 'insufficient_cpu', true],
    ['assigned', 'placed', false],
    ['preparing', 'image_pulling', false],
    ['preparing', 'image_not_found', true],
    ['preparing', 'image_pull_failed', true],
    ['preparing', 'engine_unavailable', false],
    ['starting', 'container_starting', false],
    ['starting', 'restarting', false],
    ['starting', 'port_conflict', true],
    ['running', 'started', true],
    ['stopping', 'scaled_down', false],
    ['stopping', 'exited_error', false],
    ['failed', 'restart_limit', true],
  ] as const)
    it(`is ${settled ? '' : 'not '}so with an instance ${state} because of ${reason}`, () => {
      expect(isSettled({ ...STILL, moving: [{ state, reason }] })).to.equal(settled);
    });
});
