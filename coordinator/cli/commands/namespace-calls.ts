import { create } from '@bufbuild/protobuf';
import { ListNamespacesResponseSchema, NamespaceSchema } from '../../../common/gen/headframe/v1/namespace_pb.js';
import type { Namespace } from '../../../common/gen/headframe/v1/namespace_pb.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { NO_QUOTA } from '../../../common/model/namespace.js';
import type { NamespaceQuota } from '../../../common/model/namespace.js';
import { namespaceFromWire, quotaToWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import type { Invocation } from '../invocation.js';
import { namespaceView, namespacesView } from '../views/namespaces.js';

/** What lifts a limit. */
export const LIFT = 'none';

/** A limit as it is asked for. */
export type Limit = number | typeof LIFT;

/** Options of `namespaces set`. */
export interface SetOptions {
  readonly cpu?: Limit;
  readonly memory?: Limit;
  readonly disk?: Limit;
  readonly gpus?: Limit;
  readonly instances?: Limit;
  /** False after `--no-limits`. */
  readonly limits: boolean;
  readonly description?: string;
  readonly label?: Readonly<Record<string, string>>;
}

/** `namespaces ls`. */
export async function listNamespaces(call: Invocation): Promise<void> {
  const { fleet } = await call.connect();
  const response = await fleet.listNamespaces({}, call.callOptions);
  await call.printer.message(ListNamespacesResponseSchema, response, (viewing) =>
    namespacesView(response.namespaces.map(namespaceFromWire), viewing),
  );
}

/** `namespaces show`. */
export async function showNamespace(call: Invocation, name: string): Promise<void> {
  const { fleet } = await call.connect();
  const { namespace } = await fleet.getNamespace({ name }, call.callOptions);
  await print(call, namespace);
}

/** `namespaces set`. */
export async function setNamespace(call: Invocation, name: string, options: SetOptions): Promise<void> {
  const { fleet } = await call.connect();
  const found = await fleet.getNamespace({ name }, call.callOptions).catch((error: unknown) => {
    if (toHeadframeError(error).reason === 'namespace_not_found') return undefined;
    throw error;
  });
  const before = found?.namespace && namespaceFromWire(found.namespace);
  const kept = options.limits ? (before?.quota ?? NO_QUOTA) : NO_QUOTA;
  const quota = quotaToWire(changed(kept, options));
  const response = await fleet.applyNamespace(
    {
      namespace: create(NamespaceSchema, {
        name,
        description: options.description ?? before?.description ?? '',
        labels: { ...(options.label ?? before?.labels) },
        ...(quota === undefined ? {} : { quota }),
      }),
    },
    call.callOptions,
  );
  await print(call, response.namespace);
}

/** `namespaces rm`. */
export async function removeNamespace(call: Invocation, name: string, yes: boolean | undefined): Promise<void> {
  const { fleet } = await call.connect();
  await fleet.getNamespace({ name }, call.callOptions);
  await confirm(call.world, `Delete namespace ${name}`, yes);
  await fleet.deleteNamespace({ name }, call.callOptions);
  await call.printer.plain(
    () => ({ deleted: name }),
    () => [{ kind: 'text', text: `namespace ${name} deleted` }],
  );
}

function changed(quota: NamespaceQuota, { cpu, memory, disk, gpus, instances }: SetOptions): NamespaceQuota {
  const pick = (asked: Limit | undefined, kept: number | undefined): number | undefined =>
    asked === LIFT ? undefined : (asked ?? kept);
  return {
    cpuMillis: pick(cpu, quota.cpuMillis),
    memoryBytes: pick(memory, quota.memoryBytes),
    diskBytes: pick(disk, quota.diskBytes),
    gpus: pick(gpus, quota.gpus),
    instances: pick(instances, quota.instances),
  };
}

async function print(call: Invocation, namespace: Namespace = create(NamespaceSchema)): Promise<void> {
  await call.printer.message(NamespaceSchema, namespace, () => namespaceView(namespaceFromWire(namespace)));
}
