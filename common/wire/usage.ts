import { create } from '@bufbuild/protobuf';
import { UsageReportSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { UsageReport as WireUsageReport } from '../gen/headframe/v1/agent_service_pb.js';
import { HostUsageSchema, InstanceUsageSchema } from '../gen/headframe/v1/host_pb.js';
import type { HostUsage as WireHostUsage, InstanceUsage as WireInstanceUsage } from '../gen/headframe/v1/host_pb.js';
import type { HostUsage, InstanceUsage } from '../model/host.js';
import { clampedNumber } from './numbers.js';
import { readingToWire, readingsFromWire } from './readings.js';

/** Use of a host and of its instances at one moment. */
export interface UsageReport {
  readonly host: HostUsage;
  readonly instances: readonly InstanceUsage[];
}

/** Instances of one report that are read. */
export const MOST_INSTANCES = 10_000;
const LARGEST_UINT32 = 0xff_ff_ff_ff;

/** Puts usage on the wire. */
export function usageToWire(usage: UsageReport): WireUsageReport {
  return create(UsageReportSchema, {
    host: hostUsageToWire(usage.host),
    instances: usage.instances.map(instanceUsageToWire),
  });
}

/** Reads usage. Nothing is refused: what cannot be is brought to the nearest that can, instances beyond 10,000 are left out. */
export function usageFromWire(message: WireUsageReport): UsageReport {
  return {
    host: hostUsageFromWire(message.host ?? create(HostUsageSchema)),
    instances: message.instances.slice(0, MOST_INSTANCES).map(instanceUsageFromWire),
  };
}

/** Puts a host's use on the wire. */
export function hostUsageToWire(usage: HostUsage): WireHostUsage {
  return create(HostUsageSchema, {
    atMs: amount(usage.atMs),
    cpuMillis: count(usage.cpuMillis),
    memoryBytes: amount(usage.memoryBytes),
    diskBytes: amount(usage.diskBytes),
    load1: usage.load1,
    networkRxBytes: amount(usage.networkRxBytes),
    networkTxBytes: amount(usage.networkTxBytes),
  });
}

/** Reads a host's use. */
export function hostUsageFromWire(message: WireHostUsage): HostUsage {
  return {
    atMs: clampedNumber(message.atMs),
    cpuMillis: message.cpuMillis,
    memoryBytes: clampedNumber(message.memoryBytes),
    diskBytes: clampedNumber(message.diskBytes),
    load1: Number.isFinite(message.load1) ? Math.max(0, message.load1) : 0,
    networkRxBytes: clampedNumber(message.networkRxBytes),
    networkTxBytes: clampedNumber(message.networkTxBytes),
  };
}

/** Puts an instance's use on the wire. */
export function instanceUsageToWire(usage: InstanceUsage): WireInstanceUsage {
  return create(InstanceUsageSchema, {
    serial: amount(usage.serial),
    cpuMillis: count(usage.cpuMillis),
    memoryBytes: amount(usage.memoryBytes),
    pids: count(usage.pids),
    cpuNanos: amount(usage.cpuNanos),
    throttledNanos: amount(usage.throttledNanos),
    ioReadBytes: amount(usage.ioReadBytes),
    ioWriteBytes: amount(usage.ioWriteBytes),
    networkRxBytes: amount(usage.networkRxBytes),
    networkTxBytes: amount(usage.networkTxBytes),
    oomKills: count(usage.oomKills),
    metrics: (usage.metrics ?? []).map(readingToWire),
  });
}

/** Reads an instance's use. */
export function instanceUsageFromWire(message: WireInstanceUsage): InstanceUsage {
  const metrics = readingsFromWire(message.metrics);
  return {
    serial: clampedNumber(message.serial),
    cpuMillis: message.cpuMillis,
    memoryBytes: clampedNumber(message.memoryBytes),
    pids: message.pids,
    cpuNanos: clampedNumber(message.cpuNanos),
    throttledNanos: clampedNumber(message.throttledNanos),
    ioReadBytes: clampedNumber(message.ioReadBytes),
    ioWriteBytes: clampedNumber(message.ioWriteBytes),
    networkRxBytes: clampedNumber(message.networkRxBytes),
    networkTxBytes: clampedNumber(message.networkTxBytes),
    oomKills: message.oomKills,
    ...(metrics === undefined ? {} : { metrics }),
  };
}

// Counters are measured, and may be fractions after a division: a sample is rounded rather than refused.
function amount(value: number): bigint {
  return BigInt(Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(value))) || 0);
}

function count(value: number): number {
  return Math.min(LARGEST_UINT32, Math.max(0, Math.round(value))) || 0;
}
