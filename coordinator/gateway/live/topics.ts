import type { DescMethod } from '@bufbuild/protobuf';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { InstanceUsageEntry, WatchFleetResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import type { Clock } from '../../../common/model/clock.js';
import type { CallMethod, OpenStream } from '../route.js';
import type { ServerFrame, StateFrame, Subscription, Topic } from './frames.js';
import { eventData, isOf, resumeAfter } from './live-events.js';
import { merged } from './merged.js';
import { networkFrame } from './network-frame.js';
import { moduleStatus } from '../module-status.js';

/** What topics are made of. */
export interface TopicParts {
  readonly clock: Clock;
  readonly stream: OpenStream;
  readonly call: CallMethod;
  readonly signal: AbortSignal;
}

const { watchFleet, streamEvents, listUsage } = FleetService.method;
const { watchNetworks } = NetworkService.method;
/** Events in a full message of the stream. */
const FULL_EVENTS = 500;
/** How often it is told from where to resume while nothing happens, in milliseconds. */
const PROGRESS_MS = 5_000;

/** The method that a topic stands for: whoever may not call it may not listen. */
export const METHOD_OF = {
  status: watchFleet,
  metrics: listUsage,
  stake: streamEvents,
  chain: streamEvents,
} as const satisfies Record<Topic, DescMethod>;

/** What is told of a topic, until its signal. */
export function framesOf(wish: Subscription, parts: TopicParts): AsyncIterable<ServerFrame> {
  switch (wish.topic) {
    case 'status':
      return statusFrames(wish, parts);
    case 'metrics':
      return metricsFrames(wish, parts);
    case 'stake':
      return eventFrames('stake', wish, parts);
    case 'chain':
      // A miner's own events tell what concerns it of its network.
      if (wish.miner !== '') return eventFrames('chain', wish, parts);
      return merged(eventFrames('chain', wish, parts), networkFrames(wish, parts));
  }
}

async function* statusFrames(
  { id, miner, from }: Subscription,
  { stream, clock }: TopicParts,
): AsyncIterable<ServerFrame> {
  const request = { miners: true, miner, fromRevision: from };
  for await (const message of stream(watchFleet, request)) yield statusFrame(id, message, clock.nowMs());
}

/** What a message of the watch says of miners. */
export function statusFrame(id: string, { revision, changes, synced }: WatchFleetResponse, nowMs: number): StateFrame {
  const data: object[] = [];
  const removed: string[] = [];
  for (const { change } of changes) {
    if (change.case === 'miner') data.push(moduleStatus(change.value, { nowMs }));
    else if (change.case === 'minerRemoved') removed.push(change.value);
  }
  return { type: 'Status', id, revision: String(revision), synced, data, removed };
}

async function* metricsFrames(
  { id, miner, everySeconds }: Subscription,
  { call, clock, signal }: TopicParts,
): AsyncIterable<ServerFrame> {
  while (!signal.aborted) {
    const { instances } = await call(listUsage, { miner });
    yield { type: 'Metrics', id, data: instances.map(usageData) };
    await clock.sleep(everySeconds * 1000, signal);
  }
}

function usageData({ instanceId, hostId, usage }: InstanceUsageEntry) {
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
  };
}

async function* networkFrames({ id }: Subscription, { stream }: TopicParts): AsyncIterable<ServerFrame> {
  for await (const message of stream(watchNetworks, {})) yield networkFrame(id, message);
}

async function* eventFrames(
  topic: 'stake' | 'chain',
  { id, miner, from }: Subscription,
  { stream, clock }: TopicParts,
): AsyncIterable<ServerFrame> {
  const type = topic === 'stake' ? 'StakeUpdate' : 'ChainEvent';
  let toldAtMs = clock.monotonicMs();
  for await (const { events } of stream(streamEvents, { miner, afterRevision: from, follow: true })) {
    const revision = resumeAfter(events, FULL_EVENTS);
    if (revision === undefined) continue;
    const data = events.filter((event) => isOf(topic, event)).map(eventData);
    if (data.length > 0) yield { type, id, revision: String(revision), data };
    else if (clock.monotonicMs() - toldAtMs >= PROGRESS_MS) yield { type: 'Progress', id, revision: String(revision) };
    else continue;
    toldAtMs = clock.monotonicMs();
  }
}
