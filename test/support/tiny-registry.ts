import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';

/** A blob of a registry with its digest. */
interface StoredBlob {
  readonly digest: string;
  readonly data: Buffer;
}

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/** A registry on loopback with images of a few small files each: as much of the protocol as an engine needs to pull. */
export class TinyRegistry {
  readonly #server: Server;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, StoredBlob>();
  readonly #waiting: (() => void)[] = [];
  #holds = false;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request.url ?? '', response);
    });
  }

  static async open(): Promise<TinyRegistry> {
    const registry = new TinyRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** Adds an image of these programs, or of one file that nobody has; answers its reference by tag and by digest. */
  async add(name: string, programs: Files = {}): Promise<{ byTag: string; byDigest: string }> {
    const layerTar = await tarOf({ [`${name}.txt`]: randomBytes(64), ...programs });
    const layer = this.#addBlob(gzipSync(layerTar));
    const rootfs = { type: 'layers', diff_ids: [digestOf(layerTar)] };
    const config = this.#addBlob(
      Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })),
    );
    const describe = (mediaType: string, { digest, data }: StoredBlob) => ({ mediaType, digest, size: data.length });
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: describe('application/vnd.docker.container.image.v1+json', config),
      layers: [describe('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
    });
    const manifest = { digest: digestOf(Buffer.from(text)), data: Buffer.from(text) };
    for (const reference of ['1', manifest.digest]) this.#manifests.set(`${name}/${reference}`, manifest);
    const base = `${this.#address}/${name}`;
    return { byTag: `${base}:1`, byDigest: `${base}@${manifest.digest}` };
  }

  /** Keeps layers back until `release`: pulls hang. */
  hold(): void {
    this.#holds = true;
  }

  /** Pulls that hang. */
  get held(): number {
    return this.#waiting.length;
  }

  release(): void {
    this.#holds = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  async close(): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #address(): string {
    // A listening TCP server has an address with a port.
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  #addBlob(data: Buffer): StoredBlob {
    const digest = digestOf(data);
    this.#blobs.set(digest, data);
    return { digest, data };
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    const found = url === '/v2/' ? Buffer.from('{}') : (this.#manifestAt(url) ?? this.#blobAt(url));
    if (found === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (Buffer.isBuffer(found)) {
      const isLayer = url.includes('/blobs/');
      if (isLayer && this.#holds) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      response.end(found);
      return;
    }
    const { digest, data } = found;
    // An engine asks for the head alone first, and that must tell the length.
    const headers = { 'content-type': MANIFEST_TYPE, 'docker-content-digest': digest, 'content-length': data.length };
    response.writeHead(200, headers).end(data);
  }

  #manifestAt(url: string): StoredBlob | undefined {
    const [, name = '', reference = ''] = /^\/v2\/([^/]+)\/manifests\/(.+)$/.exec(url) ?? [];
    return this.#manifests.get(`${name}/${reference}`);
  }

  #blobAt(url: string): Buffer | undefined {
    return this.#blobs.get(/\/blobs\/(.+)$/.exec(url)?.[1] ?? '');
  }
}

/** By their paths. */
type Files = Readonly<Record<string, Buffer>>;

async function tarOf(files: Files): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, data] of Object.entries(files)) pack.entry({ name, mode: 0o755 }, data);
  pack.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of pack) chunks.push(chunk as Uint8Array); // a tar stream gives bytes
  return Buffer.concat(chunks);
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}
