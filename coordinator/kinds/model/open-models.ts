import { join } from 'node:path';
import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import { neededContent } from '../../contents/index.js';
import type { ContentStore } from '../../contents/index.js';
import type { FleetPort } from '../../fleet/port.js';
import type { GitSource } from '../module/index.js';
import { ModelMiners } from './miners/index.js';
import { ModelContents, allowing } from './source/index.js';
import type { ModelRules } from './source/index.js';

/** What the models work with. */
export interface ModelParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folder of the coordinator's data. */
  readonly dataDir: string;
  /** Where their archives are kept, beside those of modules. */
  readonly content: ContentStore;
  readonly git: GitSource;
  /** Whether repositories may be on the coordinator's own machine. */
  readonly fileUrls: boolean;
}

/** Who makes miners of models, and who takes in what they are built of. */
export interface ModelRegistry {
  readonly modelMiners: ModelMiners;
  readonly modelContents: ModelContents;
}

/** What is taken of models, as it is configured. */
interface ModelSettings extends Omit<ModelRules, 'isAllowed'> {
  readonly allowedAddresses: readonly string[];
}

/** Makes the parts of models; nothing is touched before a call comes. */
export function openModels({ allowedAddresses, ...settings }: ModelSettings, parts: ModelParts): ModelRegistry {
  const rules = { ...settings, isAllowed: allowing(allowedAddresses) };
  const { fleet, clock, logger, dataDir, content, git, fileUrls } = parts;
  const needed = (): ReadonlySet<string> => neededContent(fleet);
  // On one disk with the contents, into which what is whole is moved.
  const folder = join(dataDir, 'modules', 'drafts');
  const modelContents = new ModelContents({ fleet, content, git, folder, rules, needed, clock, logger });
  return { modelContents, modelMiners: new ModelMiners({ fleet, contents: modelContents, content, fileUrls }) };
}
