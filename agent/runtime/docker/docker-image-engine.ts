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
import type { DockerEngine } from './engine.js';
import { reasonOfEngineError } from './engine-error.js';
import { amountOf, jsonLines, recordOf, textOf } from './json-lines.js';

/** Pulls and builds through the Docker Engine, whose answers fail inside a stream that began with success. */
export class DockerImageEngine implements ImageEngine {
  readonly #engine: DockerEngine;
  readonly #credentials: string;

  /** `credentials` is a Docker config.json for private registries, or ''; it is read at each pull. */
  constructor(engine: DockerEngine, credentials: string) {
    this.#engine = engine;
    this.#credentials = credentials;
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
    if (this.#credentials === '') return undefined;
    try {
      return await readCredentials(this.#credentials, reference);
    } catch (error) {
      // The cause may quote the file, so it goes no further.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'not a Docker config.json';
      throw runtimeError('image_pull_failed', `${this.#credentials} cannot be read: ${code}`);
    }
  }

  async *build(input: BuildInput, signal: AbortSignal): AsyncGenerator<BuildMessage> {
    const { context, dockerfile, tag, labels, limits } = input;
    // Without `forcerm` a failed step leaves its container behind.
    const bounds = limits === undefined ? {} : boundsOf(limits);
    const options = { t: tag, dockerfile, labels: { ...labels }, rm: true, forcerm: true, ...bounds };
    for await (const message of jsonLines(await this.#engine.build(context, options, signal))) {
      throwIfFailed(message, 'build');
      const record = recordOf(message);
      yield { text: textOf(record['stream']), imageId: textOf(recordOf(record['aux'])['ID']) };
    }
  }
}

/** Period of the kernel's CPU quota, in microseconds. */
const QUOTA_PERIOD_US = 100_000;

/** Memory and swap together, or a step could swap the host to a standstill. */
function boundsOf({ memoryBytes, cpuMillis }: BuildLimits) {
  const cpuquota = Math.round((cpuMillis * QUOTA_PERIOD_US) / 1000);
  return { memory: memoryBytes, memswap: memoryBytes, cpuperiod: QUOTA_PERIOD_US, cpuquota };
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
