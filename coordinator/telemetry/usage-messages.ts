import { holdsCapacity, instanceId } from '../../common/model/instance.js';
import type { InstanceUsage } from '../../common/model/host.js';
import type { HostMetrics, InstanceMetrics, InstancesMetrics } from '../../common/observe/subjects.js';
import type { FleetReader } from '../fleet/port.js';
import type { UsageSample } from '../sessions/index.js';

/** What is published of one sample. */
export interface UsageMessages {
  readonly host: HostMetrics;
  readonly instances: readonly InstancesMetrics[];
}

/** A message stays well below the 1 MiB that servers take at most: an instance is some 300 bytes, a reading up to twice as many. */
const MOST_IN_MESSAGE = 400;

/** Puts a sample into messages, leaving out instances that are not, or no longer, the host's. */
export function usageMessages(fleet: Pick<FleetReader, 'whereaboutsOf'>, sample: UsageSample): UsageMessages {
  const { hostId, host, instances } = sample;
  const running = instances.flatMap((usage) => metricsOf(fleet, hostId, usage));
  return {
    host: { host: hostId, instances: running.length, ...host },
    instances: inParts(running).map((part) => ({ atMs: host.atMs, host: hostId, instances: part })),
  };
}

function metricsOf(
  fleet: Pick<FleetReader, 'whereaboutsOf'>,
  hostId: string,
  usage: InstanceUsage,
): InstanceMetrics | [] {
  const found = fleet.whereaboutsOf(usage.serial);
  if (found?.hostId !== hostId || !holdsCapacity(found.state)) return [];
  const { miner } = found;
  return { instance: instanceId(miner, usage.serial), miner, ...usage };
}

function inParts(instances: readonly InstanceMetrics[]): InstanceMetrics[][] {
  const parts: InstanceMetrics[][] = [];
  let left = 0;
  for (const one of instances) {
    const weight = 1 + (one.metrics?.length ?? 0);
    if (weight > left) {
      parts.push([]);
      left = MOST_IN_MESSAGE;
    }
    parts.at(-1)?.push(one);
    left -= weight;
  }
  return parts;
}
