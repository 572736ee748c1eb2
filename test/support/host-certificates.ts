import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { ADMIN_FOLDER, readIdentity } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import type { Clock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { Certificates, ChannelSecurity } from '../../common/rpc/index.js';
import type { Authority } from '../../coordinator/security/authority/authority.js';
import { AuthorityRecord } from '../../coordinator/security/authority/authority-record.js';
import { FolderPlace, Protector, findProtection, openAuthority } from '../../coordinator/security/authority/index.js';
import type { Signer } from '../../coordinator/security/authority/issue.js';
import { CertificatePattern } from './certificate-pattern.js';
import { makeHostKey, requestBy } from './host-joins.js';

const DAY_MS = 86_400_000;

/** Of names that certificates are made for after a pattern, in characters. */
const SHORTEST = 8;

/**
 * Certificates of hosts that are simulated, made from a coordinator's data folder by its own authority: every host has its
 * own, and all of them share one key.
 */
export class HostCertificates {
  readonly #authority: Authority;
  readonly #signer: Signer;
  readonly #key: Buffer;
  readonly #request: string;
  /** By the length of a name. */
  readonly #patterns = new Map<number, CertificatePattern>();

  constructor(authority: Authority, signer: Signer) {
    const key = makeHostKey();
    this.#authority = authority;
    this.#signer = signer;
    this.#key = Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }));
    this.#request = requestBy(key);
  }

  /** Of a coordinator that has been started; by another clock, certificates of another time. */
  static async open(dataDir: string, clock: Clock = systemClock): Promise<HostCertificates> {
    const folder = join(dataDir, 'authority');
    const none = { credentialsFolder: undefined, keyFile: undefined, passphraseFile: undefined };
    const protector = new Protector(await findProtection({ ...none, folder, logger: silentLogger }));
    const lives = { agentMs: DAY_MS, clientMs: DAY_MS, serverMs: DAY_MS };
    const place = new FolderPlace(folder);
    const kept = await new AuthorityRecord(place, protector).read();
    if (kept === undefined) throw new Error(`no authority in ${folder}`);
    return new HostCertificates(await openAuthority({ place, protector, clock, lives }), kept.signer);
  }

  /** By which this host, and no other, is believed. */
  async of(hostId: string): Promise<Certificates> {
    const certificate = await this.#certificateOf(hostId);
    return { certificate, key: this.#key, authorities: Buffer.from(this.#authority.bundle) };
  }

  async #certificateOf(hostId: string): Promise<Buffer> {
    // A short name could stand in other bytes, too.
    if (hostId.length >= SHORTEST) return (await this.#patternFor(hostId)).of(hostId);
    return Buffer.from(await this.#authority.issueAgent(this.#request, hostId));
  }

  async #patternFor(hostId: string): Promise<CertificatePattern> {
    const known = this.#patterns.get(hostId.length);
    if (known !== undefined) return known;
    const issued = new X509Certificate(await this.#authority.issueAgent(this.#request, hostId));
    const pattern = new CertificatePattern(this.#signer, issued.raw, hostId);
    this.#patterns.set(hostId.length, pattern);
    return pattern;
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
