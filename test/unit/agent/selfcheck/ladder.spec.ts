import { expect } from 'chai';
import { NEW_MEMORY, climb } from '../../../../agent/selfcheck/ladder.js';
import type { LadderDecision, LadderMemory, LadderOptions } from '../../../../agent/selfcheck/ladder.js';

const OPTIONS: LadderOptions = {
  engineSilenceMs: 30_000,
  stuckAfterMs: 60_000,
  settleMs: 120_000,
  instanceRestartsPerHour: 2,
  runtimeRestartsPerHour: 2,
};
const HOUR = 3_600_000;

function silent(nowMs: number, sinceMs: number, memory: LadderMemory = NEW_MEMORY, options = OPTIONS): LadderDecision {
  return climb({ nowMs, engineSilentSinceMs: sinceMs, stuck: [], memory }, options);
}

function stuckAt(nowMs: number, sinceMs: number, memory: LadderMemory = NEW_MEMORY): LadderDecision {
  return climb({ nowMs, engineSilentSinceMs: undefined, stuck: [{ serial: 7, sinceMs }], memory }, OPTIONS);
}

const kinds = ({ rungs }: LadderDecision): string[] => rungs.map(({ kind }) => kind);

describe('climb', () => {
  it('does nothing while all is well, or the silence is short', () => {
    const well = climb({ nowMs: 5, engineSilentSinceMs: undefined, stuck: [], memory: NEW_MEMORY }, OPTIONS);
    expect(well).to.deep.equal({ rungs: [], sick: undefined, memory: NEW_MEMORY });
    expect(silent(29_999, 0)).to.deep.equal({ rungs: [], sick: undefined, memory: NEW_MEMORY });
  });

  it('only marks the host where it has no way to restart the engine', () => {
    const decision = silent(30_000, 0, NEW_MEMORY, { ...OPTIONS, runtimeRestartsPerHour: 0 });
    expect(decision.rungs).to.deep.equal([]);
    expect(decision.sick).to.be.a('string');
  });

  it('restarts the engine first, marks the host when that did not help at once, and tries again after a while', () => {
    const first = silent(30_000, 0);
    expect(kinds(first)).to.deep.equal(['restartRuntime']);
    expect(first.sick).to.equal(undefined);
    const still = silent(40_000, 0, first.memory);
    expect(kinds(still)).to.deep.equal([]);
    expect(still.sick).to.be.a('string');
    const second = silent(150_000, 0, still.memory);
    expect(kinds(second)).to.deep.equal(['restartRuntime']);
    expect(second.sick).to.be.a('string');
  });

  it('restarts the engine no more often an hour than allowed, across silences', () => {
    const memory = { ...NEW_MEMORY, runtimeRestarts: [10, 200_000] };
    const capped = silent(1_000_000, 900_000, memory);
    expect(kinds(capped)).to.deep.equal([]);
    expect(capped.sick).to.be.a('string');
    expect(kinds(silent(HOUR + 10, HOUR - 50_000, memory))).to.deep.equal(['restartRuntime']);
  });

  it('restarts a stuck instance first, the engine when that did not help, and marks the host at last', () => {
    expect(kinds(stuckAt(59_999, 0))).to.deep.equal([]);
    const first = stuckAt(60_000, 0);
    expect(first.rungs).to.deep.equal([{ kind: 'restartInstance', serial: 7 }]);
    expect(kinds(stuckAt(70_000, 0, first.memory))).to.deep.equal([]);
    const second = stuckAt(180_000, 0, first.memory);
    expect(kinds(second)).to.deep.equal(['restartRuntime']);
    const third = stuckAt(190_000, 0, second.memory);
    expect(kinds(third)).to.deep.equal([]);
    expect(third.sick).to.be.a('string');
  });

  it('restarts no more instances an hour than allowed, and then takes it for the engine', () => {
    const instanceRestarts = [1, 2].map((serial) => ({ serial, atMs: 100 }));
    expect(kinds(stuckAt(100_000, 10_000, { ...NEW_MEMORY, instanceRestarts }))).to.deep.equal(['restartRuntime']);
  });

  it('takes the mark back as soon as the engine answers', () => {
    const { memory } = silent(40_000, 0, silent(30_000, 0).memory);
    const well = climb({ nowMs: 50_000, engineSilentSinceMs: undefined, stuck: [], memory }, OPTIONS);
    expect(well.sick).to.equal(undefined);
    expect(well.memory.runtimeRestarts).to.deep.equal([30_000]);
  });
});
