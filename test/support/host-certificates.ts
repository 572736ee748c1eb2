import { join } from 'node:path';
import { ADMIN_FOLDER, readIdentity } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import type { Clock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { Certificates, ChannelSecurity } from '../../common/rpc/index.js';
import { Protector, findProtection, openAuthority } from '../../coordinator/security/authority/index.js';
import type { Authority } from '../../coordinator/security/authority/index.js';
import { makeHostKey, requestBy } from './host-joins.js';

const DAY_MS = 86_400_000;

/**
 * Certificates of hosts that are simulated, made from a coordinator's data folder by its own authority, a millisecond each: every
 * host has its own, and all of them share one key.
 */
export class HostCertificates {
  readonly #authority: Authority;
  readonly #key: Buffer;
  readonly #request: string;

  constructor(authority: Authority) {
    const key = makeHostKey();
    this.#authority = authority;
    this.#key = Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }));
    this.#request = requestBy(key);
  }

  /** Of a coordinator that has been started; by another clock, certificates of another time. */
  static async open(dataDir: string, clock: Clock = systemClock): Promise<HostCertificates> {
    const folder = join(dataDir, 'authority');
    const none = { credentialsFolder: undefined, keyFile: undefined, passphraseFile: undefined };
    const protector = new Protector(await findProtection({ ...none, folder, logger: silentLogger }));
    const lives = { agentMs: DAY_MS, clientMs: DAY_MS, serverMs: DAY_MS };
    return new HostCertificates(await openAuthority({ folder, protector, clock, lives }));
  }

  /** By which this host, and no other, is believed. */
  async of(hostId: string): Promise<Certificates> {
    const certificate = await this.#authority.issueAgent(this.#request, hostId);
    return { certificate: Buffer.from(certificate), key: this.#key, authorities: Buffer.from(this.#authority.bundle) };
  }
}

/** The certificates of the admin that a coordinator made at its first start. */
export function adminCertificates(dataDir: string): Promise<Certificates> {
  return readIdentity(join(dataDir, ADMIN_FOLDER));
}

/** Mutual TLS by these certificates, plaintext without any. */
export function securityBy(certificates: Certificates | undefined): ChannelSecurity {
  if (certificates === undefined) return { kind: 'plaintext' };
  return { kind: 'mutual', source: { current: () => certificates } };
}
