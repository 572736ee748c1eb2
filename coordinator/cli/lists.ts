import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  ListInstancesResponseSchema,
  ListMinersResponseSchema,
} from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type {
  ListInstancesRequestSchema,
  ListInstancesResponse,
  ListMinersResponse,
} from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { ListHostsResponseSchema } from '../../common/gen/headframe/v1/host_service_pb.js';
import type { ListHostsResponse } from '../../common/gen/headframe/v1/host_service_pb.js';
import type { Invocation } from './invocation.js';
import { PAGE_SIZE, allPages } from './paging.js';

type Labels = Readonly<Record<string, string>>;

/** Which instances to list; what is not given matches all. */
export type InstanceFilter = Omit<MessageInitShape<typeof ListInstancesRequestSchema>, '$typeName'>;

/** All miners with these labels, of one namespace or, with '', of all, in one response; its revision is that of the first page. */
export async function listMiners(call: Invocation, labels: Labels = {}, namespace = ''): Promise<ListMinersResponse> {
  const { fleet } = await call.connect();
  const pages = await allPages((pageToken) =>
    fleet.listMiners({ pageSize: PAGE_SIZE, pageToken, labels: { ...labels }, namespace }, call.callOptions),
  );
  const miners = pages.flatMap((page) => page.miners);
  return create(ListMinersResponseSchema, { miners, revision: pages[0].revision });
}

/** All instances that match, in one response; its revision is that of the first page. */
export async function listInstances(call: Invocation, filter: InstanceFilter = {}): Promise<ListInstancesResponse> {
  const { fleet } = await call.connect();
  const pages = await allPages((pageToken) =>
    fleet.listInstances({ ...filter, pageSize: PAGE_SIZE, pageToken }, call.callOptions),
  );
  const instances = pages.flatMap((page) => page.instances);
  return create(ListInstancesResponseSchema, { instances, revision: pages[0].revision });
}

/** All hosts with these labels, in one response; its revision is that of the first page. */
export async function listHosts(call: Invocation, labels: Labels = {}): Promise<ListHostsResponse> {
  const { hosts } = await call.connect();
  const pages = await allPages((pageToken) =>
    hosts.listHosts({ pageSize: PAGE_SIZE, pageToken, labels: { ...labels } }, call.callOptions),
  );
  const all = pages.flatMap((page) => page.hosts);
  return create(ListHostsResponseSchema, { hosts: all, revision: pages[0].revision });
}
