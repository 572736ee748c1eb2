import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { SourceFile } from '../../../../contents/index.js';
import { componentsOf } from './components.js';
import { findPackages } from './find-packages.js';

/** What a bill of materials is of. */
export interface BilledModule {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly commit: string;
  /** `sha256:` and the digest in hex of the archive of the files. */
  readonly digest: string;
  readonly files: readonly SourceFile[];
  /** What its pyproject.toml names, as it was extracted. */
  readonly projects: readonly string[];
  readonly atMs: number;
  /** Of Headframe. */
  readonly madeBy: string;
}

/** A bill of materials, and how many packages it names. */
export interface Bill {
  readonly json: Buffer;
  readonly components: number;
}

/** The reference of the module itself. */
const ROOT = 'module';
/** Some milliseconds' worth of hashing. */
const SLICE_BYTES = 4 * 2 ** 20;

/**
 * The bill of materials of a module by CycloneDX 1.6: the packages that its files name, and the files with their digests. It
 * says of itself that it is incomplete: what an installer would choose for a range, and what packages need, is not in the files.
 */
export async function billOf(module: BilledModule): Promise<Bill> {
  const { packages, unread } = await findPackages(module.files, module.projects);
  const libraries = componentsOf(packages);
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
    serialNumber: `urn:uuid:${uuidOf(module)}`,
    metadata: {
      timestamp: new Date(module.atMs).toISOString(),
      lifecycles: [{ phase: 'pre-build' }],
      tools: { components: [{ type: 'application', name: 'headframe', version: module.madeBy }] },
      component: {
        ...{ type: 'application', 'bom-ref': ROOT, name: module.name, version: module.version },
        hashes: [{ alg: 'SHA-256', content: module.digest.replace(/^sha256:/, '') }],
        externalReferences: [{ type: 'vcs', url: module.url, comment: `commit ${module.commit}` }],
      },
      properties: unread.slice(0, 100).map((value) => ({ name: 'headframe:unread', value })),
    },
    components: [...libraries, ...(await filesOf(module.files))],
    dependencies: [{ ref: ROOT, dependsOn: libraries.map((one) => one['bom-ref']) }],
    compositions: [{ aggregate: 'incomplete', dependencies: [ROOT] }],
  };
  return { json: Buffer.from(`${JSON.stringify(bill)}\n`), components: libraries.length };
}

async function filesOf(files: readonly SourceFile[]): Promise<object[]> {
  const components: object[] = [];
  let hashed = 0;
  for (const { path, content } of files) {
    const digest = createHash('sha256').update(content).digest('hex');
    components.push({ type: 'file', name: path, hashes: [{ alg: 'SHA-256', content: digest }] });
    hashed += content.length;
    if (hashed < SLICE_BYTES) continue;
    hashed = 0;
    await setImmediate();
  }
  return components;
}

/** Another one for whatever is another bill (RFC 9562, version 8). */
function uuidOf({ name, commit, digest, atMs }: BilledModule): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([name, commit, digest, atMs]))
    .digest('hex');
  const variant = (8 + (Number.parseInt(hex[16] ?? '0', 16) % 4)).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
