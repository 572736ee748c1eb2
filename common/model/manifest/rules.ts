import type { z } from 'zod';
import type { ContainerSpec, MinerSpec } from '../miner.js';
import { MODEL_PORT } from '../model-spec.js';
import { identityOfHotkey } from '../module-spec.js';
import { folderOf } from '../secret.js';
import { LIMITS } from './limits.js';

interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly remedy: string;
}

/** Adds an issue for each rule between fields that a complete spec breaks. */
export function checkRules(spec: MinerSpec, context: z.RefinementCtx): void {
  for (const { path, expected, remedy } of [
    ...identityRules(spec),
    ...moduleRules(spec),
    ...modelRules(spec),
    ...spaceRules(spec),
    ...networkRules(spec),
    ...sizeRules(spec),
    ...updateRules(spec),
    ...autoscaleRules(spec),
    ...secretRules(spec),
  ]) {
    context.addIssue({ code: 'custom', path: [...path], message: expected, params: { remedy } });
  }
}

function identityRules({ identity, replicas, onDisconnect }: MinerSpec): BrokenRule[] {
  if (identity === '') return [];
  const broken: BrokenRule[] = [];
  if (replicas > 1) {
    const remedy = 'Give each replica a miner and an identity of its own.';
    broken.push({ path: ['replicas'], expected: '0 or 1 with an identity', remedy });
  }
  if (onDisconnect === 'keep') {
    const remedy = 'Leave onDisconnect out: cut-off instances with an identity always stop.';
    broken.push({ path: ['onDisconnect'], expected: 'stop with an identity', remedy });
  }
  return broken;
}

/** Its ports are known once the coordinator has judged it. */
function awaitsModule({ module }: MinerSpec): boolean {
  return module !== undefined && module.build === undefined;
}

function moduleRules({ module, identity }: MinerSpec): BrokenRule[] {
  if (module === undefined) return [];
  const broken: BrokenRule[] = [];
  if (module.chain !== undefined && identity !== identityOfHotkey(module.chain)) {
    const remedy = 'Leave identity out: it follows from the hotkey.';
    broken.push({ path: ['identity'], expected: identityOfHotkey(module.chain), remedy });
  }
  for (const name of Object.keys(module.secrets)) {
    const twice = Object.hasOwn(module.settings, name) ? 'settings' : Object.hasOwn(module.env, name) ? 'env' : '';
    if (twice === '') continue;
    const remedy = `Leave it out of module.${twice}.`;
    broken.push({ path: ['module', twice, name], expected: 'nothing, for a secret is named for it', remedy });
  }
  return broken;
}

function modelRules({ model, container }: MinerSpec): BrokenRule[] {
  if (model === undefined) return [];
  const broken: BrokenRule[] = [];
  if (container.network === 'none')
    broken.push({
      path: ['container', 'network'],
      expected: 'bridge or host: a model is asked over the network',
      remedy: 'Leave container.network out.',
    });
  const at = container.ports.findIndex(({ name }) => name === MODEL_PORT);
  const own = container.ports[at];
  if (own !== undefined && (own.containerPort !== model.port || own.protocol !== 'tcp'))
    broken.push({
      path: ['container', 'ports', at],
      expected: `the TCP port ${String(model.port)}, for the port ${MODEL_PORT} is that of the model`,
      remedy: 'Name the other port otherwise, or make it model.port.',
    });
  for (const name of Object.keys(model.secrets)) {
    const file = `${name}_FILE`;
    if (!Object.hasOwn(model.env, name) && !Object.hasOwn(model.env, file)) continue;
    const path = ['model', 'env', Object.hasOwn(model.env, name) ? name : file];
    broken.push({ path, expected: 'nothing, for a secret is named for it', remedy: 'Leave it out of model.env.' });
  }
  return broken;
}

function spaceRules({ space, strategy, identity }: MinerSpec): BrokenRule[] {
  if (space === undefined) return [];
  const broken: BrokenRule[] = [];
  if (strategy.perHostCap !== 1)
    broken.push({
      path: ['strategy', 'perHostCap'],
      expected: '1 with the kind space: two scanners of a host would read the same plots twice',
      remedy: 'Leave it out.',
    });
  if (identity !== '')
    broken.push({
      path: ['identity'],
      expected: 'nothing with the kind space: its key is exclusive by itself, and its instances hold none',
      remedy: 'Leave it out.',
    });
  return broken;
}

function networkRules(spec: MinerSpec): BrokenRule[] {
  const { container, health } = spec;
  const { ports, network } = container;
  const broken: BrokenRule[] = [];
  if (network === 'none' && ports.length > 0) {
    const remedy = 'Remove the ports, or use the network bridge or host.';
    broken.push({ path: ['container', 'ports'], expected: 'no ports with the network none', remedy });
  }
  if (network === 'host') broken.push(...hostNetworkRules(container));
  const probe = awaitsModule(spec) ? undefined : health?.probe;
  if ((probe?.kind === 'http' || probe?.kind === 'tcp') && network !== 'host' && !hasTcpPort(container, probe.port)) {
    const remedy = `Add it to container.ports: - container: ${probe.port}`;
    broken.push({ path: ['health', probe.kind, 'port'], expected: 'a TCP port declared in container.ports', remedy });
  }
  return broken;
}

// Nothing translates ports there, so a fixed one is the one the program listens at.
function hostNetworkRules({ ports }: ContainerSpec): BrokenRule[] {
  const remedy = 'Make both the same, or use auto and listen at $HEADFRAME_PORT_<NAME>.';
  return ports.flatMap(({ containerPort, hostPort }, index) => {
    if (hostPort === 0 || hostPort === containerPort) return [];
    const path = ['container', 'ports', index, 'host'];
    return [{ path, expected: `${containerPort} or auto with the network host`, remedy }];
  });
}

function hasTcpPort({ ports }: ContainerSpec, port: number): boolean {
  return ports.some(({ containerPort, protocol }) => containerPort === port && protocol === 'tcp');
}

function sizeRules({ container: { env, command, args } }: MinerSpec): BrokenRule[] {
  const texts = [...command, ...args, ...Object.entries(env).flat()];
  const size = texts.reduce((sum, text) => sum + text.length, 0);
  if (size <= LIMITS.allText) return [];
  const expected = `at most ${LIMITS.allText} characters in command, args and env together`;
  return [{ path: ['container'], expected, remedy: 'Mount a file instead.' }];
}

function updateRules({ identity, update }: MinerSpec): BrokenRule[] {
  const { maxUnavailable, maxSurge, minHealthyMs, progressDeadlineMs } = update;
  const broken: BrokenRule[] = [];
  if (identity !== '' && maxSurge.value > 0) {
    const remedy = 'Leave maxSurge out: a new holder of an identity starts only after the old one has ended.';
    broken.push({ path: ['update', 'maxSurge'], expected: '0 with an identity', remedy });
  }
  if (maxUnavailable.value === 0 && maxSurge.value === 0) {
    const remedy = 'Allow at least one of them, or nothing could ever be replaced.';
    broken.push({ path: ['update', 'maxUnavailable'], expected: 'more than 0 unless maxSurge is', remedy });
  }
  if (progressDeadlineMs > 0 && progressDeadlineMs <= minHealthyMs) {
    const remedy = 'Raise it, or lower minHealthy.';
    broken.push({ path: ['update', 'progressDeadline'], expected: 'longer than minHealthy, or 0s', remedy });
  }
  return broken;
}

function autoscaleRules(spec: MinerSpec): BrokenRule[] {
  const { identity, autoscale, container } = spec;
  if (autoscale === undefined) return [];
  const broken: BrokenRule[] = [];
  if (identity !== '' && autoscale.max > 1) {
    const remedy = 'Leave autoscale out: an identity is held by one instance.';
    broken.push({ path: ['autoscale', 'max'], expected: '1 with an identity', remedy });
  }
  autoscale.metrics.forEach((metric, index) => {
    const { kind } = metric;
    if ((kind === 'requests' || kind === 'latency') && spec.kind !== 'model') {
      const remedy = 'Others are asked past the coordinator: use another metric.';
      broken.push({ path: ['autoscale', 'metrics', index, kind], expected: 'a miner of kind model', remedy });
    }
    if (metric.kind !== 'http' || awaitsModule(spec) || hasMetricPort(container, metric.port)) return;
    const remedy = `Add it to container.ports: - ${typeof metric.port === 'number' ? 'container' : 'name'}: ${metric.port}`;
    const path = ['autoscale', 'metrics', index, 'http', 'port'];
    broken.push({ path, expected: 'a TCP port declared in container.ports', remedy });
  });
  return broken;
}

function hasMetricPort(container: ContainerSpec, port: number | string): boolean {
  if (typeof port === 'number') return container.network === 'host' || hasTcpPort(container, port);
  return container.ports.some(({ name, protocol }) => name === port && protocol === 'tcp');
}

function secretRules({ container: { secrets = [], mounts } }: MinerSpec): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const targets = mounts.map(({ target }) => target);
  secrets.forEach((secret, index) => {
    const refuse = (field: string, expected: string, remedy: string): void => {
      broken.push({ path: ['container', 'secrets', index, field], expected, remedy });
    };
    const before = secrets.slice(0, index);
    if (before.some(({ name }) => name === secret.name))
      refuse('name', 'each secret once', 'Remove one of them: one file serves the whole container.');
    if (before.some(({ path }) => path === secret.path)) refuse('path', 'different paths', 'Give each its own file.');
    const folder = folderOf(secret.path);
    const clash = (other: string): boolean => overlap(folder, other);
    if (targets.some(clash) || before.some(({ path }) => folder !== folderOf(path) && clash(folderOf(path))))
      refuse('path', 'a folder apart from mounts and from those of other secrets', 'Choose another folder.');
  });
  return broken;
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
