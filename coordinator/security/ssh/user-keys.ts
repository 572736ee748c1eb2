import { z } from 'zod';
import type { FleetReader } from '../../fleet/port.js';
import { sealedKeySchema } from '../sealed-key.js';
import type { SealedKeyPair } from '../sealed-key.js';
import { ed25519BlobOf } from './key-pair.js';
import { sshFingerprint } from './public-key.js';

/** Name of the fleet's setting that has the keys. */
export const USER_KEYS = 'sshUserAuthority';

const keysSchema = sealedKeySchema.extend({
  // Fingerprint of the key that the last rotation has replaced; '' before the first one.
  replaced: z.string().default(''),
  former: z.array(sealedKeySchema.extend({ rotatedAtMs: z.number() })).default([]),
});

/** The key that new leases trust, and the former ones that some lease still does, the oldest first. */
export type UserKeys = z.infer<typeof keysSchema>;

/** The keys as the store has them; undefined before the first one is made. */
export function readUserKeys(fleet: Pick<FleetReader, 'setting'>): UserKeys | undefined {
  const found = fleet.setting(USER_KEYS);
  return found === undefined ? undefined : keysSchema.parse(found);
}

/** A key as OpenSSH writes it, for TrustedUserCAKeys. */
export function userCaLine({ publicKey }: Pick<SealedKeyPair, 'publicKey'>): string {
  return `ssh-ed25519 ${ed25519BlobOf(publicKey).toString('base64')} headframe-user-authority`;
}

/** `SHA256:` and the digest of a key, as OpenSSH shows it. */
export function fingerprintOf({ publicKey }: Pick<SealedKeyPair, 'publicKey'>): string {
  return sshFingerprint(ed25519BlobOf(publicKey));
}

/** The key, the current one or a former one, that a lease with such a line trusts. Pure. */
export function keyNamed(keys: UserKeys | undefined, userCa: string): SealedKeyPair | undefined {
  if (keys === undefined) return undefined;
  return [keys, ...keys.former].find((key) => keyIn(userCaLine(key)) === keyIn(userCa));
}

/** Ids of leases that are not released, in order, by the key of the authority that their servers trust (`keyIn` of its line). */
export function leasesByKey(
  fleet: Pick<FleetReader, 'leases' | 'instance' | 'workload'>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { id, state, serial } of fleet.leases()) {
    const instance = state === 'released' ? undefined : fleet.instance(serial);
    const userCa = instance && fleet.workload(instance.workloadId)?.lease?.userCa;
    if (userCa === undefined || userCa === '') continue;
    const key = keyIn(userCa);
    found.set(key, [...(found.get(key) ?? []), id]);
  }
  for (const ids of found.values()) ids.sort();
  return found;
}

/** The keys once a fresh one signs for new leases. Pure. */
export function rotated(keys: UserKeys, fresh: SealedKeyPair, rotatedAtMs: number): UserKeys {
  const { publicKey, sealed, former } = keys;
  return { ...fresh, replaced: fingerprintOf(keys), former: [...former, { publicKey, sealed, rotatedAtMs }] };
}

/** The former keys that no lease trusts any more. Pure. */
export function unneeded(keys: UserKeys, needed: Pick<ReadonlySet<string>, 'has'>): UserKeys['former'] {
  return keys.former.filter((key) => !needed.has(keyIn(userCaLine(key))));
}

/** The key of a line, in base64: what follows it is a comment. */
export function keyIn(line: string): string {
  return line.split(' ')[1] ?? '';
}
