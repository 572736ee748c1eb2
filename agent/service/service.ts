import { agentConfigSchema } from '../../common/config/agent-config.js';
import { configFields } from '../../common/config/field-tree.js';
import { loadAgentConfig } from '../../common/config/index.js';
import type { AgentConfig } from '../../common/config/index.js';
import type { Deeds } from '../../common/service/deeds.js';
import { runServiceCommand, settingsOf } from '../../common/service/service-command.js';
import type { GivenFlags, ServiceFlags } from '../../common/service/service-command.js';
import { placesOf } from '../../common/service/service-spec.js';
import type { ServiceVerb } from '../../common/service/service-words.js';
import { joinRequestOf } from '../commands/join-flags.js';
import { prepareJoin } from './prepare-join.js';
import { requireEngine } from './require-engine.js';

/** Installs, upgrades or takes away the agent of this host as a service, with the settings that were given. */
export async function serviceCommand(verb: ServiceVerb, given: GivenFlags, flags: ServiceFlags): Promise<void> {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const load = (file: string | undefined, settings: GivenFlags): AgentConfig =>
    loadAgentConfig({ file, env: {}, flags: settings });
  const request = verb === 'uninstall' ? undefined : joinRequestOf(flags);
  const root = typeof flags['root'] === 'string' ? flags['root'] : '/';
  const places = placesOf('agent', root);
  const prepare = async (deeds: Deeds): Promise<void> => {
    const config = load(undefined, given);
    // One that is away for a while, as for its own upgrade, keeps no agent from its.
    if (verb === 'install' && root === '/' && flags['dryRun'] !== true) await requireEngine(config);
    if (request !== undefined) await prepareJoin({ config, request, unit: places.unit, root, say }, deeds);
  };
  // Where it has joined is kept with what it was given there, and so is a setting only where the file has it as one.
  const isSetting = request === undefined || load(undefined, {}).coordinator !== undefined;
  const settings = isSetting ? given : { ...given, coordinator: undefined };
  const fields = configFields(agentConfigSchema);
  const spec = { name: 'agent' as const, flags: settings, settings: settingsOf(fields, settings), load, prepare };
  await runServiceCommand(verb, spec, flags, say);
}
