import { toBinary } from '@bufbuild/protobuf';
import type { FleetService, ListInstancesRequest } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { InstanceSchema } from '../../common/gen/headframe/v1/instance_pb.js';
import { isEnded } from '../../common/model/instance.js';
import type { InstanceRecord, InstanceState } from '../../common/model/instance.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { INSTANCE_STATE, instanceToWire, instanceUsageToWire, progressToWire } from '../../common/wire/client.js';
import { readDurably } from './durably.js';
import { findInstance } from './find.js';
import { inOrder } from './in-order.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import type { FleetSight } from './scoped-fleet.js';
import { invalidRequest } from './refuse.js';
import type { Views } from './views.js';

/** The handlers that show instances. */
type InstanceLists = Pick<ServiceImplementation<typeof FleetService>, 'getInstance' | 'listInstances'>;

/** Makes the handlers. */
export function instanceLists(
  { fleet, board, scopes }: Pick<HandlerParts, 'fleet' | 'board' | 'scopes'>,
  views: Views,
): InstanceLists {
  return {
    getInstance: async ({ id }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value } = await readDurably(fleet, () => {
        const record = findInstance(seen, id);
        return { record, instance: instanceToWire(views.instance(record)) };
      });
      const { record, instance } = value;
      const progress = record.state === 'preparing' ? board.progressOf(record.serial) : undefined;
      const sample = record.hostId === undefined ? undefined : board.usageOfHost(record.hostId);
      const usage = sample?.instances.find(({ serial }) => serial === record.serial);
      return {
        instance,
        ...(progress && { progress: progressToWire(progress) }),
        ...(usage && { usage: instanceUsageToWire(usage) }),
      };
    },
    listInstances: async (request, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const listed = filterOf(seen, request);
      const { value, revision } = await readDurably(fleet, () =>
        takePage(request, {
          list: 'instances',
          after: (key) => instancesAfter(seen, request, key, listed),
          keyOf,
          toItem: (record) => instanceToWire(views.instance(record)),
          bytesOf: (instance) => toBinary(InstanceSchema, instance).length,
        }),
      );
      return { instances: [...value.items], nextPageToken: value.next, revision: BigInt(revision) };
    },
  };
}

/** Orders by miner, then by age. */
function keyOf({ miner, serial }: InstanceRecord): string {
  return `${miner} ${String(serial).padStart(16, '0')}`;
}

function filterOf(fleet: FleetSight, request: ListInstancesRequest): (record: InstanceRecord) => boolean {
  const { miner, hostId, states, includeEnded, namespace } = request;
  const wanted = new Set(states.map(readState));
  return (record) =>
    (miner === '' || record.miner === miner) &&
    (hostId === '' || record.hostId === hostId) &&
    (namespace === '' || fleet.miner(record.miner)?.spec.namespace === namespace) &&
    (wanted.size > 0 ? wanted.has(record.state) : includeEnded || !isEnded(record.state));
}

function readState(state: number, index: number): InstanceState {
  const found = INSTANCE_STATE.find(state);
  if (found !== undefined) return found;
  throw invalidRequest({ path: `states[${index}]`, value: String(state), expected: 'a state of an instance' });
}

function* instancesAfter(
  fleet: FleetSight,
  { miner, hostId }: ListInstancesRequest,
  after: string,
  listed: (record: InstanceRecord) => boolean,
): Generator<InstanceRecord> {
  if (hostId !== '') {
    yield* inOrder([...fleet.instancesOn(hostId)].filter(listed), keyOf, after);
    return;
  }
  // One miner at a time: the fleet keeps each one's instances in order already.
  const [afterMiner = '', afterSerial = ''] = after.split(' ');
  for (const name of miner === '' ? minerNames(fleet, afterMiner) : [miner]) {
    const last = name === afterMiner ? Number(afterSerial) : 0;
    for (const record of fleet.instancesOf(name)) if (record.serial > last && listed(record)) yield record;
  }
}

/** Names of all miners from `first` on, in order. */
function minerNames(fleet: FleetSight, first: string): string[] {
  const names = [...fleet.miners()].map(({ spec }) => spec.name);
  return names.filter((name) => name >= first).sort();
}
