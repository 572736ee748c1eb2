import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { readBusybox } from './busybox.js';
import type { ImageFile } from './busybox.js';
import type { Engine } from './engine.js';
import { EXAMPLES } from './root.js';

const REPOSITORY = 'headframe-example/miner';
const VERSION = '1';

/** The image that the example miners name. */
export const EXAMPLE_IMAGE: string = `${REPOSITORY}:${VERSION}`;

// Tells an image made of the same files.
const LABEL = 'headframe.example';

/**
 * Builds the example image unless it is there already.
 * Answers how to undo that: the image goes, and one that had its name before has it again.
 */
export async function ensureExampleImage(engine: Engine): Promise<() => Promise<void>> {
  const [before, files] = await Promise.all([engine.image(EXAMPLE_IMAGE), readContext()]);
  const digest = digestOf(files);
  if (before?.labels[LABEL] === digest) return async () => undefined;
  await engine.build(packed(files), EXAMPLE_IMAGE, { [LABEL]: digest });
  return async () => {
    await engine.removeImage(EXAMPLE_IMAGE);
    if (before !== undefined) await engine.tagImage(before.id, REPOSITORY, VERSION);
  };
}

async function readContext(): Promise<ImageFile[]> {
  const folder = join(EXAMPLES, 'image');
  const [dockerfile, miner, busybox] = await Promise.all([
    readFile(join(folder, 'Dockerfile')),
    readFile(join(folder, 'miner.sh')),
    readBusybox(),
  ]);
  return [{ path: 'Dockerfile', data: dockerfile }, { path: 'files/bin/miner', data: miner }, ...busybox];
}

function digestOf(files: readonly ImageFile[]): string {
  const hash = createHash('sha256');
  for (const { path, data } of files) hash.update(`${path}\0${data.length}\0`).update(data);
  return hash.digest('hex');
}

function packed(files: readonly ImageFile[]): Readable {
  const tar = pack();
  for (const { path, data } of files) tar.entry({ name: path, mode: 0o755, mtime: new Date(0) }, data);
  tar.finalize();
  return Readable.from(tar);
}
