import type { Assignment } from '../../../common/model/workload.js';
import { runtimeError } from '../runtime-error.js';

/** Ports as the engine's create options want them, by `<port>/<protocol>`. */
export interface ContainerPorts {
  readonly exposed: Record<string, Record<string, never>>;
  readonly bindings: Record<string, { readonly HostPort: string }[]>;
}

/**
 * Ports published on the host; undefined off the bridge, where a container listens on the host itself or nowhere.
 * @throws HeadframeError `engine_error` when a port lacks its host port: the engine would pick one unseen
 */
export function portsOf(assignment: Assignment): ContainerPorts | undefined {
  return assignment.workload.container.network === 'bridge' ? publishedPortsOf(assignment) : undefined;
}

/**
 * Ports published on the host.
 * @throws HeadframeError as `portsOf`
 */
export function publishedPortsOf({ workload, hostPorts }: Assignment): ContainerPorts {
  const ports: ContainerPorts = { exposed: {}, bindings: {} };
  workload.container.ports.forEach((port, index) => {
    const hostPort = hostPorts[index] ?? 0;
    if (hostPort === 0)
      throw runtimeError('engine_error', `no host port was assigned to container port ${String(port.containerPort)}`);
    const key = `${String(port.containerPort)}/${port.protocol}`;
    ports.exposed[key] = {};
    ports.bindings[key] = [...(ports.bindings[key] ?? []), { HostPort: String(hostPort) }];
  });
  return ports;
}
