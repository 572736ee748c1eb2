import { coordinatorConfigSchema, loadCoordinatorConfig } from '../../common/config/coordinator-config.js';
import { configFields } from '../../common/config/field-tree.js';
import { runServiceCommand, settingsOf } from '../../common/service/service-command.js';
import type { GivenFlags, ServiceFlags } from '../../common/service/service-command.js';
import type { ServiceVerb } from '../../common/service/service-words.js';

/** Installs, upgrades or takes away a coordinator as a service of this machine, with the settings that were given. */
export async function serviceCommand(
  verb: ServiceVerb,
  given: GivenFlags,
  flags: ServiceFlags,
  say: (line: string) => void,
): Promise<void> {
  const spec = {
    name: 'coordinator' as const,
    flags: given,
    settings: settingsOf(configFields(coordinatorConfigSchema), given),
    load: (file: string | undefined, settings: GivenFlags) => loadCoordinatorConfig({ file, env: {}, flags: settings }),
  };
  await runServiceCommand(verb, spec, flags, say);
}
