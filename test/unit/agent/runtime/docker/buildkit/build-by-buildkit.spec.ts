import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { BuildOptions } from '../../../../../../agent/runtime/docker/build-calls.js';
import { buildByBuildkit } from '../../../../../../agent/runtime/docker/buildkit/build-by-buildkit.js';
import { ManualClock } from '../../../../../support/manual-clock.js';
import { expectReason } from '../../../../../support/expect-reason.js';

const LIMITS = { memoryBytes: 1000, cpuMillis: 500, pids: 64, diskBytes: 1000, keepFreeBytes: 0, cacheBytes: 77 };

/** Answers as the test says, to whoever listens. */
class FakeCalls {
  readonly asked: string[] = [];
  readonly answer = new Readable({ read: () => undefined });
  options: BuildOptions | undefined;
  /** Times that it is to be told to end before it hears it; -1 where it hangs. */
  deafFor = 0;

  buildByBuildkit(_context: Readable, options: BuildOptions, signal: AbortSignal): Promise<Readable> {
    this.options = options;
    signal.addEventListener('abort', () => {
      this.asked.push('cut');
      this.answer.destroy(new Error('cut'));
    });
    return Promise.resolve(this.answer);
  }

  cancel(id: string): Promise<void> {
    this.asked.push(id === this.options?.buildid ? 'cancel' : 'cancel of another');
    if (this.deafFor === 0) this.says({ errorDetail: { message: 'context canceled' } });
    this.deafFor -= 1;
    return Promise.resolve();
  }

  pruneCache(keepBytes: number): Promise<void> {
    this.asked.push(`prune to ${String(keepBytes)}`);
    return Promise.resolve();
  }

  says(message: object): void {
    this.answer.push(`${JSON.stringify(message)}\n`);
  }
}

describe('a build by BuildKit', () => {
  let clock: ManualClock;
  let calls: FakeCalls;
  let stop: AbortController;

  beforeEach(() => {
    clock = new ManualClock();
    calls = new FakeCalls();
    stop = new AbortController();
  });

  async function built(limits: typeof LIMITS | null = LIMITS): Promise<string> {
    const steps = {
      list: () => Promise.resolve([]),
      bound: () => Promise.resolve('bounded' as const),
      use: () => Promise.resolve(undefined),
    };
    const parts = { builds: calls, steps, freeBytes: () => Promise.resolve(undefined), clock };
    const named = { context: Readable.from([]), dockerfile: 'Dockerfile', tag: 'a:1', labels: { l: '1' } };
    let made = '';
    for await (const { imageId } of buildByBuildkit(
      parts,
      { ...named, buildArgs: { A: '1' }, limits: limits ?? undefined },
      stop.signal,
    ))
      made = imageId || made;
    return made;
  }

  it('asks for all that the classic builder is asked for, and clears the cache when it is over', async () => {
    calls.says({ id: 'moby.image.id', aux: { ID: 'sha256:1' } });
    calls.answer.push(null);
    expect(await built()).to.equal('sha256:1');
    expect(calls.options).to.deep.include({
      t: 'a:1',
      dockerfile: 'Dockerfile',
      labels: { l: '1' },
      buildargs: { A: '1' },
    });
    expect(calls.options?.ulimits).to.include('1000');
    expect(calls.asked.filter((asked) => asked !== 'cut')).to.deep.equal(['prune to 77']);
  });

  it('is none without limits', async () => {
    await expectReason(built(null), 'build_unbounded');
    expect(calls.options).to.equal(undefined);
  });

  it('fails as the engine says, and clears the cache then, too', async () => {
    calls.says({ errorDetail: { message: 'process "x" did not complete successfully: exit code: 3' } });
    await expectReason(built(), 'image_build_failed');
    expect(calls.asked.at(-1)).to.equal('prune to 77');
  });

  it('is told to end until it hears it, and its cache cleared only then', async () => {
    calls.deafFor = 2;
    const build = built().catch((error: unknown) => error);
    await clock.advanceAsync(0);
    const reason = new Error('enough');
    stop.abort(reason);
    for (let times = 0; times < 3; times += 1) await clock.advanceAsync(250);
    expect(calls.asked).not.to.include('prune to 77');
    for (let times = 0; times < 5; times += 1) await clock.advanceAsync(250);
    expect(await build).to.equal(reason);
    expect(calls.asked.filter((asked) => asked !== 'cut')).to.deep.equal(['cancel', 'cancel', 'cancel', 'prune to 77']);
  });

  it('is cut off where the engine does not end it', async () => {
    calls.deafFor = -1;
    const build = built().catch((error: unknown) => error);
    await clock.advanceAsync(0);
    const reason = new Error('enough');
    stop.abort(reason);
    for (let times = 0; times < 45; times += 1) await clock.advanceAsync(250);
    expect(await build).to.equal(reason);
    expect(calls.asked.slice(-2)).to.deep.equal(['cut', 'prune to 77']);
  });

  it('is given up although it was made before it heard of it', async () => {
    calls.deafFor = -1;
    const build = built().catch((error: unknown) => error);
    await clock.advanceAsync(0);
    const reason = new Error('enough');
    stop.abort(reason);
    calls.says({ id: 'moby.image.id', aux: { ID: 'sha256:1' } });
    calls.answer.push(null);
    for (let times = 0; times < 10; times += 1) await clock.advanceAsync(250);
    expect(await build).to.equal(reason);
  });
});
