import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import type { FleetPort } from '../../fleet/port.js';
import { fingerprintOf, readPublicKey } from './signature.js';

/** What seals the private half for the disk, as a `Protector` does. */
interface KeySealer {
  seal(bytes: Uint8Array, name: string): Promise<object>;
  open(sealed: unknown, name: string): Promise<Buffer>;
}

/** The half that everybody may have. */
export interface PublicIdentity {
  readonly fingerprint: string;
  /** PEM of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
}

/** Where the store has the key, so that a backup has all it takes but what unseals it. */
const SETTING = 'signingKey';
const SEALED_NAME = 'the key that signs packages';

const settingSchema = z.object({ publicKey: z.string(), sealed: z.unknown() });

/**
 * The Ed25519 key by which a coordinator signs what it gives to others, and nothing else: it opens no connection. It is made
 * when it is first asked for, lies sealed in the store, and is in memory only while it signs.
 */
export class SigningKey {
  readonly #fleet: Pick<FleetPort, 'setting' | 'transact'>;
  readonly #sealer: KeySealer;
  #making: Promise<void> | undefined;

  constructor(fleet: Pick<FleetPort, 'setting' | 'transact'>, sealer: KeySealer) {
    this.#fleet = fleet;
    this.#sealer = sealer;
  }

  /** The fingerprint of the key where there is one already. */
  get fingerprint(): string | undefined {
    const kept = this.#kept();
    return kept === undefined ? undefined : identityOf(kept.publicKey).fingerprint;
  }

  /** The public half; makes the key, durably, where there is none. */
  async identity(): Promise<PublicIdentity> {
    return identityOf((await this.#ensured()).publicKey);
  }

  /** Signs bytes; the answer is of 64. Throws `HeadframeError` (failed_precondition, 'protector_wrong'). */
  async sign(content: Uint8Array): Promise<Buffer> {
    const { sealed } = await this.#ensured();
    const secret = await this.#sealer.open(sealed, SEALED_NAME);
    try {
      return sign(null, content, createPrivateKey({ key: secret, type: 'pkcs8', format: 'der' }));
    } finally {
      secret.fill(0);
    }
  }

  async #ensured(): Promise<z.infer<typeof settingSchema>> {
    if (this.#kept() === undefined) {
      // Two who ask at once get the same.
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      await this.#making;
    }
    return this.#kept() ?? settingSchema.parse(undefined);
  }

  #kept(): z.infer<typeof settingSchema> | undefined {
    const found = this.#fleet.setting(SETTING);
    return found === undefined ? undefined : settingSchema.parse(found);
  }

  async #make(): Promise<void> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
    const sealed = await this.#sealer.seal(secret, SEALED_NAME);
    secret.fill(0);
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { durable } = this.#fleet.transact((tx) => {
      if (tx.setting(SETTING) === undefined) tx.putSetting(SETTING, { publicKey: pem, sealed });
    });
    await durable;
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
