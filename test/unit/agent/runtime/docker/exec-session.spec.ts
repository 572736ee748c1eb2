import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { openExec } from '../../../../../agent/runtime/docker/exec-session.js';
import type { ExecEngine, ExecParts, ExecState } from '../../../../../agent/runtime/docker/exec-session.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const YET_TO_START: ExecState = { running: false, exitCode: undefined, pid: 0 };
/** A part of every line of /proc/PID/cgroup, so that any process counts as the container's. */
const ANY_CONTAINER = ':';

/** A command that the engine has opened a connection for; `states` is what it says of it, the last for ever. */
function execOf(states: readonly ExecState[], startExec: () => Promise<Duplex>): Opened {
  const [clock, caller, kills] = [new ManualClock(), new AbortController(), [] as Promise<void>[]];
  const left = [...states];
  const engine: ExecEngine = {
    createExec: () => Promise.resolve('exec'),
    startExec,
    resizeExec: () => Promise.resolve(),
    inspectExec: () => {
      const [state = YET_TO_START] = left;
      if (left.length > 1) left.shift();
      return Promise.resolve(state);
    },
  };
  const request = { command: ['sleep', '1000'], tty: false, stdin: false, columns: 0, rows: 0 };
  const onKill = (killing: Promise<void>): void => void kills.push(killing);
  const parts = { engine, clock, containerId: ANY_CONTAINER, request, signal: caller.signal, onKill };
  return { parts, clock, caller, kills };
}

interface Opened {
  readonly parts: ExecParts;
  readonly clock: ManualClock;
  readonly caller: AbortController;
  readonly kills: readonly Promise<void>[];
}

describe('a command whose caller gives up', () => {
  let command: ChildProcess;
  beforeEach(() => {
    command = spawn('sleep', ['1000']);
  });
  afterEach(() => command.kill('SIGKILL'));

  const running = (): ExecState => ({ running: true, exitCode: undefined, pid: command.pid ?? 0 });

  it('between the opening of its connection and its start is killed once it runs', async () => {
    const noPidYet = { ...running(), pid: 0 };
    const exec = execOf([YET_TO_START, YET_TO_START, noPidYet, running()], () => Promise.resolve(new PassThrough()));
    await openExec(exec.parts);
    const ended = once(command, 'exit');
    exec.caller.abort();
    await exec.clock.advanceAsync(1_000);
    await Promise.all(exec.kills);
    expect((await ended)[1]).to.equal('SIGKILL');
  });

  it('before the engine has answered the start is killed, too', async () => {
    const exec = execOf(
      [running()],
      () =>
        new Promise((_resolve, reject) => {
          exec.caller.signal.addEventListener('abort', () => reject(new Error('given up')));
        }),
    );
    const opening = openExec(exec.parts).then(
      () => 'opened',
      () => 'given up',
    );
    await Promise.resolve();
    const ended = once(command, 'exit');
    exec.caller.abort();
    expect(await opening).to.equal('given up');
    expect((await ended)[1]).to.equal('SIGKILL');
  });

  it('is left to whoever has its pid now once it has ended', async () => {
    const over = { ...running(), running: false, exitCode: 0 };
    const exec = execOf([over], () => Promise.resolve(new PassThrough()));
    await openExec(exec.parts);
    exec.caller.abort();
    await Promise.all(exec.kills);
    expect(exec.kills.length).to.equal(1);
    expect(command.signalCode).to.equal(null);
  });
});
