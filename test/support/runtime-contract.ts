import { expect } from 'chai';
import type { RuntimeEvent } from '../../agent/runtime/runtime.js';
import { shellScript } from './build-assignment.js';
import { expectReason } from './expect-reason.js';
import { describeOutput } from './runtime-contract-output.js';
import { collect, PLAIN_EXEC, RuntimeFixture } from './runtime-fixture.js';
import type { OpenRuntime } from './runtime-fixture.js';
import { waitFor } from './wait-for.js';

/** The promises of agent/runtime/runtime.ts, for any runtime on the real thing. */
export function describeRuntimeContract(open: OpenRuntime): void {
  describe('as any runtime', function () {
    this.timeout(60_000);
    let fixture: RuntimeFixture;
    beforeEach(() => {
      fixture = new RuntimeFixture(open);
    });
    afterEach(() => fixture.close());

    describeLife(() => fixture);
    describeOutput(() => fixture);
    describeOthers(() => fixture, open);
  });
}

function describeLife(fixture: () => RuntimeFixture): void {
  it('takes an instance from created over running and exited to gone, every step repeatable', async () => {
    const f = fixture();
    const { runtime, signal } = f;
    const assignment = f.assignment();
    const id = await runtime.create(assignment, signal);
    expect(await runtime.create(assignment, signal)).to.equal(id);
    expect(await f.observed(assignment.serial)).to.include({
      containerId: id,
      status: 'created',
      pid: 0,
      startedAtMs: 0,
    });

    await runtime.start(assignment.serial, signal);
    await runtime.start(assignment.serial, signal);
    const running = await f.observed(assignment.serial);
    expect(running).to.include({ containerId: id, status: 'running', exitCode: undefined, imageHealth: 'none' });
    expect(running.pid).to.be.above(1);
    expect(running.startedAtMs).to.be.closeTo(Date.now(), 30_000);
    expect(await runtime.create(assignment, signal)).to.equal(id);
    expect(await runtime.list(signal)).to.deep.equal([running]);

    await runtime.stop(assignment.serial, 1000, signal);
    await runtime.stop(assignment.serial, 1000, signal);
    expect(await f.observed(assignment.serial)).to.include({ status: 'exited', pid: 0, outOfMemory: false });

    await runtime.remove(assignment.serial, signal);
    await runtime.remove(assignment.serial, signal);
    await runtime.stop(assignment.serial, 1000, signal);
    expect(await runtime.inspect(assignment.serial, signal)).to.equal(undefined);
    expect(await runtime.list(signal)).to.deep.equal([]);
  });

  it('keeps the exit code and the times of an instance that ended by itself', async () => {
    const f = fixture();
    const { serial } = await f.started({ container: shellScript('exit 7') });
    const ended = await f.ended(serial);
    expect(ended).to.include({ exitCode: 7, outOfMemory: false, pid: 0 });
    expect(ended.finishedAtMs).to.be.least(ended.startedAtMs);
    expect(await f.runtime.list(f.signal)).to.deep.equal([ended]);
  });

  it('lets an instance end in its own way within the grace', async () => {
    const f = fixture();
    const script = 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done';
    const { serial } = await f.started({ container: shellScript(script) });
    await waitFor('the trap', async () => (await f.log(serial)).stdout === 'ready\n');
    await f.runtime.stop(serial, 10_000, f.signal);
    expect(await f.observed(serial)).to.include({ status: 'exited', exitCode: 3 });
  });

  it('kills what ignores the grace', async () => {
    const f = fixture();
    const { serial } = await f.started({ container: shellScript('trap "" TERM; echo ready; sleep 1000; sleep 1000') });
    await waitFor('the trap', async () => (await f.log(serial)).stdout === 'ready\n');
    await f.runtime.stop(serial, 1000, f.signal);
    expect(await f.observed(serial)).to.include({ status: 'exited', exitCode: 137, outOfMemory: false });
  });

  it('starts an ended instance again', async () => {
    const f = fixture();
    const { serial } = await f.started({ container: shellScript('sleep 0.1; exit 1') });
    const first = await f.ended(serial);
    await f.runtime.start(serial, f.signal);
    const second = await waitFor('the second end', async () => {
      const now = await f.ended(serial);
      return now.startedAtMs > first.startedAtMs && now;
    });
    expect(second).to.include({ containerId: first.containerId, exitCode: 1 });
  });

  it('refuses to remove what runs', async () => {
    const f = fixture();
    const { serial } = await f.started();
    await expectReason(f.runtime.remove(serial, f.signal), 'engine_error');
    expect((await f.observed(serial)).status).to.equal('running');
  });

  it('replaces what an older workload left created, and nothing that has run', async () => {
    const f = fixture();
    const assignment = f.assignment();
    const newer = { ...assignment, workload: { ...assignment.workload, id: 12 } };
    const older = await f.runtime.create(assignment, f.signal);
    const id = await f.runtime.create(newer, f.signal);
    expect(id).not.to.equal(older);
    await f.runtime.start(assignment.serial, f.signal);
    await expectReason(f.runtime.create(assignment, f.signal), 'engine_error');
  });

  it('says that an instance is gone', async () => {
    const { runtime, signal } = fixture();
    const query = { follow: false, tail: undefined, sinceMs: 0, timestamps: false };
    await expectReason(runtime.start(999, signal), 'container_gone');
    await expectReason(runtime.exec(999, { ...PLAIN_EXEC, command: ['true'] }, signal), 'container_gone');
    await expectReason(collect(runtime.logs(999, query, signal)), 'container_gone');
    expect(await runtime.inspect(999, signal)).to.equal(undefined);
  });
}

function describeOthers(fixture: () => RuntimeFixture, open: OpenRuntime): void {
  it('tells of starts, ends and removals until the signal', async () => {
    const f = fixture();
    const stop = new AbortController();
    const seen: RuntimeEvent[] = [];
    const events = f.runtime.events(stop.signal);
    const reading = (async () => {
      for await (const event of events) seen.push(event);
    })();
    const { serial } = await f.started({ container: shellScript('sleep 0.3') });
    await f.ended(serial);
    await f.runtime.remove(serial, f.signal);
    await waitFor('the removal', () => seen.some(({ kind }) => kind === 'removed'));
    stop.abort();
    await reading;
    expect(seen).to.deep.equal([
      { serial, kind: 'started' },
      { serial, kind: 'ended' },
      { serial, kind: 'removed' },
    ]);
  });

  it('lists truly while events keep its view', async () => {
    const f = fixture();
    const stop = new AbortController();
    const reading = drain(f.runtime.events(stop.signal));
    const { serial } = await f.started({ container: shellScript('sleep 0.4; exit 4') });
    const [running] = await f.runtime.list(f.signal);
    expect(running).to.include({ serial, status: 'running' });
    await f.ended(serial);
    expect(await f.runtime.list(f.signal)).to.deep.equal([await f.observed(serial)]);
    await f.runtime.start(serial, f.signal);
    const [again] = await f.runtime.list(f.signal);
    expect(again?.startedAtMs).to.be.above(running?.startedAtMs ?? Infinity);
    stop.abort();
    await reading;
  });

  it('is adopted by another runtime object: same ids, same start, still stoppable', async () => {
    const f = fixture();
    const script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done';
    const { serial } = await f.started({ container: shellScript(script) });
    await waitFor('the trap', async () => (await f.log(serial)).stdout === 'ready\n');
    const before = await f.observed(serial);
    await f.runtime.close();
    const adopter = f.reopen();
    expect(await adopter.list(f.signal)).to.deep.equal([before]);
    await adopter.stop(serial, 5_000, f.signal);
    expect(await adopter.inspect(serial, f.signal)).to.include({ status: 'exited', exitCode: 9 });
  });

  it('learns the exit code of what ended while no agent was there', async () => {
    const f = fixture();
    const { serial } = await f.started({ container: shellScript('sleep 0.5; exit 6') });
    await f.runtime.close();
    const adopter = f.reopen();
    const ended = await waitFor('the end', async () => {
      const instance = await adopter.inspect(serial, f.signal);
      return instance?.status === 'exited' && instance;
    });
    expect(ended.exitCode).to.equal(6);
  });

  it("does not see another host's instances", async () => {
    const f = fixture();
    const other = new RuntimeFixture(open);
    try {
      const { serial } = await f.started();
      expect(await other.runtime.list(other.signal)).to.deep.equal([]);
      expect(await other.runtime.inspect(serial, other.signal)).to.equal(undefined);
      await other.runtime.stop(serial, 0, other.signal);
      await other.runtime.remove(serial, other.signal);
      expect((await f.observed(serial)).status).to.equal('running');
    } finally {
      await other.close();
    }
  });

  it('rejects at once with the reason of a signal that is aborted', async () => {
    const f = fixture();
    const reason = new Error('enough');
    const call = f.runtime.start((await f.started()).serial, AbortSignal.abort(reason));
    const thrown = await call.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown).to.equal(reason);
  });

  it('says what it is', async () => {
    const { runtime, signal } = fixture();
    const info = await runtime.info(signal);
    expect(info.version).not.to.equal('');
    expect(info.capabilities).to.be.an('array');
  });
}

async function drain(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const item of items) count += item === undefined ? 0 : 1;
  return count;
}
