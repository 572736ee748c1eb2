import type { MemberPlace, PlacedMember } from '../members/index.js';
import type { SharedBucket } from './shared-bucket.js';

const PREFIX = 'member.';

/** The coordinators of a cluster in a bucket, where each of them finds all. */
export class BucketMembers implements MemberPlace {
  readonly #bucket: Pick<SharedBucket, 'keys' | 'read' | 'replace' | 'watch'>;

  constructor(bucket: Pick<SharedBucket, 'keys' | 'read' | 'replace' | 'watch'>) {
    this.#bucket = bucket;
  }

  async list(): Promise<string[]> {
    const keys = await this.#bucket.keys(PREFIX);
    const found = await Promise.all(keys.map((key) => this.#bucket.read(key)));
    return found.flatMap((entry) => (entry === undefined ? [] : [entry.value.toString('utf8')]));
  }

  async read(address: string): Promise<PlacedMember | undefined> {
    const found = await this.#bucket.read(keyOf(address));
    return found && { text: found.value.toString('utf8'), revision: found.revision };
  }

  async replace(address: string, text: string, revision: number): Promise<boolean> {
    return (await this.#bucket.replace(keyOf(address), Buffer.from(text), revision)) !== undefined;
  }

  watch(changed: () => void, signal: AbortSignal): Promise<void> {
    return this.#bucket.watch(PREFIX, changed, signal);
  }
}

/** Of letters that a key may have. */
function keyOf(address: string): string {
  return PREFIX + Buffer.from(address).toString('base64url');
}
