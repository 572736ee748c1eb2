import { HeadframeError } from '../../common/model/error.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';
import type { NamespaceRecord, NamespaceSpec } from '../../common/model/namespace.js';
import { printQuota } from '../../common/model/quota-text.js';
import type { FleetReader, Transaction } from '../fleet/port.js';

/** Every decision looks at the namespaces that compete, and every list holds them all. */
const MOST_NAMESPACES = 1000;

/**
 * Creates a namespace, or replaces what is said of it; again changes nothing. Instances beyond a lowered quota go on: it
 * only holds new ones back. Throws `HeadframeError` (resource_exhausted, 'too_many_namespaces').
 */
export function applyNamespace(tx: Transaction, spec: NamespaceSpec): NamespaceRecord {
  const before = tx.namespace(spec.name);
  if (before !== undefined && isSame(before, spec)) return before;
  if (before === undefined && [...tx.namespaces()].length >= MOST_NAMESPACES) throw tooMany();
  // A default namespace that nobody has touched has no time of its own.
  const createdAtMs = before === undefined || before.createdAtMs === 0 ? tx.atMs : before.createdAtMs;
  const record = { ...spec, createdAtMs, updatedAtMs: tx.atMs };
  tx.putNamespace(record);
  const text = `Namespace ${spec.name}: ${printQuota(spec.quota)}.`;
  tx.event({ subject: 'fleet', id: '', reason: 'namespace_applied', text });
  return record;
}

/**
 * Deletes a namespace without miners and secrets. Throws `HeadframeError`: not_found ('namespace_not_found'), failed_precondition
 * ('namespace_default', 'namespace_in_use').
 */
export function deleteNamespace(tx: Transaction, name: string): void {
  if (name === DEFAULT_NAMESPACE) throw isDefault();
  requireNamespace(tx, name);
  const miners = [...tx.miners()].filter(({ spec }) => spec.namespace === name);
  if (miners.length > 0) throw inUse(name, miners.map(({ spec }) => spec.name).sort());
  const secrets = [...tx.secrets()].filter(({ namespace }) => namespace === name);
  if (secrets.length > 0) throw hasSecrets(name, secrets.map((secret) => secret.name).sort());
  tx.removeNamespace(name);
  tx.event({ subject: 'fleet', id: '', reason: 'namespace_deleted', text: `Namespace ${name}.` });
}

/** The namespace of that name. Throws `HeadframeError` (not_found, 'namespace_not_found'). */
export function requireNamespace(fleet: Pick<FleetReader, 'namespace'>, name: string): NamespaceRecord {
  const found = fleet.namespace(name);
  if (found !== undefined) return found;
  throw new HeadframeError({
    code: 'not_found',
    reason: 'namespace_not_found',
    message: `there is no namespace ${name.slice(0, 100)}`,
    remedy: `Create it: headframe namespaces set ${name.slice(0, 100)}. headframe namespaces ls shows all.`,
    metadata: { namespace: name.slice(0, 100) },
  });
}

function isSame(a: NamespaceSpec, b: NamespaceSpec): boolean {
  const plain = ({ description, labels, quota }: NamespaceSpec): string =>
    JSON.stringify([
      description,
      Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)),
      [quota.cpuMillis, quota.memoryBytes, quota.diskBytes, quota.gpus, quota.instances],
    ]);
  return plain(a) === plain(b);
}

function tooMany(): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_namespaces',
    message: `there are ${String(MOST_NAMESPACES)} namespaces already`,
    remedy: 'Delete those that are empty: headframe namespaces rm.',
  });
}

function isDefault(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'namespace_default',
    message: `the namespace ${DEFAULT_NAMESPACE} always exists`,
    remedy: `Lift its limits instead: headframe namespaces set ${DEFAULT_NAMESPACE} --no-limits.`,
  });
}

function inUse(name: string, miners: readonly string[]): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'namespace_in_use',
    message: `${String(miners.length)} miners are in the namespace ${name}: ${miners.slice(0, 5).join(', ')}`,
    remedy: 'Delete them, or apply them in another namespace, first.',
    metadata: { namespace: name, miners: String(miners.length) },
  });
}

function hasSecrets(name: string, secrets: readonly string[]): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'namespace_in_use',
    message: `${String(secrets.length)} secrets are in the namespace ${name}: ${secrets.slice(0, 5).join(', ')}`,
    remedy: `Remove them first: headframe secrets rm NAME --namespace ${name}.`,
    metadata: { namespace: name, secrets: String(secrets.length) },
  });
}
