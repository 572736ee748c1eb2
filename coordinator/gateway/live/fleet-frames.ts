import { toJson } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import { FleetChangeSchema, FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { FleetChange, WatchFleetRequest } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostSchema } from '../../../common/gen/headframe/v1/host_pb.js';
import { HostService } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { InstanceSchema } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { ServerFrame } from './frames.js';
import { mapped } from './mapped.js';
import { PROGRESS_MS } from './topic-parts.js';
import type { Frame, TopicParts, Wish } from './topic-parts.js';

const { watchFleet, getFleetStatus, getInstance } = FleetService.method;
const { getHost } = HostService.method;
const WHOLE = { alwaysEmitImplicit: true } as const;

/** Everything of the fleet, or a miner with its instances. */
export function fleetFrames({ id, of, from }: Wish, { stream, shared }: TopicParts): AsyncIterable<Frame> {
  const request = { miner: of, miners: true, instances: true, hosts: of === '', fromRevision: from };
  return mapped(stream(watchFleet, request), (message) => {
    const head = { type: 'Fleet', id, revision: String(message.revision), synced: message.synced };
    return shared.of(message, head, () => ({ data: message.changes.map(changeJson) }));
  });
}

/** One instance. */
export async function* instanceFrames(wish: Wish, parts: TopicParts): AsyncGenerator<Frame> {
  const revision = await revisionBefore(wish, parts);
  const { instance } = await parts.call(getInstance, { id: wish.of });
  if (instance === undefined) return;
  if (wish.from === 0n) yield present(wish, revision, { instance: toJson(InstanceSchema, instance, WHOLE) });
  const request = { instances: true, miner: instance.miner, fromRevision: revision };
  yield* changesOf(wish, parts, { request, kind: 'instance', its: instance.id });
}

/** One host, by its id or name. */
export async function* hostFrames(wish: Wish, parts: TopicParts): AsyncGenerator<Frame> {
  const revision = await revisionBefore(wish, parts);
  const { host } = await parts.call(getHost, { host: wish.of });
  if (host === undefined) return;
  if (wish.from === 0n) yield present(wish, revision, { host: toJson(HostSchema, host, WHOLE) });
  const request = { hosts: true, fromRevision: revision };
  yield* changesOf(wish, parts, { request, kind: 'host', its: host.id });
}

/** Taken before a look, so that nothing falls between the look and the changes. */
async function revisionBefore({ from }: Wish, { call }: TopicParts): Promise<bigint> {
  return from === 0n ? (await call(getFleetStatus, {})).revision : from;
}

function present({ id }: Wish, revision: bigint, data: JsonValue): ServerFrame {
  return { type: 'Fleet', id, revision: String(revision), synced: true, data: [data] };
}

/** One thing, and the watch in which it is told of. */
interface OneThing {
  readonly request: Partial<WatchFleetRequest>;
  readonly kind: 'instance' | 'host';
  /** Its id. */
  readonly its: string;
}

/** The changes that concern one thing; it ends with that. */
async function* changesOf(
  { id }: Wish,
  { stream, clock, shared }: TopicParts,
  { request, kind, its }: OneThing,
): AsyncGenerator<Frame> {
  let toldAtMs = clock.monotonicMs();
  for await (const message of stream(watchFleet, toInit(request))) {
    const revision = String(message.revision);
    const changes = message.changes.filter((change) => idOf(change, kind) === its);
    const data = (): JsonValue[] => changes.map(changeJson);
    const isDue = clock.monotonicMs() - toldAtMs >= PROGRESS_MS;
    const head = { type: 'Fleet', id, revision, synced: message.synced };
    if (changes.length > 0) yield shared.of(message, head, () => ({ data: data() }), `${kind}/${its}`);
    else if (isDue) yield { type: 'Progress', id, revision };
    else continue;
    if (changes.some(({ change }) => change.case === 'instanceRemoved' || change.case === 'hostRemoved')) return;
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
