import type { AuthorityPlace, AuthorityRecordName, PlacedRecord, SharedPlace } from '../security/index.js';
import type { SharedBucket } from './shared-bucket.js';

const PREFIX = 'authority.';
const KEYS: Readonly<Record<AuthorityRecordName, string>> = {
  authority: `${PREFIX}current`,
  'own-authority': `${PREFIX}own`,
};

/** The records of an authority in a bucket, where every coordinator of the cluster finds them. */
export class BucketPlace implements AuthorityPlace {
  readonly toBeginAnew: string;
  readonly shared: SharedPlace;
  readonly #bucket: Pick<SharedBucket, 'name' | 'read' | 'replace' | 'watch'>;

  constructor(bucket: Pick<SharedBucket, 'name' | 'read' | 'replace' | 'watch'>) {
    this.#bucket = bucket;
    this.toBeginAnew = `delete ${Object.values(KEYS).join(' and ')} from bucket ${bucket.name}`;
    this.shared = { watch: (replaced, signal) => bucket.watch(PREFIX, replaced, signal) };
  }

  whereIs(record: AuthorityRecordName): string {
    return `${KEYS[record]} of bucket ${this.#bucket.name}`;
  }

  async read(record: AuthorityRecordName): Promise<PlacedRecord | undefined> {
    const found = await this.#bucket.read(KEYS[record]);
    return found && { text: found.value.toString('utf8'), revision: found.revision };
  }

  replace(record: AuthorityRecordName, text: string, revision: number): Promise<number | undefined> {
    return this.#bucket.replace(KEYS[record], Buffer.from(text), revision);
  }
}
