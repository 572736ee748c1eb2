import type { ContainerInspectInfo, ContainerInspectOptions } from 'dockerode';
import type { EngineCalls } from './engine-calls.js';
import { unless } from './engine-client.js';
import { amountOf, recordOf } from './json-lines.js';
import type { Docker } from './light-dockerode.js';

/** Container, as the engine's builder makes one of its own for each step that runs a command. */
export interface BuildStep {
  /** Largest file that it may write; undefined where that is not bounded. */
  readonly fileBytes: number | undefined;
  /** What lies in its own layer. */
  readonly writtenBytes: number;
}

/** A container is locked while it starts, which takes up to 6 s on a busy machine. */
const ANSWER_MS = 30_000;

/** What the engine is asked of the steps of a build while they run. Of one that has ended, nothing is known. */
export class BuildSteps {
  readonly #docker: Docker;
  readonly #calls: EngineCalls;

  constructor(docker: Docker, calls: EngineCalls) {
    this.#docker = docker;
    this.#calls = calls;
  }

  async step(container: string, signal: AbortSignal): Promise<BuildStep | undefined> {
    const info = await this.#ask(signal, (abortSignal) => {
      // The library hands on what its types leave out.
      const options: ContainerInspectOptions & { readonly size: boolean } = { size: true, abortSignal };
      return this.#docker.getContainer(container).inspect(options);
    });
    return info && buildStepOf(info);
  }

  /** Processes and threads at this moment, which the engine tells within a second. */
  async processes(container: string, signal: AbortSignal): Promise<number> {
    const stats = await this.#ask(signal, () =>
      this.#docker.getContainer(container).stats({ stream: false, 'one-shot': true }),
    );
    return amountOf(stats?.pids_stats?.current);
  }

  /** Bounds the processes of one that may run already. False when it has ended. */
  async bound(container: string, pids: number, signal: AbortSignal): Promise<boolean> {
    const done = await this.#ask(signal, async (abortSignal) => {
      await this.#docker.getContainer(container).update({ PidsLimit: pids, abortSignal });
      return true;
    });
    return done === true;
  }

  #ask<T>(signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const call = { phase: 'read', lane: 'read', deadlineMs: ANSWER_MS, signal } as const;
    return this.#calls.run(call, (abortSignal) => unless([404, 409], ask(abortSignal)));
  }
}

function buildStepOf(info: ContainerInspectInfo): BuildStep {
  const bound = info.HostConfig.Ulimits?.find(({ Name }) => Name === 'fsize');
  const fileBytes = bound === undefined ? undefined : amountOf(recordOf(bound)['Hard']);
  // The library's types lack the sizes.
  return { fileBytes, writtenBytes: amountOf(recordOf(info)['SizeRw']) };
}
