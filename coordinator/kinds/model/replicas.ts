import type { InstanceRecord } from '../../../common/model/instance.js';
import { MODEL_PORT } from '../../../common/model/model-spec.js';
import type { FleetReader } from '../../fleet/port.js';

/** A copy of a model that runs, and the port of its container at which it answers. */
export interface Replica {
  readonly instance: InstanceRecord;
  readonly port: number;
}

/** The copies of a model that run; those whose health check fails, or has not passed yet, where that is wanted. */
export function replicasOf(
  fleet: Pick<FleetReader, 'instancesOf' | 'workload'>,
  miner: string,
  which: 'healthy' | 'running',
): Replica[] {
  const replicas: Replica[] = [];
  for (const instance of fleet.instancesOf(miner)) {
    const { state, health, workloadId } = instance;
    if (state !== 'running' || (which === 'healthy' && health !== 'healthy' && health !== 'none')) continue;
    const ports = fleet.workload(workloadId)?.container.ports ?? [];
    const port = ports.find(({ name, protocol }) => name === MODEL_PORT && protocol === 'tcp')?.containerPort;
    if (port !== undefined) replicas.push({ instance, port });
  }
  return replicas;
}
