import { access, constants, statfs } from 'node:fs/promises';
import type { Clock } from '../../../common/model/clock.js';
import { readCredentials } from '../../images/index.js';
import type {
  BuildInput,
  BuildMessage,
  EngineBuilders,
  ImageEngine,
  LayerProgress,
  RegistryCredentials,
} from '../../images/index.js';
import { runtimeError } from '../runtime-error.js';
import { buildByBuildkit } from './buildkit/build-by-buildkit.js';
import { whyNoBuildkit } from './buildkit/can-bound.js';
import { KitSteps, kitFoldersOf } from './buildkit/kit-steps.js';
import { buildClassically } from './classic-build.js';
import type { DockerEngine } from './engine.js';
import { throwIfFailed } from './engine-message.js';
import { amountOf, jsonLines, recordOf, textOf } from './json-lines.js';

/** What pulls and builds are done with. */
export interface ImageEngineOptions {
  /** A Docker config.json for private registries, or ''; it is read at each pull. */
  readonly credentials: string;
  /** Whether the engine's data lies on a disk of this machine. */
  readonly isLocal: boolean;
  readonly clock: Clock;
}

/** Pulls and builds through the Docker Engine, whose answers fail inside a stream that began with success. */
export class DockerImageEngine implements ImageEngine {
  readonly #engine: DockerEngine;
  readonly #options: ImageEngineOptions;
  #root: string | undefined;

  constructor(engine: DockerEngine, options: ImageEngineOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  find(reference: string, signal: AbortSignal): Promise<string | undefined> {
    return this.#engine.imageId(reference, signal);
  }

  async *pull(reference: string, signal: AbortSignal): AsyncGenerator<LayerProgress> {
    const credentials = await this.#credentialsFor(reference);
    for await (const message of jsonLines(await this.#engine.pull(reference, credentials, signal))) {
      throwIfFailed(message, 'pull');
      yield layerProgressOf(message);
    }
  }

  async #credentialsFor(reference: string): Promise<RegistryCredentials | undefined> {
    const { credentials } = this.#options;
    if (credentials === '') return undefined;
    try {
      return await readCredentials(credentials, reference);
    } catch (error) {
      // The cause may quote the file, so it goes no further.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'not a Docker config.json';
      throw runtimeError('image_pull_failed', `${credentials} cannot be read: ${code}`);
    }
  }

  async builders(signal: AbortSignal): Promise<EngineBuilders> {
    const facts = await this.#engine.facts(signal);
    const { isLocal } = this.#options;
    const { executor } = kitFoldersOf(facts.DockerRootDir);
    const isReadable = isLocal && (await access(executor, constants.R_OK).then(...ALLOWED));
    const ground = { version: facts.ServerVersion, driver: facts.Driver, isLocal, executor, isReadable };
    return {
      version: facts.ServerVersion,
      noBuildkit: whyNoBuildkit({ ...ground, isRoot: process.geteuid?.() === 0 }),
    };
  }

  async *build(input: BuildInput, signal: AbortSignal): AsyncGenerator<BuildMessage> {
    const { clock } = this.#options;
    const freeBytes = (): Promise<number | undefined> => this.#freeBytes(signal);
    if (input.builder === 'buildkit') {
      const { DockerRootDir } = await this.#engine.facts(signal);
      const steps = new KitSteps(kitFoldersOf(DockerRootDir));
      yield* buildByBuildkit({ builds: this.#engine.builds, steps, freeBytes, clock }, input, signal);
    } else {
      const { builds, buildSteps: steps } = this.#engine;
      yield* buildClassically({ builds, steps, freeBytes, clock }, input, signal);
    }
  }

  /** Undefined where it cannot be told, as for an engine on another machine. */
  async #freeBytes(signal: AbortSignal): Promise<number | undefined> {
    if (!this.#options.isLocal) return undefined;
    this.#root ??= (await this.#engine.facts(signal)).DockerRootDir;
    return statfs(this.#root).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    );
  }
}

const ALLOWED = [(): boolean => true, (): boolean => false] as const;

/** Texts of a layer's messages from which on all its bytes are here. */
const COMPLETE = new Set(['Download complete', 'Verifying Checksum', 'Extracting', 'Pull complete']);

/** Reads one message of a pull. */
export function layerProgressOf(message: unknown): LayerProgress {
  const { id, status, progressDetail } = recordOf(message);
  const { current, total } = recordOf(progressDetail);
  const text = textOf(status);
  const phase = COMPLETE.has(text) ? 'done' : text === 'Downloading' ? 'downloading' : 'waiting';
  return {
    // The first message names the tag as its id, which is no layer.
    layer: /^[0-9a-f]{12}$/.test(textOf(id)) ? textOf(id) : '',
    text,
    phase,
    doneBytes: phase === 'downloading' ? amountOf(current) : 0,
    totalBytes: phase === 'downloading' ? amountOf(total) : 0,
  };
}
