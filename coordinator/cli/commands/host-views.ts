import { HostSchema } from '../../../common/gen/headframe/v1/host_pb.js';
import type { Host } from '../../../common/gen/headframe/v1/host_pb.js';
import { ListHostsResponseSchema } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { hostFromWire } from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import { listHosts } from '../lists.js';
import { hostView, hostsView } from '../views/hosts.js';
import { hostNamed } from './find-host.js';

/** Options of `hosts ls`. */
export interface HostsListOptions {
  readonly label?: Readonly<Record<string, string>>;
}

/** `hosts ls`. */
export async function listHostsCommand(call: Invocation, { label }: HostsListOptions): Promise<void> {
  const response = await listHosts(call, label);
  await call.printer.message(ListHostsResponseSchema, response, (viewing) =>
    hostsView(response.hosts.map(hostFromWire), viewing),
  );
}

/** `hosts show`. */
export async function showHost(call: Invocation, name: string): Promise<void> {
  const host = await hostNamed(call, name);
  await call.printer.message(HostSchema, host, (viewing) => hostView(hostFromWire(host), viewing));
}

/** Prints a host as one row, as after a change to it. */
export async function printHostRow(call: Invocation, host: Host): Promise<void> {
  await call.printer.message(HostSchema, host, (viewing) => hostsView([hostFromWire(host)], viewing));
}
