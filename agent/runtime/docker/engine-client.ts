import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { tieToSignal } from './deadline.js';
import type { EngineEndpoint } from './endpoint.js';
import { engineError, hasStatus } from './engine-error.js';
import { Docker } from './light-dockerode.js';

/**
 * The library renders its options, agent and sockets and all, for a debug line at every request, read or not: 20 ms of
 * CPU each, were the agent not to render itself in a word.
 */
export class TerseAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}

/** All is said outright, or the library would take it from DOCKER_* variables, its fatal `timeout` for streams included. */
export function clientOf(endpoint: EngineEndpoint, agent: Agent): Docker {
  const common = { protocol: 'http', timeout: undefined, agent } as const;
  if (endpoint.kind === 'socket') return new Docker({ ...common, socketPath: endpoint.path, host: undefined });
  return new Docker({ ...common, socketPath: undefined, host: endpoint.host, port: endpoint.port });
}

/** Undefined in place of a failure with one of these statuses. */
export async function unless<T>(statuses: readonly number[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasStatus(error, ...statuses)) return undefined;
    throw error;
  }
}

/** A request that the library has no method for. */
export function dialled(docker: Docker, request: Parameters<Docker['modem']['dial']>[0]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

/** The stream of a pull or a build; it ends with the signal. Rejects with the signal's reason, or a HeadframeError. */
export async function transferred(
  phase: 'pull' | 'build',
  signal: AbortSignal,
  call: () => Promise<NodeJS.ReadableStream>,
): Promise<Readable> {
  try {
    const stream = await call();
    return tieToSignal(stream instanceof Readable ? stream : new Readable().wrap(stream), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw engineError(error, phase);
  }
}
