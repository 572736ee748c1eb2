import type { Clock } from '../../../common/model/clock.js';
import { AUTHORITY_LIFE_MS, Authority } from './authority.js';
import type { CertificateLives, TrustedAuthority } from './authority.js';
import { AuthorityRecord, makeAuthority } from './authority-record.js';
import { readOwnAuthority } from './own-authority.js';
import type { OwnAuthority, OwnAuthorityFiles } from './own-authority.js';
import { keepOwnRecord, readOwnRecord } from './own-record.js';
import type { AuthorityPlace } from './place.js';
import type { Protector } from './protector.js';
import { ownMissing, ownReplaces } from './refusals.js';

/** What an authority is opened from. */
export interface OpenAuthorityParts {
  readonly place: AuthorityPlace;
  readonly protector: Protector;
  readonly clock: Clock;
  readonly lives: CertificateLives;
  /** Where the operator gives the authority; without it the coordinator is its own. */
  readonly own?: OwnAuthorityFiles | undefined;
}

/**
 * Opens the authority of that place, made at the first start, or the operator's. Coordinators that start at once over one place
 * have the same. Throws `HeadframeError` for one that cannot be read, and for one in place of another that the hosts trust.
 */
export async function openAuthority({ place, protector, clock, lives, own }: OpenAuthorityParts): Promise<Authority> {
  const record = new AuthorityRecord(place, protector);
  const kept = await record.read();
  if (own !== undefined) {
    if (kept !== undefined) throw ownReplaces(place.toBeginAnew);
    return openOwn(await readOwnAuthority(own, clock.nowMs()), { place, clock, lives, record });
  }
  if (kept === undefined && (await readOwnRecord(place)) !== undefined) throw ownMissing(place.toBeginAnew);
  const readChanged = (): Promise<TrustedAuthority | undefined> => record.readChanged();
  return new Authority({ clock, lives, record, readChanged }, kept ?? (await create(record, clock)));
}

interface OwnParts extends Pick<OpenAuthorityParts, 'place' | 'clock' | 'lives'> {
  readonly record: AuthorityRecord;
}

async function openOwn(given: OwnAuthority, { place, clock, lives, record }: OwnParts): Promise<Authority> {
  const own = { signer: given.signer, former: undefined, chain: given.chain };
  let earlier = await keepOwnRecord(place, given, clock.nowMs());
  const readChanged = async (): Promise<TrustedAuthority | undefined> => {
    const [before, now] = [earlier, await keepOwnRecord(place, given, clock.nowMs())];
    earlier = now;
    const isSame = now.length === before.length && now.every((one) => before.some(({ raw }) => raw.equals(one.raw)));
    return isSame ? undefined : { ...own, earlier: now };
  };
  return new Authority({ clock, lives, record, readChanged }, { ...own, earlier });
}

async function create(record: AuthorityRecord, clock: Clock): Promise<TrustedAuthority> {
  return record.create(await makeAuthority({ nowMs: clock.nowMs(), lifeMs: AUTHORITY_LIFE_MS }));
}
