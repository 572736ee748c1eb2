import { create } from '@bufbuild/protobuf';
import { ModuleBuildSchema, ModuleChainSchema, ModuleSectionSchema } from '../gen/headframe/v1/miner_pb.js';
import type {
  ModuleBuild as WireBuild,
  ModuleChain as WireChain,
  ModuleSection,
} from '../gen/headframe/v1/miner_pb.js';
import type { PlainMapping } from '../model/manifest/index.js';
import type { ContainerSpec } from '../model/miner.js';
import type { ModuleBuild, ModuleChain, ModuleSpec } from '../model/module-spec.js';
import { containerToWire } from './container-section.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** Puts a module's section on the wire, with what was made of it. */
export function moduleToWire(module: ModuleSpec, container: ContainerSpec): ModuleSection {
  const { name, role, commit, settings, secrets, env, args, chain, build } = module;
  return create(ModuleSectionSchema, {
    ...{ name, role, commit },
    settings: { ...settings },
    secrets: { ...secrets },
    env: { ...env },
    args: [...args],
    ...(chain === undefined ? {} : { chain: chainToWire(chain) }),
    container: containerToWire(container),
    ...(build === undefined ? {} : { build: buildToWire(build) }),
  });
}

/** Puts what is built on the wire. */
export function buildToWire({ content, bytes, dockerfile, recipe, base, buildArgs }: ModuleBuild): WireBuild {
  return create(ModuleBuildSchema, {
    ...{ content, dockerfile, recipe, base, buildArgs: { ...buildArgs } },
    bytes: numberToWire(bytes, 'build.bytes'),
  });
}

/** Reads what is built. */
export function buildFromWire({ content, bytes, dockerfile, recipe, base, buildArgs }: WireBuild): ModuleBuild {
  const read = { content, dockerfile, recipe, base, bytes: numberFromWire(bytes, 'build.bytes') };
  return Object.keys(buildArgs).length === 0 ? read : { ...read, buildArgs };
}

/** A module's section from the wire in the user's form, unchecked; what is unset stays out. */
export function moduleManifest(section: ModuleSection): PlainMapping {
  const { name, role, commit, settings, secrets, env, args, chain, build } = section;
  return {
    ...{ name, role, settings, secrets, env, args },
    commit: commit === '' ? undefined : commit,
    chain: chain && chainManifest(chain),
    build: build && { ...buildFromWire(build) },
  };
}

function chainToWire({ network, netuid, wallet, hotkey, register, serve, leastStake }: ModuleChain): WireChain {
  return create(ModuleChainSchema, {
    ...{ network, netuid, wallet, hotkey, leastStake },
    ...(register === undefined ? {} : { register: { ...register } }),
    ...(serve === undefined ? {} : { serve: { ...serve } }),
  });
}

function chainManifest({ network, netuid, wallet, hotkey, register, serve, leastStake }: WireChain): PlainMapping {
  const unlessEmpty = (text: string): string | undefined => (text === '' ? undefined : text);
  return {
    ...{ network, netuid, wallet, hotkey },
    register: register && { highestPrice: register.highestPrice, again: unlessEmpty(register.again) },
    serve: serve && { port: serve.port, address: unlessEmpty(serve.address) },
    leastStake: unlessEmpty(leastStake),
  };
}
