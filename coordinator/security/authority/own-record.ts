import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import { digestOfKey } from '../../../common/rpc/index.js';
import type { OwnAuthority } from './own-authority.js';
import type { AuthorityPlace } from './place.js';
import { changedElsewhere, otherRoot } from './refusals.js';

const recordSchema = z.object({ version: z.literal(1), root: z.string(), authorities: z.array(z.string()) });

type OwnRecord = z.infer<typeof recordSchema>;

/** Coordinators of a cluster that start at once note theirs one after the other; more often than this nobody comes second. */
const MOST_TRIES = 16;

/**
 * Notes, durably, which authority of the operator's the fleet trusts, and gives the others of the same root that were noted
 * and have not expired: what they have signed is still good. Those of a cluster's coordinators may be several. Throws
 * `HeadframeError` (failed_precondition, 'own_authority_other_root') for one of another root, which no host would believe.
 */
export async function keepOwnRecord(
  place: AuthorityPlace,
  own: OwnAuthority,
  nowMs: number,
): Promise<X509Certificate[]> {
  const [current, root] = [own.chain[0], own.chain.at(-1)];
  if (current === undefined || root === undefined) return [];
  const isOther = (one: X509Certificate): boolean => !one.raw.equals(current.raw);
  const rootDigest = digestOfKey(root);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const found = await readPlaced(place);
    checkRoot(found?.record.root ?? rootDigest, rootDigest, place);
    const noted = found === undefined ? [] : found.record.authorities.map((pem) => new X509Certificate(pem));
    const good = noted.filter((one) => Date.parse(one.validTo) > nowMs);
    const earlier = good.filter(isOther);
    // In any order: coordinators of a cluster with two of them would put theirs first by turns.
    if (good.length === noted.length && earlier.length < noted.length) return earlier;
    const authorities = [current, ...earlier].map((one) => one.toString());
    const text = JSON.stringify({ version: 1, root: rootDigest, authorities } satisfies OwnRecord);
    if ((await place.replace('own-authority', text, found?.revision ?? 0)) !== undefined) return earlier;
  }
  throw changedElsewhere(place.whereIs('own-authority'));
}

/** What was noted; undefined where the coordinator is its own authority. Throws `HeadframeError` (data_loss). */
export async function readOwnRecord(place: AuthorityPlace): Promise<OwnRecord | undefined> {
  return (await readPlaced(place))?.record;
}

function checkRoot(noted: string, given: string, place: AuthorityPlace): void {
  if (noted !== given) throw otherRoot(place.toBeginAnew);
}

async function readPlaced(
  place: AuthorityPlace,
): Promise<{ readonly record: OwnRecord; readonly revision: number } | undefined> {
  const found = await place.read('own-authority');
  if (found === undefined) return undefined;
  try {
    return { record: recordSchema.parse(JSON.parse(found.text)), revision: found.revision };
  } catch (cause) {
    const message = `${place.whereIs('own-authority')} cannot be read as the record of an authority`;
    const remedy = 'Remove it, if the authority in the settings is the one that the hosts trust.';
    throw new HeadframeError({ code: 'data_loss', reason: 'authority_damaged', message, remedy, cause });
  }
}
