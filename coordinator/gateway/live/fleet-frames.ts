import { toJson } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import { FleetChangeSchema, FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { FleetChange, WatchFleetRequest } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostSchema } from '../../../common/gen/headframe/v1/host_pb.js';
import { HostService } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { InstanceSchema } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { ServerFrame } from './frames.js';
import { PROGRESS_MS } from './topic-parts.js';
import type { Frame, TopicParts, Wish } from './topic-parts.js';

const { watchFleet, getFleetStatus, getInstance } = FleetService.method;
const { getHost } = HostService.method;
const WHOLE = { alwaysEmitImplicit: true } as const;

/** Everything of the fleet, or a miner with its instances. */
export async function* fleetFrames({ id, of, from }: Wish, { stream, shared }: TopicParts): AsyncGenerator<Frame> {
  const request = { miner: of, miners: true, instances: true, hosts: of === '', fromRevision: from };
  for await (const message of stream(watchFleet, request)) {
    const head = { type: 'Fleet', id, revision: String(message.revision), synced: message.synced };
    yield shared.of(message, head, () => message.changes.map(changeJson));
  }
}

/** One instance. */
export async function* instanceFrames(wish: Wish, parts: TopicParts): AsyncGenerator<ServerFrame> {
  const revision = await revisionBefore(wish, parts);
  const { instance } = await parts.call(getInstance, { id: wish.of });
  if (instance === undefined) return;
  if (wish.from === 0n) yield present(wish, revision, { instance: toJson(InstanceSchema, instance, WHOLE) });
  const request = { instances: true, miner: instance.miner, fromRevision: revision };
  yield* changesOf(wish, parts, { request, isOfIt: (change) => idOf(change, 'instance') === instance.id });
}

/** One host, by its id or name. */
export async function* hostFrames(wish: Wish, parts: TopicParts): AsyncGenerator<ServerFrame> {
  const revision = await revisionBefore(wish, parts);
  const { host } = await parts.call(getHost, { host: wish.of });
  if (host === undefined) return;
  if (wish.from === 0n) yield present(wish, revision, { host: toJson(HostSchema, host, WHOLE) });
  const request = { hosts: true, fromRevision: revision };
  yield* changesOf(wish, parts, { request, isOfIt: (change) => idOf(change, 'host') === host.id });
}

/** Taken before a look, so that nothing falls between the look and the changes. */
async function revisionBefore({ from }: Wish, { call }: TopicParts): Promise<bigint> {
  return from === 0n ? (await call(getFleetStatus, {})).revision : from;
}

function present({ id }: Wish, revision: bigint, data: JsonValue): ServerFrame {
  return { type: 'Fleet', id, revision: String(revision), synced: true, data: [data] };
}

/** The changes that concern one thing; it ends with that. */
async function* changesOf(
  { id }: Wish,
  { stream, clock }: TopicParts,
  {
    request,
    isOfIt,
  }: { readonly request: Partial<WatchFleetRequest>; readonly isOfIt: (change: FleetChange) => boolean },
): AsyncGenerator<ServerFrame> {
  let toldAtMs = clock.monotonicMs();
  for await (const { revision, synced, changes } of stream(watchFleet, toInit(request))) {
    const its = changes.filter(isOfIt);
    const isDue = clock.monotonicMs() - toldAtMs >= PROGRESS_MS;
    if (its.length > 0) yield { type: 'Fleet', id, revision: String(revision), synced, data: its.map(changeJson) };
    else if (isDue) yield { type: 'Progress', id, revision: String(revision) };
    else continue;
    if (its.some(({ change }) => change.case === 'instanceRemoved' || change.case === 'hostRemoved')) return;
    toldAtMs = clock.monotonicMs();
  }
}

function toInit({ instances = false, hosts = false, miner = '', fromRevision = 0n }: Partial<WatchFleetRequest>) {
  return { instances, hosts, miner, fromRevision };
}

function idOf({ change }: FleetChange, kind: 'instance' | 'host'): string | undefined {
  if (change.case === 'instance' || change.case === 'host') return change.case === kind ? change.value.id : undefined;
  const isGone = change.case === 'instanceRemoved' || change.case === 'hostRemoved';
  return isGone && change.case === `${kind}Removed` ? change.value : undefined;
}

function changeJson(change: FleetChange): JsonValue {
  return toJson(FleetChangeSchema, change, WHOLE);
}
