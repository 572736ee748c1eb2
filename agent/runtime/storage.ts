/** An image on the host. Times are unix milliseconds. */
export interface StoredImage {
  readonly id: string;
  /** Names with tags, without digests. */
  readonly tags: readonly string[];
  /** Names with digests. */
  readonly digests: readonly string[];
  /** As the engine counts it; layers that images share count for each of them. */
  readonly bytes: number;
  /** A container has it, of whomever and in whatever state. */
  readonly inUse: boolean;
  /** It carries the label of a build of Headframe. */
  readonly built: boolean;
}

/** A file of an instance's log that is no longer written to. */
export interface OldLog {
  readonly serial: number;
  readonly path: string;
  readonly bytes: number;
  readonly changedAtMs: number;
}

/** Logs of the instances of this host. */
export interface StoredLogs {
  /** All of them, those being written included. */
  readonly totalBytes: number;
  readonly old: readonly OldLog[];
}

/** What a runtime keeps on disk and can do without. Failures are `HeadframeError`s, as a runtime's are. */
export interface RuntimeStorage {
  /** Every image of the engine; none where the runtime knows no images. */
  images(signal: AbortSignal): Promise<readonly StoredImage[]>;
  /** Id of an image that is on the host, by reference or id; undefined when it is not. */
  findImage(reference: string, signal: AbortSignal): Promise<string | undefined>;
  /** Removes an image by all its names, never by force. False when the engine needs it after all. */
  removeImage(image: StoredImage, signal: AbortSignal): Promise<boolean>;
  /** Undefined where the agent may not read the engine's files. */
  logs(signal: AbortSignal): Promise<StoredLogs | undefined>;
  /** Removes an old part of a log; one that is gone is no error. */
  removeLog(log: OldLog): Promise<void>;
  /** Clears what builds of this agent left to be quicker the next time. False where they left nothing; undefined where none leave any. */
  clearCache?(): Promise<boolean>;
}
