import { HeadframeError } from '../../../common/model/error.js';
import type { FleetPort } from '../../fleet/port.js';
import { SealedKey } from '../sealed-key.js';
import type { KeySealer } from '../sealed-key.js';
import { fingerprintOf, readPublicKey } from './signature.js';

/** The half that everybody may have. */
export interface PublicIdentity {
  readonly fingerprint: string;
  /** PEM of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
}

/** The Ed25519 key by which a coordinator signs what it gives to others, and nothing else: it opens no connection. */
export class SigningKey {
  readonly #key: SealedKey;

  constructor(fleet: Pick<FleetPort, 'setting' | 'transact'>, sealer: KeySealer) {
    this.#key = new SealedKey(fleet, sealer, { setting: 'signingKey', name: 'the key that signs packages' });
  }

  /** The fingerprint of the key where there is one already. */
  get fingerprint(): string | undefined {
    const { made } = this.#key;
    return made === undefined ? undefined : identityOf(made).fingerprint;
  }

  /** The public half; makes the key, durably, where there is none. */
  async identity(): Promise<PublicIdentity> {
    return identityOf(await this.#key.publicKey());
  }

  /** Signs bytes; the answer is of 64. Throws `HeadframeError` (failed_precondition, 'protector_wrong'). */
  sign(content: Uint8Array): Promise<Buffer> {
    return this.#key.sign(content);
  }
}

function identityOf(pem: string): PublicIdentity {
  const key = readPublicKey(pem);
  if (key !== undefined) return { fingerprint: fingerprintOf(key), publicKey: pem };
  throw new HeadframeError({
    ...{ code: 'data_loss', reason: 'signing_key_damaged', message: 'the key that signs packages cannot be read' },
    remedy: 'Restore the store from a backup.',
  });
}
