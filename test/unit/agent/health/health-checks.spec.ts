import { expect } from 'chai';
import { HealthChecks } from '../../../../agent/health/health-checks.js';
import type { ExecSession, ObservedInstance, OutputChunk, Runtime } from '../../../../agent/runtime/runtime.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { ManualClock } from '../../../support/manual-clock.js';

const TIMES = { startPeriodMs: 0, intervalMs: 10_000, timeoutMs: 2_000, retries: 2 };
const BY_COMMAND = buildAssignment({
  serial: 1,
  workload: { health: { probe: { kind: 'exec', command: ['check'] }, ...TIMES } },
});
const BY_IMAGE = buildAssignment({ serial: 1, workload: { health: { probe: { kind: 'image' }, ...TIMES } } });

function running(changes: Partial<ObservedInstance> = {}): ObservedInstance {
  return {
    serial: 1,
    containerId: 'c1',
    status: 'running',
    pid: 42,
    exitCode: undefined,
    outOfMemory: false,
    startedAtMs: 1,
    finishedAtMs: 0,
    address: '',
    imageHealth: 'none',
    ...changes,
  };
}

/** Commands that exit with `code`, or fail to be run while `code` is undefined. */
class Commands implements Pick<Runtime, 'exec'> {
  code: number | undefined = 0;
  hang = false;
  runs = 0;

  async exec(_serial: number, _request: unknown, signal: AbortSignal): Promise<ExecSession> {
    this.runs += 1;
    const { code } = this;
    if (code === undefined)
      throw new HeadframeError({ code: 'unavailable', reason: 'engine_unavailable', message: 'away' });
    return Promise.resolve({
      output: this.hang ? untilAborted(signal) : nothing(),
      write: () => Promise.resolve(),
      end: () => undefined,
      resize: () => Promise.resolve(),
      exitCode: () => Promise.resolve(code),
    });
  }
}

// eslint-disable-next-line require-yield -- a silent command
async function* nothing(): AsyncIterable<OutputChunk> {
  await Promise.resolve();
}

// eslint-disable-next-line require-yield -- a silent command
async function* untilAborted(signal: AbortSignal): AsyncIterable<OutputChunk> {
  await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('broken off'));
    });
  });
}

function setUp(): { checks: HealthChecks; clock: ManualClock; commands: Commands; changed: number[] } {
  const clock = new ManualClock();
  const commands = new Commands();
  const changed: number[] = [];
  const checks = new HealthChecks({ runtime: commands, clock, onChange: (serial) => changed.push(serial) });
  return { checks, clock, commands, changed };
}

describe('HealthChecks', () => {
  it('checks at the interval once healthy, and condemns after the retries', async () => {
    const { checks, clock, commands, changed } = setUp();
    checks.follow(BY_COMMAND, running());
    expect(checks.verdict(BY_COMMAND)).to.equal('checking');
    await clock.advanceAsync(1);
    expect(checks.verdict(BY_COMMAND)).to.equal('healthy');
    commands.code = 1;
    await clock.advanceAsync(19_000);
    expect(checks.verdict(BY_COMMAND)).to.equal('healthy');
    await clock.advanceAsync(2_000);
    expect(checks.verdict(BY_COMMAND)).to.equal('unhealthy');
    expect(changed).to.deep.equal([1, 1]);
    checks.close();
    expect(clock.pendingTimers).to.equal(0);
  });

  it('keeps its verdict however long the engine is away', async () => {
    const { checks, clock, commands } = setUp();
    checks.follow(BY_COMMAND, running());
    await clock.advanceAsync(1);
    commands.code = undefined;
    await clock.advanceAsync(600_000);
    expect(commands.runs).to.be.above(50);
    expect(checks.verdict(BY_COMMAND)).to.equal('healthy');
    checks.close();
  });

  it('ends a check at its timeout by the clock', async () => {
    const { checks, clock, commands } = setUp();
    commands.hang = true;
    checks.follow(BY_COMMAND, running());
    await clock.advanceAsync(1_999);
    expect(checks.detail(1)).to.equal('not checked yet');
    await clock.advanceAsync(1);
    await clock.advanceAsync(0);
    expect(checks.detail(1)).to.not.equal('not checked yet');
    checks.close();
  });

  it('begins anew with each run, and ends with it', async () => {
    const { checks, clock, commands } = setUp();
    checks.follow(BY_COMMAND, running());
    await clock.advanceAsync(1);
    checks.follow(BY_COMMAND, running({ startedAtMs: 2 }));
    expect(checks.verdict(BY_COMMAND)).to.equal('checking');
    await clock.advanceAsync(1);
    checks.follow(BY_COMMAND, running({ status: 'exited' }));
    const { runs } = commands;
    await clock.advanceAsync(60_000);
    expect(commands.runs).to.equal(runs);
    expect(clock.pendingTimers).to.equal(0);
  });

  it("follows the image's own check verdict by verdict, without asking by itself", () => {
    const { checks, clock, changed } = setUp();
    const verdicts = (['starting', 'healthy', 'starting', 'unhealthy', 'healthy'] as const).map((imageHealth) => {
      checks.follow(BY_IMAGE, running({ imageHealth }));
      return checks.verdict(BY_IMAGE);
    });
    expect(verdicts).to.deep.equal(['checking', 'healthy', 'healthy', 'unhealthy', 'healthy']);
    expect(changed).to.have.lengthOf(3);
    expect(clock.pendingTimers).to.equal(0);
  });
});
