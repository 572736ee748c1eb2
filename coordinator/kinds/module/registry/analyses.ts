import type { ContentStore } from '../source/index.js';
import { analyse } from './analysis.js';
import type { Analysis, Extract } from './analysis.js';

/** Analyses that are kept at hand. */
const MOST_KEPT = 8;

/** What is known of contents by their digests: found out when it is asked for, the last of it kept. */
export class Analyses {
  readonly #content: ContentStore;
  readonly #loadExtract: () => Promise<Extract>;
  readonly #kept = new Map<string, Promise<Analysis>>();

  /** What extracts is loaded when first it is needed: its parsers weigh more than the rest. */
  constructor(content: ContentStore, loadExtract: () => Promise<Extract>) {
    this.#content = content;
    this.#loadExtract = loadExtract;
  }

  /** Throws HeadframeError (data_loss, 'module_content_lost'). */
  of(digest: string): Promise<Analysis> {
    const known = this.#kept.get(digest);
    const analysis = known ?? this.#make(digest);
    this.#kept.delete(digest);
    this.#kept.set(digest, analysis);
    for (const oldest of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(oldest);
    return analysis;
  }

  #make(digest: string): Promise<Analysis> {
    const made = this.#read(digest);
    // What is lost may be there again later.
    made.catch(() => this.#kept.delete(digest));
    return made;
  }

  async #read(digest: string): Promise<Analysis> {
    const files = await this.#content.read(digest);
    return analyse(files, await this.#loadExtract());
  }
}
