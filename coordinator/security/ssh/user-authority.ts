import { randomBytes } from 'node:crypto';
import { HeadframeError } from '../../../common/model/error.js';
import type { FleetPort } from '../../fleet/port.js';
import { SealedKey } from '../sealed-key.js';
import type { KeySealer } from '../sealed-key.js';
import { certify } from './certificate.js';
import { ed25519BlobOf } from './key-pair.js';
import type { SshPublicKey } from './public-key.js';

/** Whom a certificate lets in, where and until when. */
export interface UserCertificateWish {
  readonly key: SshPublicKey;
  /** Id of the lease. */
  readonly lease: string;
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

const PLACE = { setting: 'sshUserAuthority', name: 'the key of the SSH user authority' };
/** What clocks of hosts may be behind the coordinator's. */
const SKEW_MS = 60_000;

/** The fleet's authority of SSH users: an Ed25519 key that certifies keys of a lease's owner, and nothing else. */
export class UserAuthority {
  readonly #key: SealedKey;

  constructor(fleet: Pick<FleetPort, 'setting' | 'transact'>, sealer: KeySealer) {
    this.#key = new SealedKey(fleet, sealer, PLACE);
  }

  /** The public half as OpenSSH writes it, for TrustedUserCAKeys; makes the key, durably, where there is none. */
  async publicKey(): Promise<string> {
    const blob = ed25519BlobOf(await this.#key.publicKey());
    return `ssh-ed25519 ${blob.toString('base64')} headframe-user-authority`;
  }

  /**
   * Certifies a key for one lease: with the lease as its only principal, from a minute ago until the given end. Throws
   * `HeadframeError` (failed_precondition: 'certificate_ended' for an end that is past, 'protector_wrong').
   */
  async issue(wish: UserCertificateWish): Promise<UserCertificate> {
    const { key, lease, owner, nowMs, untilMs, portForwarding } = wish;
    if (untilMs <= nowMs) throw ended(lease);
    const serial = randomBytes(8).readBigUInt64BE() >> 1n;
    const facts = {
      ...{ key, serial, principal: lease, keyId: `headframe lease ${lease} of ${owner}` },
      ...{ validFromMs: nowMs - SKEW_MS, validUntilMs: untilMs },
      extensions: portForwarding ? ['permit-pty', 'permit-port-forwarding'] : ['permit-pty'],
    };
    const blob = ed25519BlobOf(await this.#key.publicKey());
    const signer = { blob, sign: (content: Uint8Array) => this.#key.sign(content) };
    return { line: await certify(facts, randomBytes(32), signer), serial };
  }
}

function ended(lease: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'certificate_ended',
    message: `the term of the lease ${lease} is over, and with it that of any certificate`,
    remedy: 'Extend it before it ends: headframe lease extend.',
  });
}
