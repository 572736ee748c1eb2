import { join } from 'node:path';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { HeadframeError } from '../../common/model/error.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { ModuleRecord } from '../../common/model/module.js';
import type { MinerHistory } from '../../common/model/revision.js';
import { ContentStore, neededContent } from '../contents/index.js';
import type { ContentVault } from '../contents/index.js';
import type { AuthorityWay } from '../security/index.js';
import type { Records } from '../store/records/mirror.js';

/** What became of the contents that a fleet needs. */
export interface ContentsMoved {
  readonly moved: number;
  /** Digests of those that were gone or damaged where they should have been; they come again when their module is refreshed. */
  readonly lost: readonly string[];
}

/** Has the other side have the contents that a fleet needs: a cluster's vault, or the folder of the coordinator. */
export async function moveContents(
  { dataDir, modules }: Pick<CoordinatorConfig, 'dataDir' | 'modules'>,
  {
    records,
    vault,
    way,
  }: { readonly records: Pick<Records, 'documents'>; readonly vault: ContentVault; readonly way: AuthorityWay },
): Promise<ContentsMoved> {
  const needed = contentsOf(records);
  const folder = join(dataDir, 'modules', 'content');
  const content = new ContentStore(folder, modules.cacheBytes, { vault, needed: () => needed });
  const lost: string[] = [];
  for (const digest of needed) {
    const isThere = way === 'toCluster' ? await isShared(content, vault, digest) : await content.isSound(digest);
    if (!isThere) lost.push(digest);
  }
  return { moved: needed.size - lost.length, lost };
}

async function isShared(content: ContentStore, vault: ContentVault, digest: string): Promise<boolean> {
  try {
    await content.share(digest);
  } catch (error) {
    if (error instanceof HeadframeError && error.reason === 'module_content_lost') return false;
    throw error;
  }
  return vault.claim(digest);
}

/** Digests of the contents that a fleet's modules and miners are made of. */
function contentsOf({ documents }: Pick<Records, 'documents'>): Set<string> {
  // Each table's own shape, as the fleet reads it.
  const rows = <T>(table: 'miner' | 'module' | 'history'): ReadonlyMap<string, T> =>
    (documents.get(table) ?? new Map()) as ReadonlyMap<string, T>;
  const histories = rows<MinerHistory>('history');
  return neededContent({
    modules: () => rows<ModuleRecord>('module').values(),
    miners: () => rows<MinerRecord>('miner').values(),
    historyOf: (miner) => histories.get(miner) ?? { revisions: [] },
  });
}
