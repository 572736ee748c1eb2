import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseManifests } from '../../common/model/manifest/index.js';
import type { SourceText } from '../../common/model/manifest/index.js';
import type { MinerSpec } from '../../common/model/miner.js';
import { manifestInvalid } from '../../common/wire/client.js';
import { usageError } from './usage-error.js';
import type { World } from './world.js';

/**
 * Reads the manifests of files, folders (their own .yaml, .yml and .json, by name) and `-` for stdin. Throws
 * HeadframeError (invalid_argument): manifest_invalid with all that is wrong, manifest_unreadable, manifest_missing.
 */
export async function readManifests(paths: readonly string[], world: World): Promise<readonly MinerSpec[]> {
  if (paths.length === 0)
    throw usageError('manifest_missing', 'no manifest is given', 'Say -f FILE, -f FOLDER or -f -.');
  const files: SourceText[] = [];
  for (const path of paths) files.push(...(await readSources(path, world)));
  const parsed = parseManifests(files);
  if ('violations' in parsed) throw manifestInvalid(parsed.violations);
  if (parsed.specs.length > 0) return parsed.specs;
  throw usageError('manifest_missing', `there is no manifest in ${paths.join(', ')}`);
}

async function readSources(path: string, world: World): Promise<SourceText[]> {
  if (path === '-') return [{ name: 'stdin', text: await text(world.stdin) }];
  try {
    if (!(await stat(path)).isDirectory()) return [{ name: path, text: await readFile(path, 'utf8') }];
    const names = (await readdir(path)).filter((name) => /\.(?:ya?ml|json)$/.test(name)).sort();
    return await Promise.all(
      names.map(async (name) => ({ name: join(path, name), text: await readFile(join(path, name), 'utf8') })),
    );
  } catch (cause) {
    throw usageError('manifest_unreadable', `cannot read ${path}: ${cause instanceof Error ? cause.message : ''}`);
  }
}
