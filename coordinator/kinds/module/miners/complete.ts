import { isDeepStrictEqual } from 'node:util';
import { parseManifest, specToFullManifest } from '../../../../common/model/manifest/index.js';
import type { ContainerSpec, MinerSpec, PortSpec } from '../../../../common/model/miner.js';
import { MODULE_SECRETS } from '../../../../common/model/module-spec.js';
import type { ModuleBuild, ModuleSpec } from '../../../../common/model/module-spec.js';
import type { NetworkRecord } from '../../../../common/model/network.js';
import { SECRET_MODE } from '../../../../common/model/secret.js';
import type { SecretRef } from '../../../../common/model/secret.js';
import type { HotkeyRecord } from '../../../../common/model/wallet.js';
import type { Capabilities } from '../../../chain/port.js';
import type { RoleProfile } from '../profiles/index.js';
import type { Analysis } from '../registry/index.js';
import { lackedDuties } from './chain-lacks.js';
import { chainSettings, chainVariables, hotkeyPath } from './chain-settings.js';
import type { Problem } from './problem.js';
import { imageNameOf, recipeOf } from './recipe.js';
import type { BaseImages } from './recipe.js';
import { judgeSettings } from './settings.js';

/** What was found for a module's miner. */
export interface FoundModule {
  readonly commit: string;
  readonly content: string;
  readonly bytes: number;
  readonly profile: RoleProfile;
  readonly analysis: Pick<Analysis, 'paths' | 'extraction'>;
  /** Of its chain; undefined where it works on none. */
  readonly chain:
    | {
        readonly network: NetworkRecord;
        readonly hotkey: HotkeyRecord;
        /** Of its chain; undefined while that was never connected. */
        readonly kind: Capabilities['kind'] | undefined;
      }
    | undefined;
}

/** A miner's spec with all that is made of its module, or why it cannot be. */
export type Completed = { readonly spec: MinerSpec } | { readonly problems: readonly Problem[] };

type ModuleMiner = MinerSpec & { readonly module: ModuleSpec };

/** Makes of a module what its miner's instances run: nothing but the spec and what was found decides. Pure. */
export function completeMiner(spec: ModuleMiner, found: FoundModule, bases: BaseImages): Completed {
  const { module } = spec;
  const { profile, analysis, chain } = found;
  const fixed =
    module.chain === undefined || chain === undefined ? new Map() : chainSettings(module.chain, chain.network);
  const settings = judgeSettings(module, profile, analysis.extraction.settings, fixed);
  const recipe = recipeOf(profile, analysis.paths, bases);
  if ('reason' in recipe) return { problems: [recipe, ...settings.problems] };
  const build: ModuleBuild = { content: found.content, bytes: found.bytes, ...recipe };
  const made = containerOf(spec, found, build, settings);
  const lacked = module.chain === undefined ? [] : lackedDuties(module.chain, chain?.kind);
  const others = [...madeOtherwise(spec.container, made), ...portless(module, made.ports)];
  const problems = [...settings.problems, ...others, ...lacked];
  if (problems.length > 0) return { problems };
  return checked({ ...spec, container: made, module: { ...module, commit: found.commit, build } });
}

function containerOf(
  { module, container }: ModuleMiner,
  { profile, chain }: FoundModule,
  build: ModuleBuild,
  { env, args }: Pick<ReturnType<typeof judgeSettings>, 'env' | 'args'>,
): ContainerSpec {
  const own = (container.secrets ?? []).filter(({ path }) => !path.startsWith(`${MODULE_SECRETS}/`));
  const secrets = [...own, ...settingSecrets(module), ...keyfile(module, chain?.hotkey)];
  const { secrets: _secrets, ...rest } = container;
  return {
    ...rest,
    image: imageNameOf(module.name, module.role, build),
    command: givenSecrets(module, profile.command),
    args: [...profile.args, ...args, ...module.args],
    env: { ...(module.chain === undefined ? {} : chainVariables(module.chain)), ...env },
    ports: container.network === 'none' ? container.ports : withPorts(container.ports, portsOf(module, profile)),
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

/** The ports of the role; one that a setting moves listens where that says. */
function portsOf({ settings }: ModuleSpec, { ports }: RoleProfile): PortSpec[] {
  const moved = new Map(Object.entries(settings).map(([name, value]) => [plainName(name), value]));
  return ports.map(({ name, port }): PortSpec => {
    const value = moved.get(name) ?? '';
    const containerPort = /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536 ? Number(value) : port;
    const isName = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(name);
    return { name: isName ? name : `tcp-${String(containerPort)}`, containerPort, protocol: 'tcp', hostPort: 0 };
  });
}

/** As ports are named after settings. */
function plainName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return plain.replaceAll(/^-|-$/g, '').slice(0, 15);
}

/** What the manifest says of a port goes before what was found of it. */
function withPorts(own: readonly PortSpec[], found: readonly PortSpec[]): PortSpec[] {
  const all = [...own];
  for (const port of found) {
    const taken = all.some(
      ({ name, containerPort, protocol }) =>
        name === port.name || (containerPort === port.containerPort && protocol === port.protocol),
    );
    if (!taken) all.push(port);
  }
  return all;
}

function secretFile(name: string): string {
  return `${MODULE_SECRETS}/settings/${name}`;
}

/** One file for each secret, whatever variables it is for; a new value is taken by a new run. */
function settingSecrets({ secrets }: ModuleSpec): SecretRef[] {
  const names = [...new Set(Object.values(secrets))].sort();
  return names.map((name) => ({ name, path: secretFile(name), mode: SECRET_MODE, onRotate: 'restart' }));
}

function keyfile({ chain }: ModuleSpec, hotkey: HotkeyRecord | undefined): SecretRef[] {
  if (chain === undefined || hotkey === undefined) return [];
  return [{ name: hotkey.secret, path: hotkeyPath(chain), mode: SECRET_MODE, onRotate: 'none' }];
}

/**
 * The command, after a shell has put the secrets from their files into its variables: they show in no manifest, no image and
 * no listing of the engine. Names and paths are of plain characters alone.
 */
function givenSecrets({ secrets }: ModuleSpec, command: readonly string[]): readonly string[] {
  const entries = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return command;
  // 78 is what sysexits.h calls an error of the configuration.
  const lines = entries.map(([name, secret]) => `${name}=$(cat ${secretFile(secret)}) || exit 78; export ${name}`);
  return ['/bin/sh', '-c', [...lines, 'exec "$@"'].join('; '), 'module', ...command];
}

/** What is made of the module may be given as it is, as by a program that changes what it read, and not otherwise. */
function madeOtherwise(given: ContainerSpec, made: ContainerSpec): Problem[] {
  const fields = [
    ['image', given.image === '', 'It is built of the module.'],
    ['command', given.command.length === 0, 'It is that of the role.'],
    ['args', given.args.length === 0, 'Use module.settings or module.args.'],
    ['env', Object.keys(given.env).length === 0, 'Use module.settings, or module.env for other variables.'],
  ] as const;
  return fields.flatMap(([field, empty, remedy]): Problem[] => {
    if (empty || isDeepStrictEqual(given[field], made[field])) return [];
    const path = `container.${field}`;
    return [
      { reason: 'module_field_made', path, expected: 'nothing of the kind module', remedy: `Leave it out. ${remedy}` },
    ];
  });
}

function portless({ chain }: ModuleSpec, ports: readonly PortSpec[]): Problem[] {
  const wanted = chain?.serve?.port;
  if (wanted === undefined || ports.some(({ name }) => name === wanted)) return [];
  const names = ports.map(({ name }) => name).join(', ');
  const remedy = 'Name one of them, or declare it in container.ports.';
  const expected = names === '' ? 'a port: the role has none' : `one of ${names}`;
  return [{ reason: 'serve_port_unknown', path: 'module.chain.serve.port', value: wanted, expected, remedy }];
}

/** Rules between fields hold for the whole, too, such as that of a health check for a port that only the module names. */
function checked(spec: MinerSpec): Completed {
  const parsed = parseManifest(specToFullManifest(spec));
  if ('value' in parsed) return { spec };
  return { problems: parsed.violations.map((violation) => ({ reason: 'manifest_invalid', ...violation })) };
}
