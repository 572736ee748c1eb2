import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageInfo } from 'dockerode';
import { BUILT_LABEL } from '../../images/index.js';
import type { OldLog, RuntimeStorage, StoredImage, StoredLogs } from '../storage.js';
import type { DockerEngine } from './engine.js';
import { labelFilter, serialOf } from './labels.js';

/** Names of a json-file log and its older parts, which the engine makes and never writes again. */
const LOG_NAME = /-json\.log(\.\d+(?:\.gz)?)?$/;
/** The engine's word for an image without a name. */
const NO_NAME = '<none>';

interface LogFile extends OldLog {
  readonly isOld: boolean;
}

/** Images and logs of a Docker Engine. The engine tells the size of no log, so its files are looked at where that is allowed. */
export class DockerStorage implements RuntimeStorage {
  readonly #engine: DockerEngine;
  readonly #hostId: string;
  #root: string | undefined;

  constructor(engine: DockerEngine, hostId: string) {
    this.#engine = engine;
    this.#hostId = hostId;
  }

  async images(signal: AbortSignal): Promise<readonly StoredImage[]> {
    // Containers first: one that is made between the two has an image that is listed, and the engine keeps it.
    const containers = await this.#engine.list([], signal);
    const used = new Set(containers.map(({ ImageID }) => ImageID));
    const images = await this.#engine.images(signal);
    return images.map((image) => storedImageOf(image, used.has(image.Id)));
  }

  findImage(reference: string, signal: AbortSignal): Promise<string | undefined> {
    return this.#engine.imageId(reference, signal);
  }

  async removeImage({ id, tags }: StoredImage, signal: AbortSignal): Promise<boolean> {
    // By id the engine removes no image of several names but by force.
    for (const tag of tags) if (!(await this.#engine.removeImage(tag, signal))) return false;
    return this.#engine.removeImage(id, signal);
  }

  async logs(signal: AbortSignal): Promise<StoredLogs | undefined> {
    this.#root ??= (await this.#engine.facts(signal)).DockerRootDir;
    const containers = await this.#engine.list(labelFilter(this.#hostId), signal);
    const old: LogFile[] = [];
    let totalBytes = 0;
    for (const { Id, Labels } of containers) {
      const files = await logFilesIn(join(this.#root, 'containers', Id), serialOf(Labels) ?? 0);
      if (files === undefined) return undefined;
      for (const { bytes } of files) totalBytes += bytes;
      old.push(...files.filter(({ isOld }) => isOld));
    }
    return { totalBytes, old };
  }

  async clearCache(): Promise<boolean> {
    const { builds } = this.#engine;
    if (!builds.leftCache) return false;
    await builds.pruneCache(0);
    return true;
  }

  async removeLog({ path }: OldLog): Promise<void> {
    await rm(path, { force: true });
  }
}

/** The library's types leave out that an image without labels has none at all. */
type ListedImage = Omit<ImageInfo, 'Labels'> & { readonly Labels: ImageInfo['Labels'] | null };

function storedImageOf(image: ListedImage, inUse: boolean): StoredImage {
  const named = (names: readonly string[] | undefined): string[] =>
    (names ?? []).filter((name) => !name.startsWith(NO_NAME));
  return {
    id: image.Id,
    tags: named(image.RepoTags).filter((tag) => !tag.endsWith(`:${NO_NAME}`)),
    digests: named(image.RepoDigests),
    bytes: image.Size,
    inUse,
    built: Object.hasOwn(image.Labels ?? {}, BUILT_LABEL),
  };
}

/** Undefined where the agent may not look; a container that went meanwhile has none. */
async function logFilesIn(folder: string, serial: number): Promise<LogFile[] | undefined> {
  try {
    const names = await readdir(folder);
    const found: LogFile[] = [];
    for (const name of names) {
      const match = LOG_NAME.exec(name);
      if (match === null) continue;
      const path = join(folder, name);
      const { size, mtimeMs } = await stat(path);
      found.push({ serial, path, bytes: size, changedAtMs: mtimeMs, isOld: match[1] !== undefined });
    }
    return found;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? [] : undefined;
  }
}
