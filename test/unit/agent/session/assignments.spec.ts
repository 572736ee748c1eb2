import { expect } from 'chai';
import { takeDelta, takeSnapshot } from '../../../../agent/session/assignments.js';
import type { AssignmentDelta } from '../../../../common/wire/agent.js';
import { buildAssignment } from '../../../support/build-assignment.js';

const EMPTY = { epoch: 3, revision: 10, assignments: [], retained: [] };

function delta(changes: Partial<AssignmentDelta> = {}): AssignmentDelta {
  return { epoch: 3, appliesTo: 10, resultsIn: 11, runs: [], stops: [], forget: [], ...changes };
}

describe('takeSnapshot', () => {
  it('replaces everything and marks what is to stop', () => {
    const held = { ...EMPTY, assignments: [buildAssignment({ serial: 1 })] };
    const stops = [{ serial: 2, reason: 'scaled_down', text: '' }];
    const runs = [buildAssignment({ serial: 2 }), buildAssignment({ serial: 3 })];
    const taken = takeSnapshot(held, { epoch: 4, resultsIn: 20, runs, stops, retained: [9] });
    if (!taken.ok) throw new Error(taken.why);
    expect(taken.held).to.include({ epoch: 4, revision: 20 });
    expect(taken.held.assignments.map(({ serial, stop }) => [serial, stop?.reason])).to.deep.equal([
      [2, 'scaled_down'],
      [3, undefined],
    ]);
    expect(taken.held.retained).to.deep.equal([9]);
  });

  it('refuses a coordinator of an older epoch', () => {
    const snapshot = { epoch: 2, resultsIn: 99, runs: [], stops: [], retained: [] };
    expect(takeSnapshot(EMPTY, snapshot)).to.deep.equal({ ok: false, why: 'stale_epoch' });
  });
});

describe('takeDelta', () => {
  it('adds, stops and forgets', () => {
    const held = {
      ...EMPTY,
      assignments: [buildAssignment({ serial: 1 }), buildAssignment({ serial: 2 })],
      retained: [8, 9],
    };
    const stops = [{ serial: 2, reason: 'miner_stop', text: '' }];
    const taken = takeDelta(held, delta({ runs: [buildAssignment({ serial: 3 })], stops, forget: [1, 8] }));
    if (!taken.ok) throw new Error(taken.why);
    expect(taken.held.assignments.map(({ serial, stop }) => [serial, stop?.reason])).to.deep.equal([
      [2, 'miner_stop'],
      [3, undefined],
    ]);
    expect(taken.held.retained).to.deep.equal([9]);
    expect(taken.held.revision).to.equal(11);
  });

  for (const [name, change] of [
    ['a lost delta before it', { appliesTo: 11, resultsIn: 12 }],
    ['a repeated delta', { appliesTo: 9, resultsIn: 10 }],
    ['a new coordinator without its snapshot', { epoch: 4 }],
  ] as const) {
    it(`asks for a snapshot after ${name}`, () => {
      expect(takeDelta(EMPTY, delta(change))).to.deep.equal({ ok: false, why: 'unknown_base' });
    });
  }
});
