import { holdsCapacity, instanceId } from '../../common/model/instance.js';
import type { InstanceUsage } from '../../common/model/host.js';
import type { AskedMetrics, HostMetrics, InstanceMetrics, InstancesMetrics } from '../../common/observe/subjects.js';
import type { FleetReader } from '../fleet/port.js';
import type { UsageSample } from '../sessions/index.js';

/** What is published of one sample. */
export interface UsageMessages {
  readonly host: HostMetrics;
  readonly instances: readonly InstancesMetrics[];
}

/** Where it is told how instances answer what they are asked. */
export interface Asks {
  figuresOfInstance(miner: string, serial: number): AskedMetrics | undefined;
}

const NOT_ASKED: Asks = { figuresOfInstance: () => undefined };

/** A message stays well below the 1 MiB that servers take at most: an instance is some 300 bytes, a reading up to twice as many. */
const MOST_IN_MESSAGE = 400;

/** Puts a sample into messages, leaving out instances that are not, or no longer, the host's. */
export function usageMessages(
  fleet: Pick<FleetReader, 'whereaboutsOf'>,
  sample: UsageSample,
  asks: Asks = NOT_ASKED,
): UsageMessages {
  const { hostId, host, instances } = sample;
  const running = instances.flatMap((usage) => metricsOf(fleet, hostId, usage, asks));
  return {
    host: { host: hostId, instances: running.length, ...host },
    instances: inParts(running).map((part) => ({ atMs: host.atMs, host: hostId, instances: part })),
  };
}

function metricsOf(
  fleet: Pick<FleetReader, 'whereaboutsOf'>,
  hostId: string,
  usage: InstanceUsage,
  asks: Asks,
): InstanceMetrics | [] {
  const found = fleet.whereaboutsOf(usage.serial);
  if (found?.hostId !== hostId || !holdsCapacity(found.state)) return [];
  const { miner } = found;
  const asked = asks.figuresOfInstance(miner, usage.serial);
  return { instance: instanceId(miner, usage.serial), miner, ...usage, ...(asked === undefined ? {} : { asked }) };
}

function inParts(instances: readonly InstanceMetrics[]): InstanceMetrics[][] {
  const parts: InstanceMetrics[][] = [];
  let left = 0;
  for (const one of instances) {
    const weight = 1 + (one.metrics?.length ?? 0) + (one.asked === undefined ? 0 : 1);
    if (weight > left) {
      parts.push([]);
      left = MOST_IN_MESSAGE;
    }
    parts.at(-1)?.push(one);
    left -= weight;
  }
  return parts;
}
