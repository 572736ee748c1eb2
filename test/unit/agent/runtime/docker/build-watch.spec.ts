import { expect } from 'chai';
import type { BuildStep } from '../../../../../agent/runtime/docker/build-steps.js';
import { BuildWatch } from '../../../../../agent/runtime/docker/build-watch.js';
import { runtimeError } from '../../../../../agent/runtime/runtime-error.js';
import { HeadframeError } from '../../../../../common/model/error.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const LIMITS = { memoryBytes: 1000, cpuMillis: 500, pids: 64, diskBytes: 1000, keepFreeBytes: 500 };
const [FIRST, SECOND] = ['0123456789ab', 'ba9876543210'];

interface Running extends BuildStep {
  readonly processes: number;
}

describe('the watch over a build', () => {
  let clock: ManualClock;
  let running: Map<string, Running>;
  let bounded: [container: string, pids: number][];
  let free: number | undefined;
  let blind: boolean;
  let stop: AbortController;
  let watch: BuildWatch;

  beforeEach(() => {
    clock = new ManualClock();
    running = new Map();
    bounded = [];
    free = undefined;
    blind = false;
    stop = new AbortController();
    const steps = {
      step: (container: string) =>
        blind ? Promise.reject(new Error('the engine hangs')) : Promise.resolve(running.get(container)),
      processes: (container: string) => Promise.resolve(running.get(container)?.processes ?? 0),
      bound: (container: string, pids: number) => {
        bounded.push([container, pids]);
        return Promise.resolve(running.has(container));
      },
    };
    watch = new BuildWatch({ steps, freeBytes: () => Promise.resolve(free), limits: LIMITS, clock }, stop.signal);
  });
  afterEach(() => watch.close());

  function begin(container: string, more: Partial<Running> = {}): void {
    running.clear();
    running.set(container, { fileBytes: LIMITS.diskBytes, writtenBytes: 0, processes: 1, ...more });
    watch.heard(` ---> Running in ${container}\n`);
  }

  /** Looks so many times; the reason for which the build is ended, '' while it goes on. */
  async function reasonAfter(looks: number): Promise<string> {
    for (let look = 0; look < looks; look += 1) await clock.advanceAsync(500);
    const reason: unknown = watch.signal.reason;
    if (!watch.signal.aborted) return '';
    return reason instanceof HeadframeError ? reason.reason : String(reason);
  }

  it('bounds the processes of each step as soon as it begins, once', async () => {
    begin(FIRST);
    await clock.advanceAsync(0);
    expect(bounded).to.deep.equal([[FIRST, 64]]);
    begin(SECOND);
    expect(await reasonAfter(3)).to.equal('');
    expect(bounded).to.deep.equal([
      [FIRST, 64],
      [SECOND, 64],
    ]);
  });

  it('leaves containers alone that are none of the build, whatever a step says', async () => {
    begin(FIRST, { fileBytes: undefined, writtenBytes: 5000, processes: 5000 });
    expect(await reasonAfter(2)).to.equal('');
    expect(bounded).to.deep.equal([]);
  });

  it('ends a build that has all processes it may', async () => {
    begin(FIRST, { processes: 63 });
    expect(await reasonAfter(2)).to.equal('');
    begin(SECOND, { processes: 64 });
    expect(await reasonAfter(1)).to.equal('build_too_many_processes');
  });

  it('ends a build whose steps write too much together', async () => {
    begin(FIRST, { writtenBytes: 600 });
    expect(await reasonAfter(1)).to.equal('');
    begin(SECOND, { writtenBytes: 400 });
    expect(await reasonAfter(2)).to.equal('');
    running.set(SECOND, { fileBytes: LIMITS.diskBytes, writtenBytes: 401, processes: 1 });
    expect(await reasonAfter(1)).to.equal('build_too_large');
  });

  it('forgets no step for others that it speaks of, and ends a build that speaks of many', async () => {
    begin(FIRST);
    watch.heard(` ---> Running in ${SECOND}\n`);
    running.set(FIRST, { fileBytes: LIMITS.diskBytes, writtenBytes: 1001, processes: 1 });
    expect(await reasonAfter(1)).to.equal('build_too_large');
    const other = new BuildWatch(
      {
        steps: {
          step: () => new Promise(() => undefined),
          processes: () => Promise.resolve(0),
          bound: () => Promise.resolve(true),
        },
        freeBytes: () => Promise.resolve(undefined),
        limits: LIMITS,
        clock,
      },
      stop.signal,
    );
    for (let at = 0; at < 17; at += 1) other.heard(` ---> Running in ${String(at).padStart(12, '0')}\n`);
    expect(other.signal.reason).to.include({ reason: 'image_build_failed' });
  });

  it('ends a build when the disk gets as full as it may, whoever fills it', async () => {
    free = 500;
    expect(await reasonAfter(1)).to.equal('');
    free = 499;
    expect(await reasonAfter(1)).to.equal('disk_full');
  });

  it('ends a build that it cannot see for long, and not one that it misses once', async () => {
    begin(FIRST);
    blind = true;
    expect(await reasonAfter(4)).to.equal('');
    blind = false;
    expect(await reasonAfter(1)).to.equal('');
    blind = true;
    expect(await reasonAfter(4)).to.equal('');
    expect(await reasonAfter(1)).to.contain('the engine hangs');
  });

  it('ends with whoever asked for the build', async () => {
    stop.abort(new Error('given up'));
    expect(await reasonAfter(0)).to.contain('given up');
    expect(clock.pendingTimers).to.equal(0);
  });

  it('knows why a step failed that could not begin another process or write a file on', () => {
    const failed = runtimeError('image_build_failed', 'returned a non-zero code: 2');
    expect(watch.explained(failed)).to.equal(failed);
    watch.heard("/bin/sh: can't fork: Resource temporarily unavailable\n");
    expect(watch.explained(failed)).to.include({ reason: 'build_too_many_processes' });
    watch.heard("dd: error writing '/big': File too large\n");
    expect(watch.explained(failed)).to.include({ reason: 'build_too_large' });
    const other = runtimeError('disk_full', 'no room');
    expect(watch.explained(other)).to.equal(other);
  });
});
