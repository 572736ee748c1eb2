import { join } from 'node:path';
import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import { ContentDesk, ContentKeeper, ContentStore, neededContent } from '../../contents/index.js';
import type { ContentVault } from '../../contents/index.js';
import type { FleetPort } from '../../fleet/port.js';
import type { SigningKey } from '../../security/signing/index.js';
import { ModuleMiners } from './miners/index.js';
import type { BaseImages, ModuleMinersParts } from './miners/index.js';
import { ModulePackages, Signers } from './package/index.js';
import { Analyses, ModuleLane, Modules, extractApart } from './registry/index.js';
import { GitSource } from './source/index.js';
import type { SourceRules } from './source/index.js';

/** How modules are kept. */
export interface ModuleSettings extends SourceRules {
  /** Bytes of all contents that are kept. */
  readonly cacheBytes: number;
  /** Images on which those of modules without a Dockerfile build. */
  readonly baseImages: BaseImages;
}

/** What the modules work with. */
export interface ModuleParts {
  readonly fleet: FleetPort;
  readonly networks: ModuleMinersParts['networks'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folder of the coordinator's data. */
  readonly dataDir: string;
  /** Undefined where the coordinator serves in clear. */
  readonly security: { readonly signing: SigningKey } | undefined;
  /** Of Headframe. */
  readonly version: string;
  /** Where the coordinators of a cluster keep contents for each other; undefined for one that is alone. */
  readonly contentVault?: ContentVault | undefined;
  /** Whether this coordinator leads still; without it, always. */
  readonly leads?: (() => boolean) | undefined;
}

/** The modules, the loop that fetches them, who packs, who makes miners of them, and who hands their contents to hosts. */
export interface ModuleRegistry {
  readonly modules: Modules;
  readonly lane: ModuleLane;
  readonly modulePackages: ModulePackages;
  readonly moduleMiners: ModuleMiners;
  readonly contents: ContentDesk;
  readonly content: ContentStore;
  /** Keeps what the cluster shares; undefined for a coordinator that is alone. */
  readonly contentKeeper: ContentKeeper | undefined;
  readonly git: GitSource;
}

/** Makes the parts of the registry; nothing is touched before the lane runs or a call comes. */
export function openModules(settings: ModuleSettings, parts: ModuleParts): ModuleRegistry {
  const { fleet, networks, clock, logger, dataDir, version } = parts;
  const signing = parts.security?.signing;
  const folder = join(dataDir, 'modules');
  const source = new GitSource({ scratch: join(folder, 'scratch'), clock }, settings);
  const needed = (): ReadonlySet<string> => neededContent(fleet);
  const shared = parts.contentVault && { vault: parts.contentVault, needed };
  const content = new ContentStore(join(folder, 'content'), settings.cacheBytes, shared);
  const analyses = new Analyses(content, (texts) => extractApart(texts, clock));
  const modules = new Modules({ fleet, source, analyses, clock, rules: settings });
  const { baseImages: bases, contentBytes } = settings;
  const packing = { fleet, modules, content, analyses, signing, bases, contentBytes, needed, clock, version };
  const modulePackages = new ModulePackages({ ...packing, signers: new Signers(fleet, signing) });
  const judgePackaged = modulePackages.judge.bind(modulePackages);
  return {
    modules,
    lane: new ModuleLane({ fleet, source, content, analyses, clock, logger, needed, judgePackaged }),
    modulePackages,
    moduleMiners: new ModuleMiners({ fleet, networks, modules, analyses, bases }),
    contents: new ContentDesk(fleet, content),
    ...{ content, git: source },
    contentKeeper:
      shared && new ContentKeeper({ ...shared, leads: parts.leads ?? (() => true), content, clock, logger }),
  };
}
