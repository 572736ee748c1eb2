import type { MachineKeys } from '../providers/index.js';
import { away } from './servers.js';
import type { SharedBucket } from './shared-bucket.js';

const PREFIX = 'machine-key.';

/** Host keys of machines in a bucket, where every coordinator of the cluster finds them. */
export class BucketMachineKeys implements MachineKeys {
  readonly #bucket: Pick<SharedBucket, 'name' | 'read' | 'replace' | 'keys'>;

  constructor(bucket: Pick<SharedBucket, 'name' | 'read' | 'replace' | 'keys'>) {
    this.#bucket = bucket;
  }

  async read(name: string): Promise<string | undefined> {
    return (await this.#bucket.read(keyOf(name)))?.value.toString('utf8');
  }

  async keep(name: string, keys: string): Promise<string> {
    const isKept = (await this.#bucket.replace(keyOf(name), Buffer.from(keys), 0)) !== undefined;
    return isKept ? keys : ((await this.read(name)) ?? keys);
  }

  /** The machines whose keys are kept. */
  async names(): Promise<string[]> {
    const found = await this.#bucket.keys(PREFIX);
    return found.map((key) => Buffer.from(key.slice(PREFIX.length), 'base64url').toString('utf8'));
  }

  /** Keeps them whatever was kept before, for whoever alone works with the bucket. */
  async put(name: string, keys: string): Promise<void> {
    const there = await this.#bucket.read(keyOf(name));
    const revision = await this.#bucket.replace(keyOf(name), Buffer.from(keys), there?.revision ?? 0);
    if (revision === undefined) throw away(`machine keys of bucket ${this.#bucket.name}`, 'another writes to it');
  }
}

/** Of letters that a key may have. */
function keyOf(name: string): string {
  return `${PREFIX}${Buffer.from(name).toString('base64url')}`;
}
