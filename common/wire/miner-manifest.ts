import { Operator } from '../gen/headframe/v1/miner_pb.js';
import type {
  Constraint,
  ContainerSection,
  HealthCheck,
  MinerSpec,
  Mount,
  Port,
  RestartPolicy,
  Strategy,
} from '../gen/headframe/v1/miner_pb.js';
import type { Resources } from '../gen/headframe/v1/resource_pb.js';
import type { PlainMapping } from '../model/manifest/index.js';
import { autoscaleManifest } from './autoscale.js';
import {
  NETWORK_MODE,
  ON_DISCONNECT,
  OPERATOR,
  PROTOCOL,
  PULL_POLICY,
  RESTART_CONDITION,
  STRATEGY_KIND,
} from './enums.js';
import type { EnumTable } from './enum-table.js';
import { modelManifest } from './model-section.js';
import { moduleManifest } from './module-section.js';
import { secretManifest } from './secret-ref.js';
import { spaceManifest } from './space-section.js';
import { retryManifest, updateManifest } from './update.js';

/** A spec from the wire in the user's form, unchecked; what is unset stays out, so that the manifest's defaults fill it. */
export function manifestOfWire(spec: MinerSpec): PlainMapping {
  return {
    kind: spec.kind,
    name: spec.name,
    namespace: unlessEmpty(spec.namespace),
    labels: spec.labels,
    priority: spec.priority,
    replicas: spec.replicas,
    autoscale: spec.autoscale && autoscaleManifest(spec.autoscale),
    ...sectionsOf(spec.section),
    resources: spec.resources && resourcesOf(spec.resources),
    constraints: spec.constraints.map(constraintOf),
    affinities: spec.affinities.map(({ constraint, weight }) => ({
      ...(constraint === undefined ? {} : constraintOf(constraint)),
      weight,
    })),
    strategy: spec.strategy && strategyOf(spec.strategy),
    health: spec.health && healthOf(spec.health),
    restart: spec.restart && restartOf(spec.restart),
    onDisconnect: wordOf(ON_DISCONNECT, spec.onDisconnect),
    identity: unlessEmpty(spec.identity),
    stopGrace: milliseconds(spec.stopGraceMs),
    pullPolicy: wordOf(PULL_POLICY, spec.pullPolicy),
    update: spec.update && updateManifest(spec.update),
    retry: spec.retry && retryManifest(spec.retry),
  };
}

function sectionsOf(section: MinerSpec['section']): PlainMapping {
  if (section.case === 'container') return { container: containerOf(section.value) };
  // Of a lease there is no form that people write: its kind alone has it refused.
  if (section.case === undefined || section.case === 'lease') return {};
  if (section.case === 'space') return { space: spaceManifest(section.value) };
  const { container } = section.value;
  const made = container && { ...containerOf(container), image: unlessEmpty(container.image) };
  if (section.case === 'model') return { model: modelManifest(section.value), container: made };
  return { module: moduleManifest(section.value), container: made };
}

function containerOf(section: ContainerSection): PlainMapping {
  return {
    image: section.image,
    command: section.command,
    args: section.args,
    env: section.env,
    ports: section.ports.map(portOf),
    mounts: section.mounts.map(mountOf),
    user: unlessEmpty(section.user),
    workdir: unlessEmpty(section.workdir),
    network: wordOf(NETWORK_MODE, section.network),
    readOnlyRootFilesystem: section.readOnlyRootFilesystem,
    capabilities: section.capabilities,
    devices: section.devices,
    secrets: section.secrets.map(secretManifest),
  };
}

function portOf({ name, containerPort, hostPort, protocol }: Port): PlainMapping {
  return {
    name: unlessEmpty(name),
    container: containerPort,
    host: unlessZero(hostPort),
    protocol: wordOf(PROTOCOL, protocol),
  };
}

function mountOf({ target, readOnly, source }: Mount): PlainMapping {
  return {
    target,
    readOnly,
    volume: source.case === 'volume' ? source.value : undefined,
    tmpfs: source.case === 'tmpfsBytes' ? String(source.value) : undefined,
    hostPath: source.case === 'hostPath' ? source.value : undefined,
  };
}

function resourcesOf({ cpuMillis, memoryBytes, diskBytes, gpus, pids }: Resources): PlainMapping {
  return {
    cpu: cpuMillis === 0 ? undefined : `${cpuMillis}m`,
    memory: memoryBytes === 0n ? undefined : String(memoryBytes),
    disk: diskBytes === 0n ? undefined : String(diskBytes),
    gpus,
    pids,
  };
}

// Over the wire an operator is always meant, so an unset one is refused where a manifest's stands for `in`.
function constraintOf({ attribute, operator, values }: Constraint): PlainMapping {
  const word = operator === Operator.UNSPECIFIED ? '' : wordOf(OPERATOR, operator);
  return { attribute, operator: word, values };
}

function strategyOf({ kind, spreadBy, perHostCap }: Strategy): PlainMapping {
  return { kind: wordOf(STRATEGY_KIND, kind), spreadBy: unlessEmpty(spreadBy), perHostCap };
}

function healthOf({ probe, startPeriodMs, intervalMs, timeoutMs, retries }: HealthCheck): PlainMapping {
  return {
    ...probeOf(probe),
    startPeriod: milliseconds(startPeriodMs),
    interval: milliseconds(intervalMs),
    timeout: milliseconds(timeoutMs),
    retries,
  };
}

function probeOf(probe: HealthCheck['probe']): PlainMapping {
  switch (probe.case) {
    case 'http':
      return { http: { port: probe.value.port, path: unlessEmpty(probe.value.path) } };
    case 'tcp':
      return { tcp: { port: probe.value.port } };
    case 'exec':
      return { exec: { command: probe.value.command } };
    case 'image':
      return { image: true };
    case undefined:
      return {};
  }
}

function restartOf({ condition, maxAttempts, windowMs, backoffMs, maxBackoffMs }: RestartPolicy): PlainMapping {
  return {
    condition: wordOf(RESTART_CONDITION, condition),
    maxAttempts,
    window: milliseconds(windowMs),
    backoff: milliseconds(backoffMs),
    maxBackoff: milliseconds(maxBackoffMs),
  };
}

// A newer client's value is shown as its number, which the schema then refuses with the words it knows.
function wordOf(table: Pick<EnumTable<string, number>, 'find'>, value: number): string | undefined {
  return value === 0 ? undefined : (table.find(value) ?? String(value));
}

function milliseconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}ms`;
}

function unlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function unlessZero(value: number): number | undefined {
  return value === 0 ? undefined : value;
}
