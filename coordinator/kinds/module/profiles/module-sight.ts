import type { Extraction } from '../extract/index.js';
import type { ReadModuleFile } from './module-file.js';

/** What is known of a module. */
export interface ModuleSight {
  /** Of all its files. */
  readonly paths: readonly string[];
  readonly declared: ReadModuleFile;
  readonly extraction: Extraction;
}
