import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasCode, writeWhole } from '../../../common/disk/index.js';
import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import { digestOfKey } from '../../../common/rpc/index.js';
import type { Certificates } from '../../../common/rpc/index.js';
import { hostName, issueLeaf, makeAuthorityCertificate, makeKeyPair, readRequest, readSigner } from './issue.js';
import type { Signer } from './issue.js';
import type { Protector } from './protector.js';
import { subjectUri } from './subject.js';
import type { Subject } from './subject.js';
import { Verifier } from './verify.js';
import type { Refusal, VerifiedCertificate } from './verify.js';

/** Ten years, in milliseconds. */
const AUTHORITY_LIFE_MS = 3_650 * 86_400_000;
const FILE = 'authority.json';
/** The name that the key is sealed under. */
const SEALED_NAME = 'the key of the authority';

const fileSchema = z.object({ version: z.literal(1), certificate: z.string(), key: z.unknown() });

/** How long certificates are valid, in milliseconds. */
export interface CertificateLives {
  readonly agentMs: number;
  readonly clientMs: number;
  readonly serverMs: number;
}

/** What an authority works with. */
export interface AuthorityParts {
  readonly folder: string;
  readonly protector: Protector;
  readonly clock: Clock;
  readonly lives: CertificateLives;
}

/** Opens the authority of that folder, made at the first start. Throws `HeadframeError` for one that cannot be read. */
export async function openAuthority(parts: AuthorityParts): Promise<Authority> {
  const path = join(parts.folder, FILE);
  const text = (await readIfThere(path)) ?? (await create(path, parts));
  const file = fileSchema.safeParse(parseJson(text, path));
  if (!file.success) throw damaged(path, file.error);
  const { certificate, key } = file.data;
  const signer = await readSigner(certificate, await parts.protector.open(key, SEALED_NAME));
  return new Authority(signer, parts);
}

/** Signs certificates and knows its own again. Its key never leaves the process but sealed. */
export class Authority {
  /** `sha256:` and the digest, in hex, of its public key; what a host is told so that it knows whom it joins. */
  readonly digest: string;
  /** All authorities to trust, in PEM. */
  readonly bundle: string;
  readonly #signer: Signer;
  readonly #verifier: Verifier;
  readonly #clock: Clock;
  readonly #lives: CertificateLives;

  constructor(signer: Signer, { clock, lives }: Pick<AuthorityParts, 'clock' | 'lives'>) {
    const certificate = new X509Certificate(Buffer.from(signer.certificate.rawData));
    this.digest = digestOfKey(certificate);
    this.bundle = certificate.toString();
    this.#signer = signer;
    this.#verifier = new Verifier([certificate]);
    this.#clock = clock;
    this.#lives = lives;
  }

  /** A new key and certificate for a server under these DNS names and addresses. */
  async issueServer(names: readonly string[]): Promise<Certificates> {
    const keys = makeKeyPair();
    const alternatives = names.map(hostName);
    const commonName = names[0] ?? 'coordinator';
    const validity = { nowMs: this.#clock.nowMs(), lifeMs: this.#lives.serverMs };
    const leaf = { ...validity, use: 'server', spki: keys.spki, commonName, names: alternatives } as const;
    const certificate = `${await this.#issue(leaf)}${this.bundle}`;
    // With the authority's own, by whose digest a joining host knows it.
    return { certificate: Buffer.from(certificate), key: pemOf(keys.pkcs8), authorities: Buffer.from(this.bundle) };
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

  /** Whom a certificate (DER) speaks of now, or why it proves nothing. Revocation is for others to know. */
  verify(der: Uint8Array): VerifiedCertificate | { readonly refused: Refusal } {
    return this.#verifier.verify(der, this.#clock.nowMs());
  }

  #issueSubject(spki: Uint8Array<ArrayBuffer>, subject: Subject): Promise<string> {
    const isAgent = subject.role === 'agent';
    return this.#issue({
      use: 'client',
      spki,
      nowMs: this.#clock.nowMs(),
      lifeMs: isAgent ? this.#lives.agentMs : this.#lives.clientMs,
      commonName: isAgent ? subject.hostId : subject.name,
      names: [{ type: 'url', value: subjectUri(subject) }],
    });
  }

  async #issue(leaf: Parameters<typeof issueLeaf>[1]): Promise<string> {
    const { rawData } = await issueLeaf(this.#signer, leaf);
    return new X509Certificate(Buffer.from(rawData)).toString();
  }
}

async function create(path: string, { protector, clock }: AuthorityParts): Promise<string> {
  const keys = makeKeyPair();
  const validity = { nowMs: clock.nowMs(), lifeMs: AUTHORITY_LIFE_MS };
  const certificate = (await makeAuthorityCertificate(keys, validity)).toString('pem');
  const text = JSON.stringify({ version: 1, certificate, key: await protector.seal(keys.pkcs8, SEALED_NAME) });
  await writeWhole(path, Buffer.from(text));
  return text;
}

function pemOf(pkcs8: Buffer): Buffer {
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return Buffer.from(['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw damaged(path, error);
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, cause: unknown): HeadframeError {
  const message = `${path} cannot be read as an authority`;
  const remedy = 'Put it back from a backup: without it every host has to join again.';
  return new HeadframeError({ code: 'data_loss', reason: 'authority_damaged', message, remedy, cause });
}
