import {
  GetInstanceResponseSchema,
  ListInstancesResponseSchema,
} from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { InstanceSchema } from '../../../common/gen/headframe/v1/instance_pb.js';
import { create } from '@bufbuild/protobuf';
import type { InstanceState } from '../../../common/model/instance.js';
import {
  INSTANCE_STATE,
  instanceFromWire,
  instanceUsageFromWire,
  progressFromWire,
} from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import { listInstances } from '../lists.js';
import { instanceView, instancesView } from '../views/instances.js';
import { forInstance } from './find-instance.js';
import { hostNamed } from './find-host.js';

/** Options of `instances ls`. */
export interface InstancesListOptions {
  readonly miner?: string;
  readonly host?: string;
  readonly namespace?: string;
  readonly state?: readonly InstanceState[];
  readonly all?: boolean;
}

/** `instances ls`. */
export async function listInstancesCommand(call: Invocation, options: InstancesListOptions): Promise<void> {
  const { miner = '', host, namespace = '', state = [], all = false } = options;
  const hostId = host === undefined ? '' : (await hostNamed(call, host)).id;
  const states = state.map((word) => INSTANCE_STATE.toWire(word));
  const response = await listInstances(call, { miner, hostId, namespace, states, includeEnded: all });
  await call.printer.message(ListInstancesResponseSchema, response, (viewing) =>
    instancesView(response.instances.map(instanceFromWire), viewing),
  );
}

/** `instances show`. */
export async function showInstance(call: Invocation, name: string): Promise<void> {
  const { fleet } = await call.connect();
  const response = await forInstance(call, name, (id) => fleet.getInstance({ id }, call.callOptions));
  const { instance, progress, usage } = response;
  await call.printer.message(GetInstanceResponseSchema, response, () =>
    instanceView({
      instance: instanceFromWire(instance ?? create(InstanceSchema)),
      progress: progress && progressFromWire(progress),
      usage: usage && instanceUsageFromWire(usage),
    }),
  );
}
