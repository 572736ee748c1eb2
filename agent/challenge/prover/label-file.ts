import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DIGEST_BYTES } from '../../../common/challenge/digest.js';
import { BLOCK_BYTES, LABEL_VERSION, NODE_BYTES, blockCount } from '../../../common/challenge/label.js';
import { hasCode } from '../../../common/disk/has-code.js';
import { HeadframeError } from '../../../common/model/error.js';

/** A label's shape and seed, as its header says. */
export interface LabelHeader {
  readonly nodes: number;
  readonly layers: number;
  readonly seed: Uint8Array;
}

const MAGIC = Buffer.from('HFLABEL');
/** A block, so that every read of the label begins at a multiple of one. */
const HEADER_BYTES = BLOCK_BYTES;
const AT = { version: 7, layers: 8, nodes: 9, seed: 17 } as const;

/**
 * A label on disk: a header of 4 KiB with magic, version, shape and seed, its last layer, and the digests of that layer's
 * blocks, 1 % of it, so that a path does not take a reading of all.
 */
export class LabelFile {
  readonly #file: FileHandle;
  readonly header: LabelHeader;

  constructor(file: FileHandle, header: LabelHeader) {
    this.#file = file;
    this.header = header;
  }

  /** Opens a label; undefined where there is none of that shape and seed, or of another version. */
  static async open(folder: string, label: string, wanted: LabelHeader): Promise<LabelFile | undefined> {
    const file = await open(join(folder, label), 'r').catch(() => undefined);
    if (file === undefined) return undefined;
    const { buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    if (buffer.equals(headerBytes(wanted))) return new LabelFile(file, wanted);
    await file.close();
    return undefined;
  }

  /**
   * Writes a label under a name of its own until all of it is there. Throws `HeadframeError` (resource_exhausted,
   * 'challenge_disk_full') where the disk takes no more, and leaves nothing of it then.
   */
  static async write(
    folder: string,
    label: string,
    content: { readonly header: LabelHeader; readonly layer: Uint8Array; readonly digests: readonly Uint8Array[] },
  ): Promise<void> {
    const [path, fresh] = [join(folder, label), join(folder, `${label}.fresh`)];
    const file = await open(fresh, 'w', 0o600);
    try {
      for (const part of [headerBytes(content.header), content.layer, Buffer.concat(content.digests)])
        await file.writeFile(part);
      await file.sync();
    } catch (error) {
      await rm(fresh, { force: true });
      throw hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT') ? diskFull(content.layer.length, error) : error;
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  }

  /** Removes a label, also one that was never ended. */
  static async remove(folder: string, label: string): Promise<void> {
    for (const name of [label, `${label}.fresh`]) await rm(join(folder, name), { force: true });
  }

  /** Bytes of the layer. Throws `RangeError` where the file has been cut short. */
  async read(offset: number, bytes: number): Promise<Buffer> {
    return this.#readAt(HEADER_BYTES + offset, bytes);
  }

  /** Digests of all blocks in their order. */
  async digests(): Promise<Buffer[]> {
    const { nodes } = this.header;
    const all = await this.#readAt(HEADER_BYTES + nodes * NODE_BYTES, blockCount(nodes) * DIGEST_BYTES);
    return Array.from({ length: blockCount(nodes) }, (_, at) =>
      all.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES),
    );
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readAt(position: number, bytes: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(bytes), 0, bytes, position);
    if (bytesRead !== bytes) throw new RangeError('the label on disk is shorter than it was made');
    return buffer;
  }
}

function diskFull(bytes: number, cause: unknown): HeadframeError {
  const message = `the disk has no room for a label of ${String(bytes)} bytes`;
  return new HeadframeError({ code: 'resource_exhausted', reason: 'challenge_disk_full', message, cause });
}

function headerBytes({ nodes, layers, seed }: LabelHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes[AT.version] = LABEL_VERSION;
  bytes[AT.layers] = layers;
  bytes.writeBigUInt64BE(BigInt(nodes), AT.nodes);
  bytes.set(seed, AT.seed);
  return bytes;
}
