import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventsBetween } from '../../../../../agent/runtime/process/events-between.js';
import { findTail, readFrom, rotateLog } from '../../../../../agent/runtime/process/log-files.js';
import { readLog } from '../../../../../agent/runtime/process/log-reader.js';
import { isAlive, parseStat } from '../../../../../agent/host/process-identity.js';
import { processSpecOf } from '../../../../../agent/runtime/process/process-spec.js';
import { Pulse } from '../../../../../agent/runtime/process/pulse.js';
import type { LogQuery, ObservedInstance } from '../../../../../agent/runtime/runtime.js';
import { buildAssignment } from '../../../../support/build-assignment.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { collect } from '../../../../support/runtime-fixture.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const NEVER = new AbortController().signal;

describe('events between two looks', () => {
  const created: ObservedInstance = {
    serial: 7,
    containerId: 'x',
    status: 'created',
    pid: 0,
    exitCode: undefined,
    outOfMemory: false,
    startedAtMs: 0,
    finishedAtMs: 0,
    address: '',
    imageHealth: 'none',
  };
  const running: ObservedInstance = { ...created, status: 'running', startedAtMs: 10 };
  const exited: ObservedInstance = { ...running, status: 'exited', exitCode: 0, finishedAtMs: 20 };
  const again: ObservedInstance = { ...running, startedAtMs: 30 };
  const cases: readonly (readonly [string, ObservedInstance | undefined, ObservedInstance | undefined, string[]])[] = [
    ['nothing', undefined, undefined, []],
    ['a create', undefined, created, []],
    ['a start', created, running, ['started']],
    ['no change', running, running, []],
    ['an end', running, exited, ['ended']],
    ['an end long past', exited, exited, []],
    ['a start and an end', created, exited, ['started', 'ended']],
    ['a restart', running, again, ['ended', 'started']],
    ['a start after an end', exited, again, ['started']],
    ['a removal', exited, undefined, ['removed']],
    ['an end and a removal', running, undefined, ['ended', 'removed']],
  ];
  for (const [what, before, after, kinds] of cases)
    it(`tell of ${what}`, () => {
      expect(eventsBetween(before, after)).to.deep.equal(kinds.map((kind) => ({ serial: 7, kind })));
    });
});

describe('a process identity', () => {
  const rest = `S 1 42 42 0 -1 4194304 ${'1 '.repeat(12)}98765 1000 200`;

  it('is read behind a name with brackets and blanks', () => {
    expect(parseStat(`42 (sh) ${rest}\n`)).to.deep.equal({ pid: 42, state: 'S', startTicks: '98765' });
    expect(parseStat(`42 (a) R 1 (b ) ${rest}`)).to.deep.equal({ pid: 42, state: 'S', startTicks: '98765' });
    for (const text of ['', '42', '42 (sh) S 1']) expect(parseStat(text)).to.equal(undefined);
  });

  it('is not that of another process with the same number', () => {
    expect(isAlive({ pid: process.pid, startTicks: '1' })).to.equal(false);
    expect(isAlive({ pid: 2 ** 30, startTicks: '1' })).to.equal(false);
  });
});

describe('a process spec', () => {
  it('joins command and arguments and finds programs where a host keeps them', () => {
    const spec = processSpecOf(buildAssignment({ serial: 3, container: { command: ['a'], args: ['b'] } }), 'host');
    expect(spec).to.deep.include({ serial: 3, workloadId: 11, command: ['a', 'b'], workdir: '/' });
    expect(spec.env).to.include({
      HEADFRAME_HOST: 'host',
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    });
  });

  it("leaves the miner's PATH alone", () => {
    expect(processSpecOf(buildAssignment({ container: { env: { PATH: '/x' } } }), 'host').env).to.include({
      PATH: '/x',
    });
  });
});

describe('the log of a process', () => {
  const query: LogQuery = { follow: false, tail: undefined, sinceMs: 0, timestamps: false };
  const textFrom = async (path: string, offset: number): Promise<string> => {
    let text = '';
    for await (const bytes of readFrom(path, offset)) text += Buffer.from(bytes).toString();
    return text;
  };

  it('gives its last lines, however long, ended by a newline or not', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'log');
    const long = 'x'.repeat(100_000);
    await writeFile(path, `one\n${long}\nthree\nfour`);
    const tail = async (lines: number) => textFrom(path, (await findTail(path, lines)).offset);
    expect(await tail(1)).to.equal('four');
    expect(await tail(2)).to.equal('three\nfour');
    expect(await tail(3)).to.equal(`${long}\nthree\nfour`);
    expect(await tail(9)).to.equal(`one\n${long}\nthree\nfour`);
    expect(await tail(0)).to.equal('');
    await appendFile(path, '\n');
    expect(await tail(1)).to.equal('four\n');
    expect(await findTail(path, 9)).to.deep.equal({ offset: 0, lines: 4 });
  });

  it('starts anew at its bound and keeps one older part, which is read first', async () => {
    await using folder = await makeTempDir();
    const [stdout, stderr] = [join(folder.path, 'out'), join(folder.path, 'err')];
    await writeFile(stdout, 'old 1\nold 2\n');
    await rotateLog(stdout, 100);
    expect(await textFrom(stdout, 0)).to.equal('old 1\nold 2\n');
    await rotateLog(stdout, 5);
    await appendFile(stdout, 'new\n');
    const read = (tail: number | undefined) =>
      collect(readLog({ stdout, stderr, isRunning: () => false }, { ...query, tail }, new ManualClock(), NEVER));
    expect((await read(undefined)).stdout).to.equal('old 1\nold 2\nnew\n');
    expect((await read(2)).stdout).to.equal('old 2\nnew\n');
    expect((await read(1)).stdout).to.equal('new\n');
  });

  it('is followed to the end, over a fresh start', async () => {
    await using folder = await makeTempDir();
    const [stdout, stderr] = [join(folder.path, 'out'), join(folder.path, 'err')];
    await writeFile(stdout, 'before\n');
    let running = true;
    const clock = new ManualClock();
    const source = { stdout, stderr, isRunning: () => running };
    const log = readLog(source, { ...query, follow: true }, clock, NEVER)[Symbol.asyncIterator]();
    const next = async (): Promise<string> => {
      const result = await log.next();
      return result.done === true ? '' : Buffer.from(result.value.data).toString();
    };
    expect(await next()).to.equal('before\n');
    await rotateLog(stdout, 1);
    await appendFile(stdout, 'new\n');
    expect(await next()).to.equal('new\n');
    running = false;
    await appendFile(stdout, 'last\n');
    const last = next();
    const pump = setInterval(() => clock.advance(100), 1);
    expect(await last).to.equal('last\n');
    expect((await log.next()).done).to.equal(true);
    clearInterval(pump);
  });

  it('has no times to ask for', async () => {
    const source = { stdout: '', stderr: '', isRunning: () => false };
    const read = (part: Partial<LogQuery>) => collect(readLog(source, { ...query, ...part }, new ManualClock(), NEVER));
    await expectReason(read({ timestamps: true }), 'not_supported');
    await expectReason(read({ sinceMs: 1 }), 'not_supported');
  });
});

describe('a pulse', () => {
  it('wakes at a beat, at the time, with the signal, and at once for a beat that was missed', async () => {
    const clock = new ManualClock();
    const pulse = new Pulse(clock);
    const beat = pulse.next(pulse.count, 1000, NEVER);
    pulse.beat();
    await beat;
    await pulse.next(0, 1000, NEVER);
    const time = pulse.next(pulse.count, 1000, NEVER);
    clock.advance(1000);
    await time;
    const stop = new AbortController();
    const stopped = pulse.next(pulse.count, 1000, stop.signal);
    stop.abort();
    await stopped;
    expect(clock.pendingTimers).to.equal(0);
  });
});
