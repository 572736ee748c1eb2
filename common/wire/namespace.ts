import { create } from '@bufbuild/protobuf';
import { z } from 'zod';
import { NamespaceQuotaSchema, NamespaceSchema, NamespaceUsageSchema } from '../gen/headframe/v1/namespace_pb.js';
import type { Namespace as WireNamespace } from '../gen/headframe/v1/namespace_pb.js';
import { HeadframeError } from '../model/error.js';
import { nameField } from '../model/manifest/texts.js';
import type { NamespaceAmounts, NamespaceQuota, NamespaceRecord, NamespaceSpec } from '../model/namespace.js';
import { checkSchema, labelsField } from '../model/schema/index.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** A namespace and how the fleet stands to it. */
export interface NamespaceView extends NamespaceRecord {
  readonly used: NamespaceAmounts;
  readonly miners: number;
  /** Instances that wait for its quota. */
  readonly waiting: number;
}

const saidSchema = z.object({
  name: nameField,
  description: z.string().max(1000),
  labels: labelsField,
});

/** Puts a namespace on the wire. */
export function namespaceToWire({ quota, used, ...rest }: NamespaceView): WireNamespace {
  return create(NamespaceSchema, {
    name: rest.name,
    description: rest.description,
    labels: { ...rest.labels },
    quota: quotaToWire(quota),
    used: create(NamespaceUsageSchema, {
      cpuMillis: numberToWire(used.cpuMillis, 'used.cpu'),
      memoryBytes: numberToWire(used.memoryBytes, 'used.memory'),
      diskBytes: numberToWire(used.diskBytes, 'used.disk'),
      instances: used.instances,
      gpus: used.gpus,
    }),
    miners: rest.miners,
    waiting: rest.waiting,
    createdAtMs: numberToWire(rest.createdAtMs, 'createdAtMs'),
    updatedAtMs: numberToWire(rest.updatedAtMs, 'updatedAtMs'),
  });
}

/** Puts limits on the wire; those that are undefined stay unset. */
export function quotaToWire(quota: NamespaceQuota): WireNamespace['quota'] {
  const { cpuMillis, memoryBytes, diskBytes, gpus, instances } = quota;
  return create(NamespaceQuotaSchema, {
    ...(cpuMillis === undefined ? {} : { cpuMillis: numberToWire(cpuMillis, 'quota.cpu') }),
    ...(memoryBytes === undefined ? {} : { memoryBytes: numberToWire(memoryBytes, 'quota.memory') }),
    ...(diskBytes === undefined ? {} : { diskBytes: numberToWire(diskBytes, 'quota.disk') }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(instances === undefined ? {} : { instances }),
  });
}

/**
 * Reads what an operator says of a namespace. Throws HeadframeError (invalid_argument: 'namespace_invalid' with all that is
 * wrong, 'number_out_of_range').
 */
export function namespaceSpecFromWire(message: WireNamespace | undefined): NamespaceSpec {
  const { name = '', description = '', labels = {} } = message ?? {};
  const checked = checkSchema(saidSchema, { name, description, labels });
  if ('value' in checked) return { ...checked.value, quota: quotaFromWire(message?.quota) };
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'namespace_invalid',
    message: 'the namespace is not valid',
    violations: checked.violations,
  });
}

/** Reads a namespace as the coordinator sends it. */
export function namespaceFromWire(message: WireNamespace): NamespaceView {
  const { used, miners, waiting } = message;
  return {
    ...namespaceSpecFromWire(message),
    used: {
      cpuMillis: numberFromWire(used?.cpuMillis ?? 0n, 'used.cpu'),
      memoryBytes: numberFromWire(used?.memoryBytes ?? 0n, 'used.memory'),
      diskBytes: numberFromWire(used?.diskBytes ?? 0n, 'used.disk'),
      gpus: used?.gpus ?? 0,
      instances: used?.instances ?? 0,
    },
    miners,
    waiting,
    createdAtMs: numberFromWire(message.createdAtMs, 'createdAtMs'),
    updatedAtMs: numberFromWire(message.updatedAtMs, 'updatedAtMs'),
  };
}

function quotaFromWire(quota: WireNamespace['quota']): NamespaceQuota {
  const amount = (value: bigint | undefined, path: string): number | undefined =>
    value === undefined ? undefined : numberFromWire(value, path);
  return {
    cpuMillis: amount(quota?.cpuMillis, 'quota.cpu'),
    memoryBytes: amount(quota?.memoryBytes, 'quota.memory'),
    diskBytes: amount(quota?.diskBytes, 'quota.disk'),
    gpus: quota?.gpus,
    instances: quota?.instances,
  };
}
