import { expect } from 'chai';
import type { StepStanding, StepUse } from '../../../../../../agent/runtime/docker/buildkit/kit-steps.js';
import { KitWatch } from '../../../../../../agent/runtime/docker/buildkit/kit-watch.js';
import { runtimeError } from '../../../../../../agent/runtime/runtime-error.js';
import { HeadframeError } from '../../../../../../common/model/error.js';
import { ManualClock } from '../../../../../support/manual-clock.js';

const LIMITS = { memoryBytes: 1000, cpuMillis: 500, pids: 64, diskBytes: 1000, keepFreeBytes: 500 };
const IDLE: StepUse = { processes: 1, folders: [] };

describe('the watch over a build by BuildKit', () => {
  let clock: ManualClock;
  let running: Map<string, StepUse>;
  let standing: StepStanding | Error;
  let bounded: string[];
  let free: number | undefined;
  let watch: KitWatch;

  beforeEach(() => {
    clock = new ManualClock();
    running = new Map([['others', { processes: 999, folders: [] }]]);
    standing = 'bounded';
    bounded = [];
    free = undefined;
    const steps = {
      list: () => Promise.resolve([...running.keys()]),
      bound: async (id: string) => {
        await Promise.resolve();
        bounded.push(id);
        if (standing instanceof Error) throw standing;
        return standing;
      },
      use: (id: string) => Promise.resolve(running.get(id)),
    };
    const parts = { steps, freeBytes: () => Promise.resolve(free), limits: LIMITS, clock };
    watch = new KitWatch(parts, ['others'], new AbortController().signal);
  });
  afterEach(() => watch.close());

  /** Lets so many milliseconds go by; the reason for which the build is ended, '' while it goes on. */
  async function reasonAfter(ms: number): Promise<string> {
    for (let at = 0; at < ms; at += 25) await clock.advanceAsync(25);
    const reason: unknown = watch.signal.reason;
    if (!watch.signal.aborted) return '';
    return reason instanceof HeadframeError ? reason.reason : String(reason);
  }

  function uses(id: string, sizes: Readonly<Record<string, number>>, isNew: boolean): void {
    const folders = Object.entries(sizes).map(([path, bytes]) => ({ path, bytes, isNew }));
    running.set(id, { processes: 1, folders });
  }

  it('bounds each step once it is there, and none of others', async () => {
    standing = 'coming';
    running.set('one', IDLE);
    expect(await reasonAfter(50)).to.equal('');
    expect(bounded.length).to.be.greaterThan(1);
    standing = 'bounded';
    expect(await reasonAfter(25)).to.equal('');
    const before = bounded.length;
    running.set('two', IDLE);
    expect(await reasonAfter(100)).to.equal('');
    expect(bounded.slice(before)).to.deep.equal(['two']);
  });

  it('ends the build where a step cannot be bounded, or had too much before it could be', async () => {
    running.set('one', IDLE);
    standing = runtimeError('build_unbounded', 'its control group cannot be written');
    expect(await reasonAfter(25)).to.equal('build_unbounded');
  });

  it('ends the build where the control group of a step does not come', async () => {
    running.set('one', IDLE);
    standing = 'coming';
    expect(await reasonAfter(9_000)).to.equal('');
    expect(await reasonAfter(2_000)).to.equal('build_unbounded');
  });

  it('ends the build where a step has all the processes that it may', async () => {
    running.set('one', { processes: 63, folders: [] });
    expect(await reasonAfter(1_000)).to.equal('');
    running.set('one', { processes: 64, folders: [] });
    expect(await reasonAfter(1_000)).to.equal('build_too_many_processes');
  });

  it('counts what all steps write, those that are over, too', async () => {
    uses('one', { '/a': 600 }, true);
    expect(await reasonAfter(600)).to.equal('');
    running.delete('one');
    uses('two', { '/b': 401 }, true);
    expect(await reasonAfter(600)).to.equal('build_too_large');
  });

  it('counts of a cache what is new in it, once for all steps that mount it', async () => {
    uses('one', { '/cache': 5_000 }, false);
    expect(await reasonAfter(600)).to.equal('');
    uses('one', { '/cache': 5_600 }, false);
    uses('two', { '/cache': 5_600 }, false);
    expect(await reasonAfter(600)).to.equal('');
    uses('two', { '/cache': 6_001 }, false);
    expect(await reasonAfter(600)).to.equal('build_too_large');
  });

  it('ends the build where too little of the disk is left', async () => {
    free = 500;
    expect(await reasonAfter(600)).to.equal('');
    free = 499;
    expect(await reasonAfter(600)).to.equal('disk_full');
  });

  it('knows by the output what a step ran short of', () => {
    const failure = runtimeError('image_build_failed', 'exit code: 2');
    expect(watch.explained(failure)).to.equal(failure);
    watch.heard('#2 sh: can’t do it');
    watch.heard("#2 sh: can't fork");
    watch.heard('#2 failed');
    expect(watch.explained(failure)).to.include({ reason: 'build_too_many_processes' });
  });
});
