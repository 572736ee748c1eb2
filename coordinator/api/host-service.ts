import { toBinary } from '@bufbuild/protobuf';
import { HostSchema } from '../../common/gen/headframe/v1/host_pb.js';
import type { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { hostLabels } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { hostToWire } from '../../common/wire/client.js';
import { readDurably } from './durably.js';
import { findHost } from './find.js';
import { fromRevision } from './fleet-service.js';
import { hasLabels } from '../../common/model/has-labels.js';
import { hostChanges } from './host-changes.js';
import { hostUpkeep } from './host-upkeep.js';
import { inOrder } from './in-order.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import type { Views } from './views.js';
import { watchAlone } from './watch-fleet.js';

const ONLY_HOSTS = { hosts: true, miners: false, instances: false, miner: '' };

/** The service by which operators see and steer hosts. */
export function hostService(parts: HandlerParts, views: Views): ServiceImplementation<typeof HostService> {
  const { fleet, clock, scopes } = parts;
  // By name for people; the id tells apart those of one name.
  const keyOf = ({ name, id }: HostRecord): string => `${name} ${id}`;
  return {
    ...hostChanges(parts, views),
    ...hostUpkeep(parts, views),
    getHost: async ({ host }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value } = await readDurably(fleet, () => hostToWire(views.host(findHost(fleet, host), seen)));
      return { host: value };
    },
    listHosts: async ({ labels, ...request }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const listed = (host: HostRecord): boolean => hasLabels(hostLabels(host), labels);
      const { value, revision } = await readDurably(fleet, () =>
        takePage(request, {
          list: 'hosts',
          after: (key) => inOrder(fleet.hosts(), keyOf, key).filter(listed),
          keyOf,
          toItem: (record) => hostToWire(views.host(record, seen)),
          bytesOf: (host) => toBinary(HostSchema, host).length,
        }),
      );
      return { hosts: [...value.items], nextPageToken: value.next, revision: BigInt(revision) };
    },
    async *watchHosts(request, { signal, caller }) {
      const messages = watchAlone(
        { fleet, clock, views },
        fromRevision(request),
        { ...ONLY_HOSTS, sight: scopes.of(caller) },
        signal,
      );
      for await (const { revision, changes, synced } of messages) {
        const hosts = changes.flatMap(({ change }) => (change.case === 'host' ? change.value : []));
        const removed = changes.flatMap(({ change }) => (change.case === 'hostRemoved' ? change.value : []));
        yield { revision, hosts, removed, synced };
      }
    },
  };
}
