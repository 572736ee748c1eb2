import type { FleetPort } from '../../fleet/port.js';
import { SealedKey } from '../sealed-key.js';
import type { KeySealer } from '../sealed-key.js';
import { ed25519BlobOf } from './key-pair.js';

const PLACE = { setting: 'sshProbeKey', name: 'the key of SSH probes' };

/** The key by which the coordinator tries leases from outside; each lets it run one fixed command, and nothing else. */
export class ProbeKey {
  readonly #key: SealedKey;

  constructor(fleet: Pick<FleetPort, 'setting' | 'transact'>, sealer: KeySealer) {
    this.#key = new SealedKey(fleet, sealer, PLACE);
  }

  /** The public half as OpenSSH writes it; makes the key, durably, where there is none. */
  async publicKey(): Promise<string> {
    return `ssh-ed25519 ${ed25519BlobOf(await this.#key.publicKey()).toString('base64')} headframe-probe`;
  }

  /** Signs bytes; the answer is of 64. Throws `HeadframeError` (failed_precondition, 'protector_wrong'). */
  sign(content: Uint8Array): Promise<Buffer> {
    return this.#key.sign(content);
  }
}
