import { AuthorityRecord } from './authority-record.js';
import type { AuthorityPlace } from './place.js';
import type { Protector } from './protector.js';

/**
 * Puts the authority of a coordinator that was alone in the place of the cluster that it has become the first of, so that its hosts go
 * on; says whether it did. A cluster that has one already keeps its own. Throws `HeadframeError` as `AuthorityRecord.read` does.
 */
export async function adoptAuthority(from: AuthorityPlace, to: AuthorityPlace, protector: Protector): Promise<boolean> {
  for (const record of ['authority', 'own-authority'] as const) {
    if ((await to.read('authority')) !== undefined || (await to.read('own-authority')) !== undefined) return false;
    const found = await from.read(record);
    if (found === undefined) continue;
    // What this coordinator could not open, no other could.
    if (record === 'authority') await new AuthorityRecord(from, protector).read();
    return (await to.replace(record, found.text, 0)) !== undefined;
  }
  return false;
}
