import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasCode, writeWhole } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { digestOfKey } from '../../../common/rpc/index.js';
import type { OwnAuthority } from './own-authority.js';

const FILE = 'own-authority.json';
const recordSchema = z.object({ version: z.literal(1), root: z.string(), authorities: z.array(z.string()) });

/**
 * Notes, durably, which authority of the operator's the fleet trusts, and gives those of the same root that came before it
 * and have not expired: what they have signed is still good. Throws `HeadframeError` (failed_precondition,
 * 'own_authority_other_root') for one of another root, which no host would believe.
 */
export async function keepOwnRecord(folder: string, own: OwnAuthority, nowMs: number): Promise<X509Certificate[]> {
  const [current, root] = [own.chain[0], own.chain.at(-1)];
  if (current === undefined || root === undefined) return [];
  const kept = await readOwnRecord(folder);
  const rootDigest = digestOfKey(root);
  if (kept !== undefined && kept.root !== rootDigest) throw otherRoot(folder);
  const earlier = (kept?.authorities ?? [])
    .map((pem) => new X509Certificate(pem))
    .filter((one) => !one.raw.equals(current.raw) && Date.parse(one.validTo) > nowMs);
  const authorities = [current, ...earlier].map((one) => one.toString());
  const record = JSON.stringify({ version: 1, root: rootDigest, authorities });
  if (record !== JSON.stringify(kept)) await writeWhole(join(folder, FILE), record);
  return earlier;
}

/** What was noted; undefined where the coordinator is its own authority. Throws `HeadframeError` (data_loss). */
export async function readOwnRecord(folder: string): Promise<z.infer<typeof recordSchema> | undefined> {
  const path = join(folder, FILE);
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    const message = `${path} cannot be read as the record of an authority`;
    const remedy = 'Remove it, if the authority in the settings is the one that the hosts trust.';
    throw new HeadframeError({ code: 'data_loss', reason: 'authority_damaged', message, remedy, cause });
  }
}

function otherRoot(folder: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'own_authority_other_root',
    message: 'the authority in the settings is of another root than the one that the hosts trust',
    remedy: `Give one of the same root. To begin anew, move ${folder} away: then every host and person has to join or log in again.`,
  });
}
