import type { ModuleService } from '../../common/gen/headframe/v1/module_service_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import type { ModuleSetting } from '../kinds/module/index.js';
import { readDurably } from './durably.js';
import { packageHandlers } from './module-packages.js';
import { sourceOf, suggestionToWire, suggestionsOf } from './module-suggestions.js';
import { moduleRowToWire, moduleToWire, profileToWire, settingToWire } from './module-views.js';
import type { ApiParts } from './parts.js';

/** Settings that are given of one module. */
const MOST_SETTINGS = 2_000;

/** The service of the registry of modules. */
export function moduleService(
  parts: Pick<ApiParts, 'fleet' | 'modules' | 'modulePackages' | 'networks'>,
): ServiceImplementation<typeof ModuleService> {
  const { fleet, modules } = parts;
  const settingsOf = async (name: string, role: string): Promise<readonly ModuleSetting[]> => {
    const { extraction } = await modules.analysis(modules.get(name));
    const concerns = (setting: ModuleSetting): boolean => setting.role === undefined || setting.role === role;
    return extraction.settings.filter((setting) => role === '' || concerns(setting)).slice(0, MOST_SETTINGS);
  };
  return {
    addModule: async (asked, { caller }) => {
      const { url, origin } = await sourceOf(parts, asked, caller.name);
      const record = await modules.add({ name: asked.name, url, ref: asked.ref }, origin);
      return { module: moduleToWire(record) };
    },
    suggestModules: async ({ network }) => ({
      suggestions: (await suggestionsOf(parts, network)).map(suggestionToWire),
    }),
    getModule: async ({ name, role, settings, changes }) => {
      const { value: record } = await readDurably(fleet, () => modules.get(name));
      return {
        module: moduleToWire(record),
        settings: settings ? (await settingsOf(name, role)).map(settingToWire) : [],
        ...(role === '' ? {} : { profile: profileToWire(await modules.profile(name, role)) }),
        changes: changes ? await modules.changes(record) : [],
      };
    },
    listModules: async () => {
      const { value } = await readDurably(fleet, () => modules.list().map(moduleRowToWire));
      return { modules: value };
    },
    refreshModule: async ({ name, apply }) => ({ module: moduleToWire(await modules.refresh(name, apply)) }),
    verifyModule: async ({ name }) => ({ module: moduleToWire(await modules.verify(name)) }),
    removeModule: async ({ name }) => {
      await modules.remove(name);
      return {};
    },
    ...packageHandlers(parts),
  };
}
