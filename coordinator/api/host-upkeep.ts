import type { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import type { HostRecord } from '../../common/model/host.js';
import { holdsCapacity } from '../../common/model/instance.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { hostToWire } from '../../common/wire/client.js';
import type { FleetReader, Transaction } from '../fleet/port.js';
import { rebootsAhead, withReboot, withWindows } from '../upkeep/index.js';
import { findHost } from './find.js';
import { requireMatch } from './if-match.js';
import type { ApiParts } from './parts.js';
import type { Views } from './views.js';

/** The handlers of planned work on hosts; all answer once what they did is durable. */
export function hostUpkeep(
  { fleet }: ApiParts,
  views: Views,
): Pick<ServiceImplementation<typeof HostService>, 'setHostMaintenance' | 'rebootHost'> {
  const wireOf = (id: string, fallback: HostRecord) => hostToWire(views.host(fleet.host(id) ?? fallback));
  return {
    setHostMaintenance: async ({ host: name, windows }, context) => {
      const { value, durable } = fleet.transact((tx) => {
        const host = findHost(tx, name);
        requireMatch(context, views.revisionOfHost(host.id));
        return setWindows(tx, host, windows);
      });
      await durable;
      return { host: wireOf(value.id, value) };
    },
    rebootHost: async ({ host: name, plan }, context) => {
      const { value, durable } = fleet.transact((tx) => {
        const host = findHost(tx, name);
        requireMatch(context, views.revisionOfHost(host.id));
        const patch = withReboot(host, tx.atMs);
        if (!plan && patch.upkeep !== undefined) request(tx, host, patch);
        return host;
      });
      await durable;
      const ahead = rebootsAhead([...fleet.hosts()], value.id);
      return { host: wireOf(value.id, value), ...liveOn(fleet, value.id), ahead };
    },
  };
}

function setWindows(tx: Transaction, host: HostRecord, windows: readonly string[]): HostRecord {
  const changed = { ...host, ...withWindows(windows) };
  if (JSON.stringify(changed.windows) === JSON.stringify(host.windows ?? [])) return host;
  tx.putHost({ ...changed, changedAtMs: tx.atMs });
  const text = windows.length === 0 ? 'Its maintenance windows were cleared.' : `Now: ${windows.join('; ')}.`;
  tell(tx, host, { reason: 'maintenance_changed', text });
  return changed;
}

function request(tx: Transaction, host: HostRecord, patch: Partial<HostRecord>): void {
  tx.putHost({ ...host, ...patch, changedAtMs: tx.atMs });
  tell(tx, host, { reason: 'reboot_requested', text: patch.upkeep?.text ?? '' });
}

function tell(
  tx: Transaction,
  { id, state }: HostRecord,
  why: { readonly reason: string; readonly text: string },
): void {
  tx.event({ subject: 'host', id, hostId: id, state, ...why });
}

function liveOn(fleet: FleetReader, hostId: string): { instances: number; exclusive: number } {
  let instances = 0;
  let exclusive = 0;
  for (const { state, workloadId } of fleet.instancesOn(hostId)) {
    if (!holdsCapacity(state)) continue;
    instances += 1;
    if ((fleet.workload(workloadId)?.identity ?? '') !== '') exclusive += 1;
  }
  return { instances, exclusive };
}
