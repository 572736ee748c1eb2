import type { ModulePin } from '../../../../common/model/module.js';
import { runnableRoles, versionOf } from './analysis.js';
import type { Analysis } from './analysis.js';

/** What is known of a kept content without looking into it. */
type ContentFacts = Pick<ModulePin, 'commit' | 'digest' | 'bytes' | 'files' | 'skipped' | 'skippedPaths'>;

/** The pin of a content that is kept, with what was found in it. Pure. */
export function pinOf(
  facts: ContentFacts,
  analysis: Analysis,
  { ref, atMs }: { readonly ref: string; readonly atMs: number },
): ModulePin {
  const { settings } = analysis.extraction;
  return {
    ...facts,
    version: versionOf(analysis, ref, facts.commit),
    roles: runnableRoles(analysis),
    settings: {
      total: settings.length,
      required: settings.filter(({ required }) => required).length,
      secret: settings.filter(({ secret }) => secret).length,
    },
    atMs,
  };
}
