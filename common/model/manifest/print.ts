import { isDeepStrictEqual } from 'node:util';
import type { Affinity, Constraint, ContainerSpec, HealthCheck, MinerSpec, MountSpec, PortSpec } from '../miner.js';
import { modelHealth } from '../model-health.js';
import { SPACE_HEALTH } from '../space-container.js';
import type { ModelSpec } from '../model-spec.js';
import { MODULE_SECRETS, identityOfHotkey } from '../module-spec.js';
import type { ModuleSpec } from '../module-spec.js';
import { PRIORITY_CLASSES, formatPriority } from '../priority.js';
import type { CountOrPercent, UpdatePolicy } from '../rollout.js';
import { formatCpu, formatDuration, formatExactBytes } from '../units.js';
import { defaultPortName } from './port.js';
import { modelToManifest, withoutMade } from './model.js';
import { moduleToManifest } from './module.js';
import { parseManifest } from './parse.js';
import { isMapping, withoutDefaults } from './plain.js';
import { SMALLEST_AUTOSCALE, autoscaleDefaults, autoscaleToManifest } from './print-autoscale.js';
import { secretToManifest } from './secret.js';
import { spaceToManifest } from './space.js';
import type { Plain, PlainMapping } from './plain.js';

/** The user's form of a spec, as tidy as can be: what equals its default is left out. `parseManifest` reads it back. */
export function specToManifest(spec: MinerSpec): PlainMapping {
  const full = ownManifest(spec);
  const tidy = withoutDefaults(full, defaultsFor(spec));
  const { strategy, restart, ...rest } = tidy;
  return {
    kind: spec.kind, // whatever the defaults say, these two tell what it is
    name: spec.name,
    ...rest,
    ...(strategy === undefined ? {} : { strategy: shorthand(strategy, 'kind') }),
    ...(restart === undefined ? {} : { restart: shorthand(restart, 'condition') }),
  };
}

/** Without what the coordinator makes. */
function ownManifest(spec: MinerSpec): PlainMapping {
  if (spec.module !== undefined) return moduleManifest(spec, spec.module);
  if (spec.space !== undefined) return spaceManifest(spec);
  return spec.model === undefined ? specToFullManifest(spec) : modelManifest(spec, spec.model);
}

function spaceManifest(spec: MinerSpec): PlainMapping {
  const full = specToFullManifest(spec);
  const isUsual = isDeepStrictEqual(spec.health, SPACE_HEALTH);
  return { ...full, container: undefined, health: isUsual ? undefined : full['health'] };
}

function modelManifest(spec: MinerSpec, model: ModelSpec): PlainMapping {
  const full = specToFullManifest({ ...spec, container: withoutMade(spec.container, model) });
  const isUsual = isDeepStrictEqual(spec.health, modelHealth(model.port));
  return { ...full, model: modelToManifest(model, false), health: isUsual ? undefined : full['health'] };
}

/** Without what the coordinator makes of a module. */
function moduleManifest(spec: MinerSpec, module: ModuleSpec): PlainMapping {
  const { container, identity } = spec;
  const { command: _command, args: _args, ...rest } = containerToManifest({ ...container, env: {} });
  const secrets = (container.secrets ?? []).filter(({ path }) => !path.startsWith(`${MODULE_SECRETS}/`));
  const ofHotkey = module.chain !== undefined && identity === identityOfHotkey(module.chain);
  const full = specToFullManifest(ofHotkey ? { ...spec, identity: '' } : spec);
  return {
    ...full,
    module: moduleToManifest(module, false),
    container: { ...rest, image: undefined, secrets: secrets.map(secretToManifest) },
    // It follows from the hotkey, and is the default then.
    onDisconnect: ofHotkey ? undefined : full['onDisconnect'],
  };
}

/** The user's form of a spec with every field, defaults included. */
export function specToFullManifest(spec: MinerSpec): PlainMapping {
  return {
    kind: spec.kind,
    name: spec.name,
    namespace: spec.namespace,
    labels: { ...spec.labels },
    priority: priorityToManifest(spec.priority),
    replicas: spec.replicas,
    autoscale: spec.autoscale && autoscaleToManifest(spec.autoscale),
    container: containerToManifest(spec.container),
    module: spec.module && moduleToManifest(spec.module, true),
    model: spec.model && modelToManifest(spec.model, true),
    space: spec.space && spaceToManifest(spec.space),
    resources: {
      cpu: formatCpu(spec.resources.cpuMillis),
      memory: formatExactBytes(spec.resources.memoryBytes),
      disk: formatExactBytes(spec.resources.diskBytes),
      gpus: spec.resources.gpus,
      pids: spec.resources.pids,
    },
    constraints: spec.constraints.map(constraintToManifest),
    affinities: spec.affinities.map(affinityToManifest),
    strategy: { ...spec.strategy, spreadBy: spec.strategy.spreadBy === '' ? undefined : spec.strategy.spreadBy },
    health: spec.health && healthToManifest(spec.health),
    restart: {
      condition: spec.restart.condition,
      maxAttempts: spec.restart.maxAttempts,
      window: formatDuration(spec.restart.windowMs),
      backoff: formatDuration(spec.restart.backoffMs),
      maxBackoff: formatDuration(spec.restart.maxBackoffMs),
    },
    onDisconnect: spec.onDisconnect,
    identity: spec.identity === '' ? undefined : spec.identity,
    stopGrace: formatDuration(spec.stopGraceMs),
    pullPolicy: spec.pullPolicy,
    update: updateToManifest(spec.update),
    retry: { maxFailures: spec.retry.maxFailures, window: formatDuration(spec.retry.windowMs) },
  };
}

function updateToManifest({ maxUnavailable, maxSurge, autoRollback, ...times }: UpdatePolicy): PlainMapping {
  return {
    maxUnavailable: formatCountOrPercent(maxUnavailable),
    maxSurge: formatCountOrPercent(maxSurge),
    minHealthy: formatDuration(times.minHealthyMs),
    progressDeadline: formatDuration(times.progressDeadlineMs),
    autoRollback,
  };
}

function formatCountOrPercent({ kind, value }: CountOrPercent): string | number {
  return kind === 'percent' ? `${value}%` : value;
}

function priorityToManifest(priority: number): string | number {
  const text = formatPriority(priority);
  return Object.hasOwn(PRIORITY_CLASSES, text) ? text : priority;
}

// A mapping of which one field is left is written as that field's value.
function shorthand(section: Plain, field: string): Plain {
  return isMapping(section) && Object.keys(section).join() === field ? section[field] : section;
}

function containerToManifest(container: ContainerSpec): PlainMapping {
  return {
    image: container.image === '' ? undefined : container.image,
    command: container.command,
    args: container.args,
    env: { ...container.env },
    ports: container.ports.map(portToManifest),
    mounts: container.mounts.map(mountToManifest),
    user: container.user === '' ? undefined : container.user,
    workdir: container.workdir === '' ? undefined : container.workdir,
    network: container.network,
    readOnlyRootFilesystem: container.readOnlyRootFilesystem ?? false,
    capabilities: container.capabilities ?? [],
    devices: container.devices ?? [],
    secrets: (container.secrets ?? []).map(secretToManifest),
  };
}

// Entries of lists leave their defaults out at once: lists are compared as a whole.
function portToManifest({ name, containerPort, protocol, hostPort }: PortSpec): PlainMapping {
  return {
    name: name === defaultPortName(protocol, containerPort) ? undefined : name,
    container: containerPort,
    host: hostPort === 0 ? undefined : hostPort,
    protocol: protocol === 'tcp' ? undefined : protocol,
  };
}

function mountToManifest(mount: MountSpec): PlainMapping {
  const readOnly = mount.readOnly ? true : undefined;
  switch (mount.kind) {
    case 'volume':
      return { target: mount.target, volume: mount.volume, readOnly };
    case 'tmpfs':
      return { target: mount.target, tmpfs: formatExactBytes(mount.sizeBytes), readOnly };
    case 'hostPath':
      return { target: mount.target, hostPath: mount.hostPath, readOnly };
  }
}

function constraintToManifest({ attribute, operator, values }: Constraint): PlainMapping {
  return { attribute, operator, values: values.length === 0 ? undefined : values };
}

function affinityToManifest(affinity: Affinity): PlainMapping {
  return { ...constraintToManifest(affinity), weight: affinity.weight };
}

function healthToManifest({ probe, ...times }: HealthCheck): PlainMapping {
  return {
    http: probe.kind === 'http' ? { port: probe.port, path: probe.path } : undefined,
    tcp: probe.kind === 'tcp' ? { port: probe.port } : undefined,
    exec: probe.kind === 'exec' ? { command: probe.command } : undefined,
    image: probe.kind === 'image' ? true : undefined,
    startPeriod: formatDuration(times.startPeriodMs),
    interval: formatDuration(times.intervalMs),
    timeout: formatDuration(times.timeoutMs),
    retries: times.retries,
  };
}

// The defaults of a miner like this one: those of a health check count only where there is one, of an identity too, and
// some go by priority.
function defaultsFor(spec: MinerSpec): PlainMapping {
  const parsed = parseManifest({
    kind: 'container',
    name: 'defaults',
    container: { image: 'defaults' },
    priority: spec.priority,
    ...(spec.health === undefined ? {} : { health: { image: true } }),
    ...(spec.identity === '' ? {} : { identity: 'defaults' }),
    ...(spec.autoscale === undefined ? {} : { autoscale: SMALLEST_AUTOSCALE }),
  });
  if ('violations' in parsed) throw new Error('the smallest manifest is refused by its own schema');
  const { name: _name, identity: _identity, health, ...defaults } = specToFullManifest(parsed.value);
  const priority = priorityToManifest(PRIORITY_CLASSES.normal);
  const autoscale = spec.autoscale && autoscaleDefaults(defaults['autoscale'], autoscaleToManifest(spec.autoscale));
  return {
    ...defaults,
    priority,
    autoscale,
    health: isMapping(health) ? { ...health, image: undefined, http: { path: '/' } } : undefined,
  };
}
