import type { DescMethod } from '@bufbuild/protobuf';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { InstanceUsageEntry, WatchFleetResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import { eventFrames } from './event-frames.js';
import { fleetFrames, hostFrames, instanceFrames } from './fleet-frames.js';
import { parseTopic } from './frames.js';
import type { ServerFrame, StateFrame, Subscription, TopicKind } from './frames.js';
import { buildFrames, leaseFrames, logFrames } from './one-frames.js';
import { mapped } from './mapped.js';
import { merged } from './merged.js';
import { networkFrame } from './network-frame.js';
import { askedData } from './asked-data.js';
import { moduleStatus } from '../module-status.js';
import type { Frame, TopicParts, Wish } from './topic-parts.js';

const { watchFleet, streamEvents, streamLogs, listUsage } = FleetService.method;
const { watchNetworks } = NetworkService.method;
const { watchLease } = LeaseService.method;

/** The method that a topic stands for: whoever may not call it may not listen. */
export const METHOD_OF = {
  status: watchFleet,
  metrics: listUsage,
  stake: streamEvents,
  chain: streamEvents,
  fleet: watchFleet,
  events: streamEvents,
  miner: watchFleet,
  instance: watchFleet,
  host: watchFleet,
  logs: streamLogs,
  build: streamLogs,
  lease: watchLease,
} as const satisfies Record<TopicKind, DescMethod>;

/** Those who tell of a topic, until its signal. */
const TELLERS: Readonly<Record<TopicKind, (wish: Wish, parts: TopicParts) => AsyncIterable<Frame>>> = {
  status: statusFrames,
  metrics: metricsFrames,
  stake: (wish, parts) => eventFrames('stake', wish, parts),
  // A miner's own events tell what concerns it of its network.
  chain: (wish, parts) => {
    const events = eventFrames('chain', wish, parts);
    return wish.miner === '' ? merged<Frame>(events, networkFrames(wish, parts)) : events;
  },
  fleet: fleetFrames,
  events: (wish, parts) => eventFrames('events', wish, parts),
  miner: fleetFrames,
  instance: instanceFrames,
  host: hostFrames,
  logs: logFrames,
  build: buildFrames,
  lease: leaseFrames,
};

/** What is told of a topic, until its signal. */
export function framesOf(wish: Subscription, parts: TopicParts): AsyncIterable<Frame> {
  const { kind, of } = parseTopic(wish.topic);
  return TELLERS[kind]({ ...wish, of }, parts);
}

function statusFrames({ id, miner, from }: Subscription, { stream, clock, shared }: TopicParts): AsyncIterable<Frame> {
  return mapped(stream(watchFleet, { miners: true, miner, fromRevision: from }), (message) => {
    const head = { type: 'Status', id, revision: String(message.revision), synced: message.synced };
    return shared.of(message, head, () => statusesOf(message, clock.nowMs()));
  });
}

/** What a message of the watch says of miners. */
export function statusesOf(
  { changes }: Pick<WatchFleetResponse, 'changes'>,
  nowMs: number,
): Pick<StateFrame, 'data' | 'removed'> {
  const data: object[] = [];
  const removed: string[] = [];
  for (const { change } of changes) {
    if (change.case === 'miner') data.push(moduleStatus(change.value, { nowMs }));
    else if (change.case === 'minerRemoved') removed.push(change.value);
  }
  return { data, removed };
}

async function* metricsFrames(
  { id, miner, everySeconds }: Subscription,
  { call, clock, signal, shared }: TopicParts,
): AsyncIterable<Frame> {
  while (!signal.aborted) {
    const message = await call(listUsage, { miner });
    yield shared.of(message, { type: 'Metrics', id }, () => ({ data: message.instances.map(usageData) }));
    await clock.sleep(everySeconds * 1000, signal);
  }
}

function usageData({ instanceId, hostId, usage, asked }: InstanceUsageEntry) {
  const {
    cpuMillis = 0,
    memoryBytes = 0n,
    networkRxBytes = 0n,
    networkTxBytes = 0n,
    pids = 0,
    oomKills = 0,
  } = usage ?? {};
  return {
    instance: instanceId,
    host: hostId,
    cpu_cores: cpuMillis / 1000,
    memory_mb: Math.round((Number(memoryBytes) / 2 ** 20) * 10) / 10,
    network: { received_bytes: Number(networkRxBytes), sent_bytes: Number(networkTxBytes) },
    ...{ pids, oom_kills: oomKills },
    ...(asked === undefined ? {} : { asked: askedData(asked) }),
  };
}

async function* networkFrames({ id }: Subscription, { stream }: TopicParts): AsyncIterable<ServerFrame> {
  for await (const message of stream(watchNetworks, {})) yield networkFrame(id, message);
}
