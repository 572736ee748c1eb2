import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ImageBuildOptions } from 'dockerode';
import type { EngineCalls } from './engine-calls.js';
import { dialled, transferred } from './engine-client.js';
import type { Docker } from './light-dockerode.js';

/** The library's types lack two of them, the first as JSON. */
export type BuildOptions = ImageBuildOptions & { readonly ulimits?: string; readonly buildid?: string };

/** A cache of many parts is gone through in one call. */
const PRUNE_MS = 60_000;
const CANCEL_MS = 10_000;

/** What the engine is asked for the sake of builds. */
export class BuildCalls {
  readonly #docker: Docker;
  readonly #calls: EngineCalls;
  #leftCache = false;

  constructor(docker: Docker, calls: EngineCalls) {
    this.#docker = docker;
    this.#calls = calls;
  }

  /** Whether a build of this agent by BuildKit may have left some cache since it was last cleared whole. */
  get leftCache(): boolean {
    return this.#leftCache;
  }

  /** The engine's messages while it builds; ends with the signal. No deadline: the context is sent first. */
  async build(context: Readable, options: BuildOptions, signal: AbortSignal): Promise<Readable> {
    return transferred('build', signal, () => this.#docker.buildImage(context, { ...options, abortSignal: signal }));
  }

  /**
   * The same by BuildKit, in one request: the library's own way opens a session beside it, which only secrets and logins to
   * registries are asked for by.
   */
  async buildByBuildkit(context: Readable, options: BuildOptions, signal: AbortSignal): Promise<Readable> {
    this.#leftCache = true;
    const request = { path: '/build?', method: 'POST', file: context, options: { ...options, version: '2' } };
    const streamed = { ...request, isStream: true, statusCodes: { 200: true }, abortSignal: signal };
    // With `isStream` the answer is the response itself.
    return transferred('build', signal, async () => (await dialled(this.#docker, streamed)) as IncomingMessage);
  }

  /** Has BuildKit end the build with that `buildid`, whose messages then end; one that is over is no error. */
  async cancel(id: string): Promise<void> {
    await this.#ask('stop', '/build/cancel?', { id }, CANCEL_MS);
  }

  /** Clears BuildKit's cache of what was not used for longest, down to so many bytes; what is in use stays. */
  async pruneCache(keepBytes: number): Promise<void> {
    await this.#ask('remove', '/build/prune?', { all: 'true', 'keep-storage': String(keepBytes) }, PRUNE_MS);
    this.#leftCache = keepBytes > 0;
  }

  async #ask(lane: 'stop' | 'remove', path: string, options: Readonly<Record<string, string>>, deadlineMs: number) {
    const request = { path, method: 'POST', options: { ...options }, statusCodes: { 200: true } };
    const { signal } = new AbortController();
    const call = { phase: lane, lane, deadlineMs, signal };
    await this.#calls.run(call, (abortSignal) => dialled(this.#docker, { ...request, abortSignal }));
  }
}
