import { join } from 'node:path';
import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetPort } from '../../fleet/port.js';
import { Analyses, ModuleLane, Modules, extractApart } from './registry/index.js';
import { ContentStore, GitSource } from './source/index.js';
import type { SourceRules } from './source/index.js';

/** How modules are kept. */
export interface ModuleSettings extends SourceRules {
  /** Bytes of all contents that are kept. */
  readonly cacheBytes: number;
}

/** What the modules work with. */
export interface ModuleParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folder of the coordinator's data. */
  readonly dataDir: string;
}

/** The modules, and the loop that fetches them. */
export interface ModuleRegistry {
  readonly modules: Modules;
  readonly lane: ModuleLane;
}

/** Makes the parts of the registry; nothing is touched before the lane runs or a call comes. */
export function openModules(settings: ModuleSettings, { fleet, clock, logger, dataDir }: ModuleParts): ModuleRegistry {
  const folder = join(dataDir, 'modules');
  const source = new GitSource({ scratch: join(folder, 'scratch'), clock }, settings);
  const content = new ContentStore(join(folder, 'content'), settings.cacheBytes);
  const analyses = new Analyses(content, (texts) => extractApart(texts, clock));
  const isNeeded = (digest: string): boolean => {
    for (const { pin, candidate } of fleet.modules())
      if (pin?.digest === digest || candidate?.digest === digest) return true;
    return false;
  };
  return {
    modules: new Modules({ fleet, source, analyses, clock, rules: settings }),
    lane: new ModuleLane({ fleet, source, content, analyses, clock, logger, isNeeded }),
  };
}
