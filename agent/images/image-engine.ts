import type { Readable } from 'node:stream';

/** What a pull says of one layer of the image. */
export interface LayerProgress {
  /** Short id of the layer; '' for what concerns the whole image. */
  readonly layer: string;
  /** Text for people, such as `Downloading`. */
  readonly text: string;
  /** `done` from when all bytes of the layer are here. */
  readonly phase: 'waiting' | 'downloading' | 'done';
  /** Of this layer; 0 while unknown. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** One message of a build. */
export interface BuildMessage {
  /** Output of the build as it comes, in pieces of a line. */
  readonly text: string;
  /** Id of the image once it is made, else ''. */
  readonly imageId: string;
}

/** A program of the engine that builds images. */
export type BuilderName = 'classic' | 'buildkit';

/** What an engine can build by. */
export interface EngineBuilders {
  readonly version: string;
  /** Why nothing is built by BuildKit here; '' where it can be. */
  readonly noBuildkit: string;
}

/** What is to be built. */
export interface BuildInput {
  /** A tar archive, gzip allowed. */
  readonly context: Readable;
  /** Path of the Dockerfile within the context. */
  readonly dockerfile: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Values of the Dockerfile's ARGs. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Undefined leaves it unbounded. */
  readonly limits?: BuildLimits | undefined;
  /** Default classic. */
  readonly builder?: BuilderName | undefined;
}

/** What a build may take of its host. */
export interface BuildLimits {
  /** Of each of its steps, swap included. */
  readonly memoryBytes: number;
  /** Of each of its steps. */
  readonly cpuMillis: number;
  /** Processes and threads of each of its steps. */
  readonly pids: number;
  /** That all its steps may write together, and the largest file of one. */
  readonly diskBytes: number;
  /** Of the disk that the engine's data lies on, to be left free; 0 where nothing has to be. */
  readonly keepFreeBytes: number;
  /** Of BuildKit's cache, what may stay when a build is over; default nothing. */
  readonly cacheBytes?: number;
}

/** What pulling and building need of a container engine. Failures are `HeadframeError`s with a reason code of an image. */
export interface ImageEngine {
  /** Id of an image that is on the host, by reference or id; undefined when it is not. */
  find(reference: string, signal: AbortSignal): Promise<string | undefined>;
  /** Pulls to the end of the iteration; throws if the pull fails. */
  pull(reference: string, signal: AbortSignal): AsyncIterable<LayerProgress>;
  /** What it can build by, at this moment. */
  builders(signal: AbortSignal): Promise<EngineBuilders>;
  /** Builds to the end of the iteration; throws if a step fails. */
  build(input: BuildInput, signal: AbortSignal): AsyncIterable<BuildMessage>;
}
