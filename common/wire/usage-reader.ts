import { fromBinary } from '@bufbuild/protobuf';
import { MetricReadingSchema } from '../gen/headframe/v1/autoscale_pb.js';
import type { MetricReading as WireReading } from '../gen/headframe/v1/autoscale_pb.js';
import type { HostUsage, InstanceUsage } from '../model/host.js';
import { FIRST_NEGATIVE } from './numbers.js';
import { readingsFromWire } from './readings.js';
import { MOST_INSTANCES } from './usage.js';
import type { UsageReport } from './usage.js';
import { WireReader } from './wire-reader.js';

/** Reads `UsageReport` from its bytes as `usageFromWire` does: each host sends one every few seconds. */
export function readUsage(reader: WireReader): UsageReport {
  let host: HostUsage | undefined;
  const instances: InstanceUsage[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) host = readHost(reader.message());
    else if (field === 2 && instances.length < MOST_INSTANCES) instances.push(readInstance(reader.message()));
    else reader.skip();
  return { host: host ?? readHost(new WireReader(Buffer.alloc(0))), instances };
}

const LOAD1 = 5;
const LAST_OF_HOST = 7;

function readHost(reader: WireReader): HostUsage {
  const numbers = [0, 0, 0, 0, 0, 0, 0, 0];
  let load1 = 0;
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === LOAD1) load1 = reader.double();
    else if (field <= LAST_OF_HOST) numbers[field] = reader.number();
    else reader.skip();
  return {
    atMs: time(numbers[1]),
    cpuMillis: count(numbers[2]),
    memoryBytes: amount(numbers[3]),
    diskBytes: amount(numbers[4]),
    load1: Number.isFinite(load1) ? Math.max(0, load1) : 0,
    networkRxBytes: amount(numbers[6]),
    networkTxBytes: amount(numbers[7]),
  };
}

const LAST_OF_INSTANCE = 11;
const METRICS = 12;

function readInstance(reader: WireReader): InstanceUsage {
  const numbers = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const readings: WireReading[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field <= LAST_OF_INSTANCE) numbers[field] = reader.number();
    else if (field === METRICS) readings.push(fromBinary(MetricReadingSchema, reader.view()));
    else reader.skip();
  const usage = {
    serial: amount(numbers[1]),
    cpuMillis: count(numbers[2]),
    memoryBytes: amount(numbers[3]),
    pids: count(numbers[4]),
    cpuNanos: amount(numbers[5]),
    throttledNanos: amount(numbers[6]),
    ioReadBytes: amount(numbers[7]),
    ioWriteBytes: amount(numbers[8]),
    networkRxBytes: amount(numbers[9]),
    networkTxBytes: amount(numbers[10]),
    oomKills: count(numbers[11]),
  };
  const metrics = readingsFromWire(readings);
  return metrics === undefined ? usage : { ...usage, metrics };
}

function amount(value = 0): number {
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function count(value = 0): number {
  return value >>> 0;
}

/** Times are int64 on the wire. */
function time(value = 0): number {
  return value >= FIRST_NEGATIVE ? 0 : amount(value);
}
