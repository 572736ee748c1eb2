import type { Readable } from 'node:stream';
import { runtimeError } from '../runtime/runtime-error.js';
import { folderContext } from './context.js';
import type { BuildLimits, BuilderName, ImageEngine } from './image-engine.js';

/** What to build and how to name it. */
export interface BuildRequest {
  /** A folder, or a tar archive as a stream. */
  readonly context: string | Readable;
  /** Path of the Dockerfile within the context; default `Dockerfile`. */
  readonly dockerfile?: string;
  readonly tag: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly limits?: BuildLimits;
  /** Default classic. */
  readonly builder?: BuilderName;
}

/**
 * Builds an image and gives its id; `onProgress` hears the output line by line.
 * @throws HeadframeError with the reason of a build, or `disk_full`; what was built up to there has been heard
 */
export async function buildImage(
  engine: ImageEngine,
  request: BuildRequest,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const context = typeof request.context === 'string' ? folderContext(request.context) : request.context;
  const input = {
    context,
    dockerfile: request.dockerfile ?? 'Dockerfile',
    tag: request.tag,
    labels: request.labels ?? {},
    buildArgs: request.buildArgs ?? {},
    limits: request.limits,
    builder: request.builder,
  };
  let imageId = '';
  try {
    for await (const message of engine.build(input, signal)) {
      if (message.imageId !== '') imageId = message.imageId;
      for (const line of linesOf(message.text)) onProgress(line);
    }
  } finally {
    context.destroy();
  }
  if (imageId === '') throw runtimeError('image_build_failed', 'the build ended without an image');
  return imageId;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}
