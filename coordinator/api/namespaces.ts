import type { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { NamespaceRecord } from '../../common/model/namespace.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { namespaceSpecFromWire, namespaceToWire } from '../../common/wire/client.js';
import type { NamespaceView } from '../../common/wire/client.js';
import { applyNamespace, deleteNamespace, requireNamespace } from '../namespaces/index.js';
import { readDurably } from './durably.js';
import type { HandlerParts } from './parts.js';

type Service = ServiceImplementation<typeof FleetService>;

/** The handlers of namespaces. */
type Namespaces = Pick<Service, 'applyNamespace' | 'getNamespace' | 'listNamespaces' | 'deleteNamespace'>;

/** Makes the handlers; those that change answer once the change is durable. */
export function namespaces({
  fleet,
  scheduler,
  scopes,
}: Pick<HandlerParts, 'fleet' | 'scheduler' | 'scopes'>): Namespaces {
  const view = (record: NamespaceRecord, miners: number): NamespaceView => ({
    ...record,
    ...scheduler.useOf(record.name),
    miners,
  });
  const one = (record: NamespaceRecord) =>
    namespaceToWire(view(record, minersByNamespace(fleet).get(record.name) ?? 0));
  return {
    applyNamespace: async ({ namespace }) => {
      const spec = namespaceSpecFromWire(namespace);
      const { value, durable } = fleet.transact((tx) => applyNamespace(tx, spec));
      await durable;
      return { namespace: one(value) };
    },
    getNamespace: async ({ name }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value } = await readDurably(fleet, () => one(requireNamespace(seen, name)));
      return { namespace: value };
    },
    listNamespaces: async (_request, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value, revision } = await readDurably(fleet, () => {
        const miners = minersByNamespace(seen);
        const sorted = [...seen.namespaces()].sort((a, b) => (a.name < b.name ? -1 : 1));
        return sorted.map((record) => namespaceToWire(view(record, miners.get(record.name) ?? 0)));
      });
      return { namespaces: value, revision: BigInt(revision) };
    },
    deleteNamespace: async ({ name }) => {
      const { revision, durable } = fleet.transact((tx) => deleteNamespace(tx, name));
      await durable;
      return { revision: BigInt(revision) };
    },
  };
}

function minersByNamespace(fleet: Pick<HandlerParts['fleet'], 'miners'>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { spec } of fleet.miners()) counts.set(spec.namespace, (counts.get(spec.namespace) ?? 0) + 1);
  return counts;
}
