import type { MachineKeys } from '../providers/index.js';
import type { SharedBucket } from './shared-bucket.js';

/** Host keys of machines in a bucket, where every coordinator of the cluster finds them. */
export class BucketMachineKeys implements MachineKeys {
  readonly #bucket: Pick<SharedBucket, 'read' | 'replace'>;

  constructor(bucket: Pick<SharedBucket, 'read' | 'replace'>) {
    this.#bucket = bucket;
  }

  async read(name: string): Promise<string | undefined> {
    return (await this.#bucket.read(keyOf(name)))?.value.toString('utf8');
  }

  async keep(name: string, keys: string): Promise<string> {
    const isKept = (await this.#bucket.replace(keyOf(name), Buffer.from(keys), 0)) !== undefined;
    return isKept ? keys : ((await this.read(name)) ?? keys);
  }
}

/** Of letters that a key may have. */
function keyOf(name: string): string {
  return `machine-key.${Buffer.from(name).toString('base64url')}`;
}
