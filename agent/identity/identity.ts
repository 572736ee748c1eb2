import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Given } from '../../common/enrolment/index.js';
import type { Certificates } from '../../common/rpc/index.js';
import { IdentityFolder } from './identity-folder.js';

/** From when to when a certificate is good; unix milliseconds. */
export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a host that has joined proves itself with; a renewal holds from the next connection on. */
export class Identity {
  /** Where the host joined. */
  readonly coordinator: string;
  readonly #folder: IdentityFolder;
  #certificates: Certificates;

  constructor(folder: IdentityFolder, coordinator: string, certificates: Certificates) {
    this.#folder = folder;
    this.coordinator = coordinator;
    this.#certificates = certificates;
  }

  /** The identity kept in a data folder; undefined for a host that has not joined. Throws what `IdentityFolder.load` throws. */
  static async open(dataDir: string): Promise<Identity | undefined> {
    const folder = new IdentityFolder(dataDir);
    const [certificates, coordinator] = [await folder.load(), await folder.coordinator()];
    if (certificates === undefined || coordinator === undefined) return undefined;
    return new Identity(folder, coordinator, certificates);
  }

  /** The newest certificates; the same object until they are renewed. */
  current(): Certificates {
    return this.#certificates;
  }

  validity(): Validity {
    const { validFrom, validTo } = new X509Certificate(this.#certificates.certificate);
    return { fromMs: Date.parse(validFrom), toMs: Date.parse(validTo) };
  }

  /** The key to ask the next certificate for. */
  nextKey(): Promise<KeyObject> {
    return this.#folder.nextKey();
  }

  /** Takes what was given for that key, once it is on disk. */
  async renew(given: Given): Promise<void> {
    await this.#folder.keep(given);
    this.#certificates = (await this.#folder.load()) ?? this.#certificates;
  }
}
