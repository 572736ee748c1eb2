import { instanceId } from '../../common/model/instance.js';
import type { Assignment } from '../../common/model/workload.js';

/**
 * The environment of an instance: the miner's own, and HEADFRAME_INSTANCE, HEADFRAME_MINER, HEADFRAME_HOST and one
 * HEADFRAME_PORT_<NAME> per port, which no miner can override. The port is the one that reaches the instance from
 * outside; on the host's network it is also the one to listen on.
 */
export function environmentOf(assignment: Assignment, hostId: string): Record<string, string> {
  const { serial, workload, hostPorts } = assignment;
  const ports = workload.container.ports.map(
    (port, index) => [portVariable(port.name, index), String(hostPorts[index] ?? port.containerPort)] as const,
  );
  return {
    ...workload.container.env,
    HEADFRAME_INSTANCE: instanceId(workload.miner, serial),
    HEADFRAME_MINER: workload.miner,
    HEADFRAME_HOST: hostId,
    ...Object.fromEntries(ports),
  };
}

/** Upper case, everything but letters and digits as an underscore; a nameless port goes by its place. */
function portVariable(name: string, index: number): string {
  const suffix = name === '' ? String(index) : name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  return `HEADFRAME_PORT_${suffix}`;
}
