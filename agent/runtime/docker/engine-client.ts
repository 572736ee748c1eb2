import { Agent } from 'node:http';
import { inspect } from 'node:util';
import type { EngineEndpoint } from './endpoint.js';
import { hasStatus } from './engine-error.js';
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
