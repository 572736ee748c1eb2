import { statfs } from 'node:fs/promises';
import type { Clock } from '../../../common/model/clock.js';
import { readCredentials } from '../../images/index.js';
import type {
  BuildInput,
  BuildLimits,
  BuildMessage,
  ImageEngine,
  LayerProgress,
  RegistryCredentials,
} from '../../images/index.js';
import { runtimeError } from '../runtime-error.js';
import { BuildWatch } from './build-watch.js';
import type { BuildOptions, DockerEngine } from './engine.js';
import { reasonOfEngineError } from './engine-error.js';
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

  async *build(input: BuildInput, signal: AbortSignal): AsyncGenerator<BuildMessage> {
    if (input.limits === undefined) {
      yield* this.#build(input, undefined, signal);
      return;
    }
    const { clock } = this.#options;
    const freeBytes = (): Promise<number | undefined> => this.#freeBytes(signal);
    const parts = { steps: this.#engine.buildSteps, freeBytes, limits: input.limits, clock };
    const watch = new BuildWatch(parts, signal);
    try {
      yield* this.#build(input, watch, watch.signal);
    } catch (error) {
      throw watch.explained(error);
    } finally {
      watch.close();
    }
  }

  async *#build(
    { context, dockerfile, tag, labels, buildArgs, limits }: BuildInput,
    watch: BuildWatch | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<BuildMessage> {
    // Without `forcerm` a failed step leaves its container behind.
    const bounds = limits === undefined ? {} : boundsOf(limits);
    const options = {
      t: tag,
      dockerfile,
      labels: { ...labels },
      buildargs: { ...buildArgs },
      rm: true,
      forcerm: true,
      ...bounds,
    };
    for await (const message of jsonLines(await this.#engine.build(context, options, signal))) {
      throwIfFailed(message, 'build');
      const record = recordOf(message);
      const text = textOf(record['stream']);
      watch?.heard(text);
      yield { text, imageId: textOf(recordOf(record['aux'])['ID']) };
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

/** Period of the kernel's CPU quota, in microseconds. */
const QUOTA_PERIOD_US = 100_000;

/** Memory and swap together, or a step could swap the host to a standstill; of processes the engine bounds none while it builds. */
function boundsOf({ memoryBytes, cpuMillis, diskBytes }: BuildLimits): BuildOptions {
  const cpuquota = Math.round((cpuMillis * QUOTA_PERIOD_US) / 1000);
  const ulimits = JSON.stringify([{ Name: 'fsize', Soft: diskBytes, Hard: diskBytes }]);
  return { memory: memoryBytes, memswap: memoryBytes, cpuperiod: QUOTA_PERIOD_US, cpuquota, ulimits };
}

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

function throwIfFailed(message: unknown, phase: 'pull' | 'build'): void {
  const { error, errorDetail } = recordOf(message);
  const text = textOf(recordOf(errorDetail)['message']) || textOf(error);
  if (text === '') return;
  throw runtimeError(reasonOfEngineError({ statusCode: 200, socketCode: undefined, text }, phase), text);
}
