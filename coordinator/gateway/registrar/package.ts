import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** An archive and by what it is known. */
export interface ModulePackage {
  /** A tar.gz in base64. */
  readonly package: string;
  /** SHA-256 of the archive's bytes, 64 hex digits. */
  readonly hash: string;
}

/** Packs files by their names, in their order; the same files make the same bytes. */
export async function packageOf(files: Readonly<Record<string, string>>): Promise<ModulePackage> {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) tar.entry({ name, mode: 0o644, mtime: new Date(0) }, text);
  tar.finalize();
  const archive = gzipSync(await buffer(tar));
  return { package: archive.toString('base64'), hash: createHash('sha256').update(archive).digest('hex') };
}
