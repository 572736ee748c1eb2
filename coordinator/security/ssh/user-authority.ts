import { randomBytes } from 'node:crypto';
import type { FleetPort } from '../../fleet/port.js';
import { SealedKey, newSealedKey, signBySealed } from '../sealed-key.js';
import type { KeySealer, SealedKeyPair } from '../sealed-key.js';
import { certify } from './certificate.js';
import { ed25519BlobOf } from './key-pair.js';
import type { SshPublicKey } from './public-key.js';
import { certificateEnded, keyGone, keyNotCurrent } from './refusals.js';
import {
  USER_KEYS,
  fingerprintOf,
  keyIn,
  keyNamed,
  leasesByKey,
  readUserKeys,
  rotated,
  unneeded,
  userCaLine,
} from './user-keys.js';
import type { UserKeys } from './user-keys.js';

/** Whom a certificate lets in, where and until when. */
export interface UserCertificateWish {
  readonly key: SshPublicKey;
  /** Id of the lease. */
  readonly lease: string;
  /** Public key of the authority that the lease's server trusts, as OpenSSH writes it. */
  readonly userCa: string;
  /** Name of its owner; printable. */
  readonly owner: string;
  readonly nowMs: number;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  /** Whether it permits to forward ports besides a terminal. */
  readonly portForwarding: boolean;
}

/** A certificate that was given. */
export interface UserCertificate {
  /** As in a -cert.pub file. */
  readonly line: string;
  readonly serial: bigint;
}

/** A key of the authority, and who trusts it. */
export interface UserKeyView {
  /** `SHA256:` and the digest, as OpenSSH shows it. */
  readonly fingerprint: string;
  /** As OpenSSH writes it. */
  readonly publicKey: string;
  /** Ids of leases that are not released, in order. */
  readonly leases: readonly string[];
  /** Milliseconds since 1970; 0 of the current one. */
  readonly rotatedAtMs: number;
}

/** What the authority works with of the fleet. */
type Fleet = Pick<FleetPort, 'setting' | 'transact' | 'leases' | 'instance' | 'workload'>;

const PLACE = { setting: USER_KEYS, name: 'the key of the SSH user authority' };
/** What clocks of hosts may be behind the coordinator's. */
const SKEW_MS = 60_000;

/**
 * The fleet's authority of SSH users: Ed25519 keys that certify keys of a lease's owner, and nothing else. New leases trust the
 * current one; former ones sign for the leases that were made with them, and are forgotten with the last of these.
 */
export class UserAuthority {
  readonly #fleet: Fleet;
  readonly #sealer: KeySealer;
  readonly #first: SealedKey;

  constructor(fleet: Fleet, sealer: KeySealer) {
    this.#fleet = fleet;
    this.#sealer = sealer;
    this.#first = new SealedKey(fleet, sealer, PLACE);
  }

  /** The current public half as OpenSSH writes it, for TrustedUserCAKeys; makes the key, durably, where there is none. */
  async publicKey(): Promise<string> {
    return userCaLine({ publicKey: await this.#first.publicKey() });
  }

  /** As `publicKey`, of now: what a transaction right after it may rely on. Throws where no key was made yet. */
  get current(): string {
    return userCaLine(this.#keys(this.#fleet));
  }

  /**
   * Certifies a key for one lease, by the key that the lease trusts: with the lease as its only principal, from a minute ago until
   * the given end. Throws `HeadframeError` (failed_precondition: 'certificate_ended' for an end that is past,
   * 'ssh_authority_gone' where the lease trusts none that is kept, 'protector_wrong').
   */
  async issue(wish: UserCertificateWish): Promise<UserCertificate> {
    const { key, lease, userCa, owner, nowMs, untilMs, portForwarding } = wish;
    if (untilMs <= nowMs) throw certificateEnded(lease);
    const own = keyNamed(readUserKeys(this.#fleet), userCa);
    if (own === undefined) throw keyGone(lease);
    const serial = randomBytes(8).readBigUInt64BE() >> 1n;
    const facts = {
      ...{ key, serial, principal: lease, keyId: `headframe lease ${lease} of ${owner}` },
      ...{ validFromMs: nowMs - SKEW_MS, validUntilMs: untilMs },
      extensions: portForwarding ? ['permit-pty', 'permit-port-forwarding'] : ['permit-pty'],
    };
    return { line: await certify(facts, randomBytes(32), this.#signer(own)), serial };
  }

  /** The current key, made where there is none, and the former ones, the oldest first. */
  async view(): Promise<{ readonly current: UserKeyView; readonly former: readonly UserKeyView[] }> {
    await this.#first.publicKey();
    const [keys, leases] = [this.#keys(this.#fleet), leasesByKey(this.#fleet)];
    const viewOf = (key: SealedKeyPair, rotatedAtMs: number): UserKeyView => {
      const publicKey = userCaLine(key);
      return { fingerprint: fingerprintOf(key), publicKey, leases: leases.get(keyIn(publicKey)) ?? [], rotatedAtMs };
    };
    return { current: viewOf(keys, 0), former: keys.former.map((key) => viewOf(key, key.rotatedAtMs)) };
  }

  /**
   * Has a fresh key sign for leases that are made from now on, durably. The current one is named by its fingerprint: asked again
   * for one that the last rotation has replaced, it changes nothing. Throws `HeadframeError` (failed_precondition,
   * 'ssh_authority_not_current').
   */
  async rotate(fingerprint: string, by: string): Promise<void> {
    await this.#first.publicKey();
    const fresh = await newSealedKey(this.#sealer, PLACE.name);
    const { durable } = this.#fleet.transact((tx) => {
      const keys = this.#keys(tx);
      const current = fingerprintOf(keys);
      if (current !== fingerprint && keys.replaced === fingerprint) return;
      if (current !== fingerprint) throw keyNotCurrent(current);
      tx.putSetting(USER_KEYS, rotated(keys, fresh, tx.atMs));
      const text = `${current} by ${fingerprintOf(fresh)}, ordered by ${by}.`;
      tx.event({ subject: 'fleet', id: '', reason: 'ssh_authority_rotated', text });
    });
    await durable;
    await this.forget();
  }

  /** Forgets the former keys that no lease trusts any more, durably. */
  async forget(): Promise<void> {
    if ((readUserKeys(this.#fleet)?.former ?? []).length === 0) return;
    const { durable } = this.#fleet.transact((tx) => {
      const keys = this.#keys(tx);
      const gone = unneeded(keys, leasesByKey(tx));
      if (gone.length === 0) return;
      tx.putSetting(USER_KEYS, { ...keys, former: keys.former.filter((key) => !gone.includes(key)) });
      const text = `${gone.map(fingerprintOf).join(', ')}: no lease trusts it any more.`;
      tx.event({ subject: 'fleet', id: '', reason: 'ssh_authority_forgotten', text });
    });
    await durable;
  }

  #keys(fleet: Pick<Fleet, 'setting'>): UserKeys {
    const keys = readUserKeys(fleet);
    if (keys === undefined) throw new Error('the SSH user authority has no key yet');
    return keys;
  }

  #signer({ publicKey, sealed }: SealedKeyPair) {
    const sign = (content: Uint8Array): Promise<Buffer> =>
      signBySealed(this.#sealer, { name: PLACE.name, sealed }, content);
    return { blob: ed25519BlobOf(publicKey), sign };
  }
}
