import { agentConfigSchema } from '../../common/config/agent-config.js';
import { configFields } from '../../common/config/field-tree.js';
import { loadAgentConfig } from '../../common/config/index.js';
import { runServiceCommand, settingsOf } from '../../common/service/service-command.js';
import type { GivenFlags, ServiceFlags } from '../../common/service/service-command.js';
import type { ServiceVerb } from '../../common/service/service-words.js';

/** Installs, upgrades or takes away the agent of this host as a service, with the settings that were given. */
export async function serviceCommand(verb: ServiceVerb, given: GivenFlags, flags: ServiceFlags): Promise<void> {
  const spec = {
    name: 'agent' as const,
    flags: given,
    settings: settingsOf(configFields(agentConfigSchema), given),
    load: (file: string | undefined, settings: GivenFlags) => loadAgentConfig({ file, env: {}, flags: settings }),
  };
  await runServiceCommand(verb, spec, flags, (line) => process.stdout.write(`${line}\n`));
}
