import { HeadframeError } from '../../../common/model/error.js';
import { AuthorityRecord } from './authority-record.js';
import type { AuthorityPlace } from './place.js';
import type { Protector } from './protector.js';
import { changedElsewhere } from './refusals.js';

const RECORDS = ['authority', 'own-authority'] as const;

/**
 * Sees that the authority of a fleet that moves can be opened by the key at hand. Throws `HeadframeError`: failed_precondition,
 * 'protector_wrong'; data_loss, 'authority_damaged'.
 */
export async function checkAuthority(from: AuthorityPlace, protector: Protector): Promise<void> {
  await new AuthorityRecord(from, protector).read();
}

/**
 * Puts the authority of a fleet that moves in the place of whatever is at the other end, so that its hosts go on; says whether there was
 * one. Throws `HeadframeError` (failed_precondition, 'authority_elsewhere') where that end has a record that the fleet has none of.
 */
export async function moveAuthority(from: AuthorityPlace, to: AuthorityPlace): Promise<boolean> {
  let moved = false;
  for (const record of RECORDS) {
    const [found, there] = [await from.read(record), await to.read(record)];
    if (found === undefined && there !== undefined) throw elsewhereError(from, to, to.whereIs(record));
    if (found === undefined) continue;
    moved = true;
    if (found.text === there?.text) continue;
    if ((await to.replace(record, found.text, there?.revision ?? 0)) === undefined)
      throw changedElsewhere(to.whereIs(record));
  }
  return moved;
}

function elsewhereError(from: AuthorityPlace, to: AuthorityPlace, where: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'authority_elsewhere',
    message: `${where} is there, and the fleet that moves has none at ${from.whereIs('authority')}`,
    remedy: `If no other fleet needs it, ${to.toBeginAnew}; then run the move again.`,
    metadata: { where },
  });
}
