import { createHash } from 'node:crypto';
import type { Clock } from '../../common/model/clock.js';
import { FolderPlace, Protector, openAuthority } from '../../coordinator/security/authority/index.js';
import type { Authority, AuthorityPlace } from '../../coordinator/security/authority/index.js';
import type { OwnAuthorityFiles } from '../../coordinator/security/authority/own-authority.js';

const HOUR_MS = 3_600_000;

/** A protector with a key of that name. */
export function testProtector(name = 'key'): Protector {
  return new Protector({ kind: 'key', secret: createHash('sha256').update(name).digest() });
}

/** A true authority in that folder or place; its certificates live for an hour. */
export function openTestAuthority(
  where: string | AuthorityPlace,
  clock: Clock,
  protector = testProtector(),
  own?: OwnAuthorityFiles,
): Promise<Authority> {
  const lives = { agentMs: HOUR_MS, clientMs: HOUR_MS, serverMs: HOUR_MS };
  const place = typeof where === 'string' ? new FolderPlace(where) : where;
  return openAuthority({ place, protector, clock, lives, own });
}
