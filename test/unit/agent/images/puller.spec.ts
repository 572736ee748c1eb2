import { expect } from 'chai';
import { ImagePuller } from '../../../../agent/images/index.js';
import type { BuildMessage, ImageEngine, LayerProgress } from '../../../../agent/images/index.js';
import { PullProgress } from '../../../../agent/images/pull-progress.js';
import { isImageId, withTag } from '../../../../agent/images/reference.js';
import type { PrepareProgress } from '../../../../agent/runtime/runtime.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** An engine whose pulls go on as the test says. */
class FakeImageEngine implements ImageEngine {
  readonly local = new Set<string>();
  readonly pulls: { readonly reference: string; readonly signal: AbortSignal }[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #messages: (LayerProgress | Error | 'end')[] = [];

  async find(reference: string): Promise<string | undefined> {
    return this.local.has(reference) ? `id of ${reference}` : undefined;
  }

  builders() {
    return Promise.resolve({ version: '20.10.24', noBuildkit: '' });
  }

  async *pull(reference: string, signal: AbortSignal): AsyncGenerator<LayerProgress> {
    this.pulls.push({ reference, signal });
    signal.addEventListener('abort', () => this.#wake());
    for (;;) {
      const message = this.#messages.shift();
      signal.throwIfAborted();
      if (message === 'end') return;
      if (message instanceof Error) throw message;
      if (message === undefined) await new Promise<void>((resolve) => this.#waiting.add(resolve));
      else yield message;
    }
  }

  async *build(): AsyncGenerator<BuildMessage> {
    yield { text: '', imageId: '' };
  }

  say(message: LayerProgress | Error | 'end'): void {
    this.#messages.push(message);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

const layer = (name: string, phase: LayerProgress['phase'], doneBytes = 0, totalBytes = 0): LayerProgress => ({
  layer: name,
  text: phase,
  phase,
  doneBytes,
  totalBytes,
});

const ignore = (): void => undefined;
const NEVER = new AbortController().signal;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an image puller', () => {
  let engine: FakeImageEngine;
  let clock: ManualClock;
  let puller: ImagePuller;
  beforeEach(() => {
    engine = new FakeImageEngine();
    clock = new ManualClock();
    puller = new ImagePuller(engine, clock, { concurrency: 1, stallMs: 1000 });
  });

  it('leaves the registry alone when the image is there', async () => {
    engine.local.add('box:1');
    await puller.ensure('box:1', 'ifNotPresent', ignore, NEVER);
    await puller.ensure('box:1', 'never', ignore, NEVER);
    expect(engine.pulls).to.deep.equal([]);
  });

  it('takes what was there a moment ago to be there still, until told otherwise', async () => {
    engine.local.add('box:1');
    await puller.ensure('box:1', 'never', ignore, NEVER);
    engine.local.clear();
    await puller.ensure('box:1', 'never', ignore, NEVER);
    clock.advance(5_000);
    await expectReason(puller.ensure('box:1', 'never', ignore, NEVER), 'image_not_found');
    engine.local.add('box:1');
    await puller.ensure('box:1', 'never', ignore, NEVER);
    engine.local.clear();
    puller.forget('box:1');
    await expectReason(puller.ensure('box:1', 'never', ignore, NEVER), 'image_not_found');
  });

  it('pulls what is there when told always, and what is not there unless told never', async () => {
    engine.local.add('box:1');
    engine.say('end');
    await puller.ensure('box:1', 'always', ignore, NEVER);
    engine.say('end');
    await puller.ensure('other', 'ifNotPresent', ignore, NEVER);
    expect(engine.pulls.map(({ reference }) => reference)).to.deep.equal(['box:1', 'other:latest']);
    await expectReason(puller.ensure('other', 'never', ignore, NEVER), 'image_not_found');
  });

  it('pulls once for all who ask at the same time, and tells all of them', async () => {
    const heard: PrepareProgress[][] = [[], []];
    const all = heard.map((list) => puller.ensure('box:1', 'ifNotPresent', (progress) => list.push(progress), NEVER));
    await settled();
    engine.say(layer('a', 'downloading', 3, 10));
    await settled();
    engine.say('end');
    await Promise.all(all);
    expect(engine.pulls.length).to.equal(1);
    expect(heard[0]).to.deep.equal([{ activity: 'pull', doneBytes: 3, totalBytes: 10, text: 'a: downloading' }]);
    expect(heard[1]).to.deep.equal(heard[0]);
  });

  it('goes on until the last who asked gives up', async () => {
    const stops = [new AbortController(), new AbortController()];
    const outcomes = stops.map(({ signal }) =>
      puller.ensure('box:1', 'ifNotPresent', ignore, signal).catch((error: unknown) => error),
    );
    await settled();
    const reason = new Error('enough');
    stops[0]?.abort(reason);
    expect(await outcomes[0]).to.equal(reason);
    expect(engine.pulls[0]?.signal.aborted).to.equal(false);
    stops[1]?.abort(reason);
    expect(await outcomes[1]).to.equal(reason);
    expect(engine.pulls[0]?.signal.aborted).to.equal(true);
  });

  it('fails all with the failure, and tries anew when asked again', async () => {
    const all = [1, 2].map(() =>
      puller.ensure('box:1', 'ifNotPresent', ignore, NEVER).catch((error: unknown) => error),
    );
    await settled();
    const failure = new Error('no route');
    engine.say(failure);
    expect(await Promise.all(all)).to.deep.equal([failure, failure]);
    engine.say('end');
    await puller.ensure('box:1', 'ifNotPresent', ignore, NEVER);
    expect(engine.pulls.length).to.equal(2);
  });

  it('gives a pull up that says nothing for too long, and only such a one', async () => {
    const pull = puller.ensure('box:1', 'ifNotPresent', ignore, NEVER);
    await settled();
    await clock.advanceAsync(900);
    engine.say(layer('a', 'waiting'));
    await clock.advanceAsync(900);
    expect(engine.pulls[0]?.signal.aborted).to.equal(false);
    clock.advance(100);
    await expectReason(pull, 'image_pull_failed');
    expect(clock.pendingTimers).to.equal(0);
  });

  it('lets another pull begin beside one that keeps silent, which goes on', async () => {
    puller = new ImagePuller(engine, clock, { concurrency: 1, quietMs: 500, stallMs: 10_000 });
    const pulls = ['silent:1', 'next:1', 'last:1'].map((image) =>
      puller.ensure(image, 'ifNotPresent', ignore, NEVER).catch((error: unknown) => error),
    );
    await settled();
    await clock.advanceAsync(499);
    expect(engine.pulls.length).to.equal(1);
    await clock.advanceAsync(1);
    expect(engine.pulls.map(({ reference }) => reference)).to.deep.equal(['silent:1', 'next:1']);
    expect(engine.pulls[0]?.signal.aborted).to.equal(false);
    // The end of the one that gave up its place frees no second one.
    for (const end of ['end', 'end', 'end'] as const) {
      engine.say(end);
      await settled();
    }
    await Promise.all(pulls);
    expect(engine.pulls.length).to.equal(3);
  });

  it('pulls no more images at once than told', async () => {
    const pulls = ['a:1', 'b:1'].map((image) => puller.ensure(image, 'ifNotPresent', ignore, NEVER));
    await settled();
    expect(engine.pulls.length).to.equal(1);
    engine.say('end');
    await settled();
    expect(engine.pulls.length).to.equal(2);
    engine.say('end');
    await Promise.all(pulls);
  });
});

describe('the progress of a pull', () => {
  it('is the sum over the layers and never falls back', () => {
    const progress = new PullProgress();
    const sums = [
      layer('', 'waiting'),
      layer('a', 'waiting'),
      layer('a', 'downloading', 4, 10),
      layer('b', 'downloading', 1, 90),
      layer('a', 'waiting'),
      layer('a', 'done'),
      layer('b', 'done'),
      layer('b', 'done'),
    ].map((message) => progress.add(message));
    expect(sums.map(({ doneBytes, totalBytes }) => [doneBytes, totalBytes])).to.deep.equal([
      [0, 0],
      [0, 0],
      [4, 10],
      [5, 100],
      [5, 100],
      [11, 100],
      [100, 100],
      [100, 100],
    ]);
  });
});

describe('an image reference', () => {
  it('gets a tag only where it has neither tag nor digest', () => {
    const digest = `box@sha256:${'a'.repeat(64)}`;
    const references = ['box', 'box:1', 'host:5000/box', 'host:5000/box:1', digest];
    expect(references.map(withTag)).to.deep.equal([
      'box:latest',
      'box:1',
      'host:5000/box:latest',
      'host:5000/box:1',
      digest,
    ]);
  });

  it('is an id when it is one whole', () => {
    expect(isImageId(`sha256:${'a'.repeat(64)}`)).to.equal(true);
    expect(isImageId('a'.repeat(64))).to.equal(true);
    expect(isImageId('abc')).to.equal(false);
  });
});
