import type { WitnessPlace } from '../store/index.js';
import type { SharedBucket } from './shared-bucket.js';

const KEY = 'journal.end';

/** How far the journal goes, in a bucket, where it outlives what befalls the journal's own stream. */
export class BucketWitness implements WitnessPlace {
  readonly #bucket: Pick<SharedBucket, 'read' | 'replace'>;

  constructor(bucket: Pick<SharedBucket, 'read' | 'replace'>) {
    this.#bucket = bucket;
  }

  async read(): Promise<{ readonly text: string; readonly revision: number } | undefined> {
    const found = await this.#bucket.read(KEY);
    return found && { text: found.value.toString('utf8'), revision: found.revision };
  }

  replace(text: string, revision: number): Promise<number | undefined> {
    return this.#bucket.replace(KEY, Buffer.from(text), revision);
  }
}
