import type { ContentStore } from '../../../contents/index.js';
import { analyse } from './analysis.js';
import type { Analysis, Extract } from './analysis.js';

/** Analyses that are kept at hand. */
const MOST_KEPT = 8;

/** What is known of contents by their digests: found out when it is asked for, the last of it kept. */
export class Analyses {
  readonly #content: ContentStore;
  readonly #extract: Extract;
  readonly #kept = new Map<string, Promise<Analysis>>();

  constructor(content: ContentStore, extract: Extract) {
    this.#content = content;
    this.#extract = extract;
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
    const made = this.#content.read(digest).then((files) => analyse(files, this.#extract));
    // What is lost may be there again later.
    made.catch(() => this.#kept.delete(digest));
    return made;
  }
}
