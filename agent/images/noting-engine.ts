import type { BuildInput, BuildMessage, EngineBuilders, ImageEngine, LayerProgress } from './image-engine.js';

/** Label of images that Headframe built: no image that was there before can carry it. */
export const BUILT_LABEL = 'headframe.built';

/** Told of an image that is on the host for Headframe's sake: its id, and the reference by which it came. */
export type ImageBroughtListener = (imageId: string, reference: string) => void;

/** An image engine that tells which images were not there before it brought them. */
export class NotingImageEngine implements ImageEngine {
  readonly #engine: ImageEngine;
  readonly #onBrought: ImageBroughtListener;

  constructor(engine: ImageEngine, onBrought: ImageBroughtListener) {
    this.#engine = engine;
    this.#onBrought = onBrought;
  }

  find(reference: string, signal: AbortSignal): Promise<string | undefined> {
    return this.#engine.find(reference, signal);
  }

  builders(signal: AbortSignal): Promise<EngineBuilders> {
    return this.#engine.builders(signal);
  }

  async *pull(reference: string, signal: AbortSignal): AsyncGenerator<LayerProgress> {
    const before = await this.#engine.find(reference, signal);
    yield* this.#engine.pull(reference, signal);
    const after = await this.#engine.find(reference, signal);
    if (after !== undefined && after !== before) this.#onBrought(after, reference);
  }

  async *build(input: BuildInput, signal: AbortSignal): AsyncGenerator<BuildMessage> {
    const labels = { ...input.labels, [BUILT_LABEL]: '1' };
    let imageId = '';
    for await (const message of this.#engine.build({ ...input, labels }, signal)) {
      if (message.imageId !== '') imageId = message.imageId;
      yield message;
    }
    if (imageId !== '') this.#onBrought(imageId, input.tag);
  }
}
