import type { PrepareProgress } from '../runtime/runtime.js';
import type { LayerProgress } from './image-engine.js';

/** Sums a pull over its layers. Totals grow while the engine still finds out how large the layers are. */
export class PullProgress {
  readonly #layers = new Map<string, { readonly doneBytes: number; readonly totalBytes: number }>();

  /** Takes in one message and gives the state of the whole pull. */
  add(progress: LayerProgress): PrepareProgress {
    if (progress.layer !== '') this.#layers.set(progress.layer, this.#layerAfter(progress));
    let [doneBytes, totalBytes] = [0, 0];
    for (const layer of this.#layers.values()) {
      doneBytes += layer.doneBytes;
      totalBytes += layer.totalBytes;
    }
    const text = progress.layer === '' ? progress.text : `${progress.layer}: ${progress.text}`;
    return { activity: 'pull', doneBytes, totalBytes, text };
  }

  #layerAfter({ layer, phase, doneBytes, totalBytes }: LayerProgress): { doneBytes: number; totalBytes: number } {
    const total = Math.max(totalBytes, this.#layers.get(layer)?.totalBytes ?? 0);
    const before = this.#layers.get(layer)?.doneBytes ?? 0;
    if (phase === 'done') return { doneBytes: total, totalBytes: total };
    return { doneBytes: phase === 'downloading' ? doneBytes : before, totalBytes: total };
  }
}
