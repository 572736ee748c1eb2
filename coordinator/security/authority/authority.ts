import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../../common/model/clock.js';
import { digestOfKey } from '../../../common/rpc/index.js';
import type { Certificates } from '../../../common/rpc/index.js';
import { makeAuthority } from './authority-record.js';
import type { AuthorityRecord, KeptAuthority } from './authority-record.js';
import { crossSign, hostName, issueLeaf, makeKeyPair, readRequest } from './issue.js';
import type { Signer } from './issue.js';
import { authorityIsOwn, noFormer, notCurrent, rotationUnderWay } from './refusals.js';
import { coordinatorUri, subjectUri } from './subject.js';
import type { Subject } from './subject.js';
import { Verifier } from './verify.js';
import type { Refusal, VerifiedCertificate } from './verify.js';

/** Ten years, in milliseconds. */
export const AUTHORITY_LIFE_MS = 3_650 * 86_400_000;

/** How long certificates are valid, in milliseconds. */
export interface CertificateLives {
  readonly agentMs: number;
  readonly clientMs: number;
  readonly serverMs: number;
}

/** An authority without its key. Times are unix milliseconds. */
export interface AuthorityView {
  /** `sha256:` and the digest, in hex, of its public key. */
  readonly digest: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** One that was replaced, and whose certificates are good until it is dropped. */
export interface FormerView extends AuthorityView {
  readonly rotatedAtMs: number;
}

/** What an operator's authority has besides. */
export interface OwnTrust {
  /** Itself first, its root last. */
  readonly chain: readonly X509Certificate[];
  /** Others of the same root whose certificates are still good. */
  readonly earlier: readonly X509Certificate[];
}

/** An authority, and what is trusted besides. */
export type TrustedAuthority = KeptAuthority & Partial<OwnTrust>;

/** What an authority works with. */
export interface AuthorityParts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly lives: CertificateLives;
  readonly record: Pick<AuthorityRecord, 'keep' | 'dropFormer'>;
  /** What another coordinator has put in the place of what is trusted; undefined where it is as it was. */
  readonly readChanged: () => Promise<TrustedAuthority | undefined>;
}

/** What changes when the authority is replaced, all at once. */
interface Held extends KeptAuthority {
  readonly current: X509Certificate;
  readonly digest: string;
  readonly formerCertificate: X509Certificate | undefined;
  readonly verifier: Verifier;
  /** Undefined where the coordinator is its own authority. */
  readonly chain: readonly X509Certificate[] | undefined;
}

/**
 * Signs certificates and knows its own again. Its key never leaves the process but sealed. It can be replaced: the new one
 * signs at once, and who trusts only the old one trusts the new one by its signature, until the old one is dropped.
 */
export class Authority {
  readonly #parts: AuthorityParts;
  #held: Held;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(parts: AuthorityParts, kept: TrustedAuthority) {
    this.#parts = parts;
    this.#held = hold(kept);
  }

  /** `sha256:` and the digest, in hex, of its public key; what a host is told so that it knows whom it joins. */
  get digest(): string {
    return this.#held.digest;
  }

  /** All authorities to trust, in PEM: not the former one, whose key may be why it was replaced. */
  get bundle(): string {
    return bundleOf(this.#held);
  }

  /** What signs now. */
  get current(): AuthorityView {
    return viewOf(this.#held.current);
  }

  /** What was replaced and is still good; undefined unless a rotation is under way. */
  get former(): FormerView | undefined {
    const { former, formerCertificate } = this.#held;
    if (former === undefined || formerCertificate === undefined) return undefined;
    return { ...viewOf(formerCertificate), rotatedAtMs: former.rotatedAtMs };
  }

  /**
   * Replaces it by a new one, durably; asked again for one that was replaced already, as after an answer that was lost, it
   * changes nothing. Throws `HeadframeError` (failed_precondition): 'authority_is_own', 'authority_not_current',
   * 'rotation_under_way'.
   */
  rotate(digest: string): Promise<void> {
    return this.#oneByOne(async () => {
      const { signer, current, chain } = this.#held;
      if (chain !== undefined) throw authorityIsOwn();
      if (this.former?.digest === digest) return;
      if (this.digest !== digest) throw notCurrent(this.digest);
      if (this.former !== undefined) throw rotationUnderWay();
      const nowMs = this.#parts.clock.nowMs();
      const next = await makeAuthority({ nowMs, lifeMs: AUTHORITY_LIFE_MS }, signer.certificate.subject);
      const cross = (await crossSign(signer, next.signer.certificate)).toString('pem');
      const former = { certificate: current.toString(), cross, rotatedAtMs: nowMs };
      await this.#parts.record.keep(next, former);
      this.#held = hold({ signer: next.signer, former });
    });
  }

  /**
   * Drops the former one, durably: what it has signed is foreign from then on. Throws `HeadframeError`
   * (failed_precondition, 'no_former_authority') unless it is the one of that digest.
   */
  retire(digest: string): Promise<void> {
    return this.#oneByOne(async () => {
      if (this.former?.digest !== digest) throw noFormer(this.former?.digest);
      await this.#parts.record.dropFormer();
      this.#held = hold({ signer: this.#held.signer, former: undefined });
    });
  }

  /**
   * Takes over what another coordinator of the cluster has put in its place, and says whether anything was. Throws
   * `HeadframeError` where that cannot be read, and stays as it is.
   */
  async refresh(): Promise<boolean> {
    let isOther = false;
    await this.#oneByOne(async () => {
      const changed = await this.#parts.readChanged();
      if (changed === undefined) return;
      this.#held = hold(changed);
      isOther = true;
    });
    return isOther;
  }

  /** A new key and certificate for a server under these DNS names and addresses. */
  async issueServer(names: readonly string[]): Promise<Certificates> {
    const held = this.#held;
    const keys = makeKeyPair();
    const alternatives = names.map(hostName);
    const commonName = names[0] ?? 'coordinator';
    const validity = { nowMs: this.#parts.clock.nowMs(), lifeMs: this.#parts.lives.serverMs };
    const leaf = { ...validity, use: 'server', spki: keys.spki, commonName, names: alternatives } as const;
    const certificate = `${await issue(held.signer, leaf)}${leadOf(held)}`;
    const authorities = Buffer.from(bundleOf(held));
    return { certificate: Buffer.from(certificate), key: pemOf(keys.pkcs8), authorities };
  }

  /**
   * A certificate, in PEM, that binds the key of the request (PKCS#10, PEM) to a host. Throws `HeadframeError`:
   * invalid_argument, 'certificate_request_invalid'.
   */
  async issueAgent(request: string, hostId: string): Promise<string> {
    return this.#issueSubject(await readRequest(request), { role: 'agent', hostId });
  }

  /** The same for a person or program. */
  async issueClient(request: string, subject: Exclude<Subject, { readonly role: 'agent' }>): Promise<string> {
    return this.#issueSubject(await readRequest(request), subject);
  }

  /** A new key and certificate for a person or program. */
  async issueIdentity(subject: Exclude<Subject, { readonly role: 'agent' }>): Promise<Certificates> {
    const keys = makeKeyPair();
    const certificate = await this.#issueSubject(keys.spki, subject);
    return { certificate: Buffer.from(certificate), key: pemOf(keys.pkcs8), authorities: Buffer.from(this.bundle) };
  }

  /** A new key and certificate by which a coordinator proves to the others of its fleet which one it is. */
  async issueCoordinator(name: string): Promise<Certificates> {
    const keys = makeKeyPair();
    const certificate = await issue(this.#held.signer, {
      ...{ use: 'client', spki: keys.spki, nowMs: this.#parts.clock.nowMs(), lifeMs: this.#parts.lives.serverMs },
      ...{ commonName: name, names: [{ type: 'url', value: coordinatorUri(name) }] },
    });
    return { certificate: Buffer.from(certificate), key: pemOf(keys.pkcs8), authorities: Buffer.from(this.bundle) };
  }

  /** Of which coordinator of the fleet a certificate (DER) speaks now; undefined for any other. */
  coordinatorOf(der: Uint8Array): string | undefined {
    return this.#held.verifier.coordinatorOf(der, this.#parts.clock.nowMs());
  }

  /** Whom a certificate (DER) speaks of now, or why it proves nothing. Revocation is for others to know. */
  verify(der: Uint8Array): VerifiedCertificate | { readonly refused: Refusal } {
    return this.#held.verifier.verify(der, this.#parts.clock.nowMs());
  }

  /** The same, also for one that has expired. */
  verifyExpired(der: Uint8Array): VerifiedCertificate | { readonly refused: Refusal } {
    return this.#held.verifier.verify(der, this.#parts.clock.nowMs(), 'also expired');
  }

  async #oneByOne(change: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => undefined);
    await done;
  }

  #issueSubject(spki: Uint8Array<ArrayBuffer>, subject: Subject): Promise<string> {
    const isAgent = subject.role === 'agent';
    return issue(this.#held.signer, {
      use: 'client',
      spki,
      nowMs: this.#parts.clock.nowMs(),
      lifeMs: isAgent ? this.#parts.lives.agentMs : this.#parts.lives.clientMs,
      commonName: isAgent ? subject.hostId : subject.name,
      names: [{ type: 'url', value: subjectUri(subject) }],
    });
  }
}

function hold({ signer, former, chain, earlier = [] }: TrustedAuthority): Held {
  const current = new X509Certificate(Buffer.from(signer.certificate.rawData));
  const formerCertificate = former && new X509Certificate(former.certificate);
  const all = [current, ...(formerCertificate === undefined ? [] : [formerCertificate]), ...earlier];
  const digest = digestOfKey(current);
  return { signer, former, current, digest, formerCertificate, chain, verifier: new Verifier(all) };
}

/**
 * What a server shows after its own certificate, so that whoever knows an authority by its digest, or trusts it, finds it:
 * the authority itself; while one is replaced, the new one as the old one has signed it, and the old one.
 */
function leadOf({ former, ...held }: Held): string {
  return former === undefined ? bundleOf(held) : `${lineEnded(former.cross)}${former.certificate}`;
}

function bundleOf({ current, chain = [current] }: Pick<Held, 'current' | 'chain'>): string {
  return chain.map((one) => one.toString()).join('');
}

function viewOf(certificate: X509Certificate): AuthorityView {
  const [notBeforeMs, notAfterMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  return { digest: digestOfKey(certificate), notBeforeMs, notAfterMs };
}

async function issue(signer: Signer, leaf: Parameters<typeof issueLeaf>[1]): Promise<string> {
  const { rawData } = await issueLeaf(signer, leaf);
  return new X509Certificate(Buffer.from(rawData)).toString();
}

function lineEnded(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}

function pemOf(pkcs8: Buffer): Buffer {
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'));
}
