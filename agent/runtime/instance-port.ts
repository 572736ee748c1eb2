import type { Assignment } from '../../common/model/workload.js';

/** Port at which a container port of an instance is asked: the same, or the host's where it shares the host's network. */
export function reachablePort({ workload, hostPorts }: Assignment, containerPort: number): number {
  const { ports, network } = workload.container;
  const index = ports.findIndex((port) => port.containerPort === containerPort);
  return network === 'host' ? (hostPorts[index] ?? containerPort) : containerPort;
}
