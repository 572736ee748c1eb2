import { Duplex, Readable } from 'node:stream';
import { unless } from './engine-client.js';
import type { EngineCalls } from './engine-calls.js';
import { jsonLines, recordOf, textOf } from './json-lines.js';
import type { Docker } from './light-dockerode.js';
import { runtimeError } from '../runtime-error.js';

const ANSWER_MS = 30_000;

/** What the engine is asked for the sake of provers. */
export class ProverCalls {
  readonly #docker: Docker;
  readonly #calls: EngineCalls;

  constructor(docker: Docker, calls: EngineCalls) {
    this.#docker = docker;
    this.#calls = calls;
  }

  /** Both ends of a container's streams, from before its start on. */
  async attach(containerId: string, signal: AbortSignal): Promise<Duplex> {
    const call = { phase: 'exec', lane: 'exec', deadlineMs: ANSWER_MS, signal } as const;
    const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    const socket = await this.#calls.run(call, (abortSignal) =>
      this.#docker.getContainer(containerId).attach({ ...streams, abortSignal }),
    );
    if (socket instanceof Duplex) return socket;
    throw runtimeError('engine_error', 'the engine gave no connection to a container');
  }

  /** Makes an image of an archive, under a name. */
  async importImage(name: string, archive: Readable, signal: AbortSignal): Promise<void> {
    const [repo, tag] = name.split(':');
    const call = { phase: 'create', lane: 'read', deadlineMs: ANSWER_MS, signal } as const;
    const answer = await this.#calls.run(call, (abortSignal) =>
      this.#docker.importImage(archive, { repo, tag, abortSignal }),
    );
    for await (const message of jsonLines(answer instanceof Readable ? answer : new Readable().wrap(answer))) {
      const fault = textOf(recordOf(message)['error']);
      if (fault !== '') throw runtimeError('engine_error', fault);
    }
  }

  /** Ids of containers with a label, whether they run or not. */
  async labelled(label: string, signal: AbortSignal): Promise<readonly string[]> {
    const call = { phase: 'read', lane: 'read', deadlineMs: ANSWER_MS, signal } as const;
    const filters = { label: [label] };
    const found = await this.#calls.run(call, (abortSignal) =>
      this.#docker.listContainers({ all: true, filters, abortSignal }),
    );
    return found.map(({ Id }) => Id);
  }

  /** Ends a container that goes by itself once it has ended; what is gone is no error. */
  async discard(containerId: string, signal: AbortSignal): Promise<void> {
    const call = { phase: 'remove', lane: 'remove', deadlineMs: ANSWER_MS, signal } as const;
    await this.#calls.run(call, () =>
      unless([404, 409], this.#docker.getContainer(containerId).remove({ force: true, v: true })),
    );
  }
}
