import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { ModuleFinding, ModulePackaged, ModulePin, ModuleRecord } from '../../../../common/model/module.js';
import type { FleetPort } from '../../../fleet/port.js';
import { fingerprintOf, isSignedBy, readPublicKey } from '../../../security/signing/index.js';
import type { SigningKey } from '../../../security/signing/index.js';
import { recipeOf } from '../miners/index.js';
import type { BaseImages } from '../miners/index.js';
import { moduleNotReady, pinOf, requireRoom } from '../registry/index.js';
import type { Analyses, Analysis, Modules } from '../registry/index.js';
import { digestOf } from '../../../contents/index.js';
import type { ContentStore } from '../../../contents/index.js';
import { installedRecord, judgePackaged } from './installed.js';
import { readManifest, writeManifest } from './manifest.js';
import type { PackageManifest, PackagedImage } from './manifest.js';
import { mostPackageBytes, packageBytes, packageFile, readPackageFile } from './package-file.js';
import type { PackageParts } from './package-file.js';
import { readContent } from './read-content.js';
import { packageError, signerUnknown } from './refusals.js';
import { billOf } from './sbom/index.js';
import type { Signers } from './signers.js';

/** What packing and installing work with. */
export interface PackagesParts {
  readonly fleet: Pick<FleetPort, 'transact'>;
  readonly modules: Pick<Modules, 'get'>;
  readonly content: Pick<ContentStore, 'keep' | 'release' | 'read' | 'pieces' | 'sweep'>;
  readonly analyses: Pick<Analyses, 'of'>;
  /** Undefined where the coordinator serves in clear. */
  readonly signing: SigningKey | undefined;
  readonly signers: Signers;
  readonly bases: BaseImages;
  /** Bytes that all files of a module may have. */
  readonly contentBytes: number;
  readonly needed: () => ReadonlySet<string>;
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  /** Of Headframe. */
  readonly version: string;
}

/** A package that is made; its pieces are to be taken at once. */
export interface MadePackage {
  readonly name: string;
  readonly pin: ModulePin;
  readonly signer: string;
  readonly bytes: number;
  /** Third-party packages that its bill of materials names. */
  readonly components: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** What is expected of a package; '' where nothing is. */
export interface Expected {
  /** `sha256:` and the digest in hex of the whole file. */
  readonly digest: string;
  readonly name: string;
  /** Fingerprint. */
  readonly signer: string;
}

/** A module that was installed, and by what name its signer is trusted; '' where its key was named. */
export interface Installed {
  readonly record: ModuleRecord;
  readonly signerName: string;
}

/** For all of a package to come. */
const RECEIVE_MS = 600_000;

/** Makes packages of modules, and modules of packages. One at a time: each is in memory. */
export class ModulePackages {
  readonly #parts: PackagesParts;
  #busy = false;

  constructor(parts: PackagesParts) {
    this.#parts = parts;
  }

  /** Whose packages are taken. */
  get signers(): Signers {
    return this.#parts.signers;
  }

  /**
   * Packs what is kept of a module, the pinned commit where '' is asked for. Throws HeadframeError: 'packages_need_tls',
   * 'module_not_found', 'module_not_ready', 'module_commit_unknown', 'module_content_lost', 'package_busy'.
   */
  async pack(name: string, commit: string, by: string): Promise<MadePackage> {
    const { signing, modules } = this.#parts;
    if (signing === undefined)
      throw packageError('packages_need_tls', 'this coordinator serves in clear, and signs no packages');
    const record = modules.get(name);
    const pin = commitOf(record, commit);
    return this.#alone(() => this.#pack(record, pin, { by, signing }));
  }

  async #pack(
    record: ModuleRecord,
    pin: ModulePin,
    { by, signing }: { readonly by: string; readonly signing: SigningKey },
  ): Promise<MadePackage> {
    const { analyses, content, bases, clock, version } = this.#parts;
    const { name, url } = record;
    const atMs = clock.nowMs();
    const analysis = await analyses.of(pin.digest);
    const files = await content.read(pin.digest);
    const projects = analysis.extraction.facts.dependencies;
    const bill = await billOf({ ...pin, name, url, files, projects, atMs, madeBy: version });
    const profiles = [...analysis.roles.values()].flatMap((one) => ('profile' in one ? [one.profile] : []));
    const manifest = writeManifest({
      ...{ record, pin, profiles, images: imagesOf(analysis, bases), base: bases.python },
      sbom: { digest: await digestOf(bill.json), bytes: bill.json.length },
      created: { atMs, by, version },
    });
    const { publicKey, fingerprint } = await signing.identity();
    const signature = await signing.sign(manifest);
    const head = { manifest, signature, signer: Buffer.from(publicKey), sbom: bill.json };
    return {
      ...{ name, pin, signer: fingerprint, components: bill.components },
      bytes: packageBytes(head, pin.bytes),
      pieces: packageFile(head, content.pieces(pin.digest), pin.bytes),
    };
  }

  /**
   * Takes a package in: its content is kept and pinned as if it had been fetched. Throws HeadframeError with a reason for each
   * thing that is wrong with it, after which nothing of it is kept.
   */
  install(expected: Expected, pieces: AsyncIterable<Uint8Array>, by: string): Promise<Installed> {
    return this.#alone(async () => {
      const file = await this.#receive(pieces);
      if ((await digestOf(file)) !== expected.digest)
        throw packageError('package_digest_wrong', `another file came than the one of ${expected.digest.slice(0, 80)}`);
      const parts = await readPackageFile(file, this.#parts.contentBytes);
      const signer = this.#admit(parts, expected);
      const manifest = readManifest(parts.manifest);
      if (expected.name !== '' && manifest.name !== expected.name)
        throw packageError(
          'package_other_name',
          `it is the package of ${manifest.name}, not of ${expected.name.slice(0, 80)}`,
        );
      await requireDigests(parts, manifest);
      return this.#keep(parts.content, manifest, { signer, by, isNamed: expected.signer !== '' });
    });
  }

  /** What `modules verify` says of a module's package besides its content. */
  judge(packaged: ModulePackaged, roles: readonly string[]): ModuleFinding[] {
    const { signers, bases } = this.#parts;
    return judgePackaged(packaged, { signerName: signers.nameOf(packaged.signer), base: bases.python, roles });
  }

  /** The fingerprint of the signer, once it has proven to be one and is trusted. */
  #admit({ manifest, signature, signer }: PackageParts, { signer: named }: Expected): string {
    const key = readPublicKey(signer.toString('latin1'));
    if (key === undefined) throw packageError('package_unreadable', 'signer.pem is no Ed25519 public key');
    if (!isSignedBy(key, manifest, signature))
      throw packageError('package_signature_wrong', 'the signature does not fit the manifest');
    const fingerprint = fingerprintOf(key);
    if (named !== '' && named !== fingerprint)
      throw packageError(
        'package_signer_other',
        `the package is signed by ${fingerprint}, not by ${named.slice(0, 80)}`,
        {
          metadata: { signer: fingerprint },
        },
      );
    if (named === '' && this.#parts.signers.nameOf(fingerprint) === undefined) throw signerUnknown(fingerprint);
    return fingerprint;
  }

  async #keep(
    archive: Buffer,
    manifest: PackageManifest,
    { signer, by, isNamed }: { readonly signer: string; readonly by: string; readonly isNamed: boolean },
  ): Promise<Installed> {
    const { fleet, content, analyses, contentBytes, needed, clock, signers } = this.#parts;
    const files = await readContent(archive, contentBytes);
    let isInstalled = false;
    const kept = await content.keep(files, needed);
    try {
      // Packed anew it is the same, so that hosts build of just the files that were looked at here.
      if (kept.digest !== manifest.content.digest)
        throw packageError('package_digest_wrong', 'the content is packed in another way than Headframe does');
      const { skipped, skippedPaths } = manifest.content;
      const facts = { commit: manifest.commit, ...kept, files: files.length, skipped, skippedPaths };
      const pin = pinOf(facts, await analyses.of(kept.digest), { ref: manifest.source.ref, atMs: clock.nowMs() });
      const packaged: ModulePackaged = {
        ...{ by, signer, packedBy: manifest.created.by, packedAtMs: Date.parse(manifest.created.at) },
        ...{ base: manifest.image.base, roles: manifest.roles.map(({ role }) => role) },
      };
      const { value: record, durable } = fleet.transact((tx) => {
        const present = tx.module(manifest.name);
        const made = installedRecord(present, { manifest, pin, packaged, isNamed }, tx.atMs);
        if (present === undefined) requireRoom(tx);
        tx.putModule(made);
        const text = `Module ${made.name}: commit ${pin.commit}, version ${pin.version}, signed by ${signer}.`;
        tx.event({ subject: 'fleet', id: '', reason: 'module_installed', text });
        return made;
      });
      await durable;
      isInstalled = true;
      return { record, signerName: signers.nameOf(signer) ?? '' };
    } finally {
      content.release(kept.digest);
      if (!isInstalled) await content.sweep(needed);
    }
  }

  /** All of a package, which comes within a time and has no more bytes than one may have. */
  async #receive(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const most = mostPackageBytes(this.#parts.contentBytes);
    const collect = async (): Promise<Buffer> => {
      const taken: Uint8Array[] = [];
      let bytes = 0;
      for await (const piece of pieces) {
        bytes += piece.length;
        if (bytes > most) throw packageError('package_too_large', `the package has more than ${String(most)} bytes`);
        taken.push(piece);
      }
      return Buffer.concat(taken);
    };
    let cancel = (): void => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.#parts.clock.setTimer(() => {
        reject(packageError('package_too_slow', `the package took longer than ${String(RECEIVE_MS / 60_000)} minutes`));
      }, RECEIVE_MS);
    });
    return Promise.race([collect(), late]).finally(cancel);
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw packageError('package_busy', 'another package is being packed or installed');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}

/** The pin of a commit that is kept of a module. */
function commitOf(record: ModuleRecord, commit: string): ModulePin {
  const { name, pin, candidate } = record;
  if (pin === undefined) throw moduleNotReady(record);
  const there = [pin, candidate].flatMap((one) => one ?? []);
  const found = commit === '' ? pin : there.find((one) => one.commit === commit);
  if (found !== undefined) return found;
  const expected = `one of ${there.map((one) => one.commit).join(', ')}`;
  throw new HeadframeError({
    ...{
      code: 'not_found',
      reason: 'module_commit_unknown',
      message: `the content of that commit of ${name} is not kept`,
    },
    remedy: `Leave it out, or bring it with headframe modules refresh ${name}.`,
    violations: [{ path: 'commit', value: commit.slice(0, 80), expected }],
  });
}

function imagesOf(analysis: Analysis, bases: BaseImages): PackagedImage[] {
  return [...analysis.roles].flatMap(([role, outcome]) => {
    if (!('profile' in outcome)) return [];
    const recipe = recipeOf(outcome.profile, analysis.paths, bases);
    return 'reason' in recipe ? [] : [{ role, dockerfile: recipe.dockerfile, base: recipe.base }];
  });
}

async function requireDigests({ sbom, content }: PackageParts, manifest: PackageManifest): Promise<void> {
  const parts = [
    ['sbom.cdx.json', sbom, manifest.sbom],
    ['content.tar', content, manifest.content],
  ] as const;
  for (const [name, part, { digest, bytes }] of parts)
    if (part.length !== bytes || (await digestOf(part)) !== digest)
      throw packageError('package_digest_wrong', `${name} is not what the manifest says: ${digest}`);
}
