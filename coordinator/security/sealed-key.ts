import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { z } from 'zod';
import type { FleetPort } from '../fleet/port.js';

/** What seals the private half for the disk, as a `Protector` does. */
export interface KeySealer {
  seal(bytes: Uint8Array, name: string): Promise<object>;
  open(sealed: unknown, name: string): Promise<Buffer>;
}

/** Where the store has a key, so that a backup has all it takes but what unseals it. */
export interface KeyPlace {
  /** Name of the fleet's setting. */
  readonly setting: string;
  /** What people call it, such as `the key that signs packages`; sealed under this name. */
  readonly name: string;
}

/** A key as the store has it: the public half in PEM, the private one sealed. */
export const sealedKeySchema = z.object({ publicKey: z.string(), sealed: z.unknown() });

/** As `sealedKeySchema` has it. */
export type SealedKeyPair = z.infer<typeof sealedKeySchema>;

/** Makes an Ed25519 key and seals it under a name. */
export async function newSealedKey(sealer: KeySealer, name: string): Promise<SealedKeyPair> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
  const sealed = await sealer.seal(secret, name);
  secret.fill(0);
  return { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), sealed };
}

/** Signs bytes by a key that was sealed under that name. Throws `HeadframeError` (failed_precondition, 'protector_wrong'). */
export async function signBySealed(
  sealer: KeySealer,
  { name, sealed }: { readonly name: string; readonly sealed?: unknown },
  content: Uint8Array,
): Promise<Buffer> {
  const secret = await sealer.open(sealed, name);
  try {
    return sign(null, content, createPrivateKey({ key: secret, type: 'pkcs8', format: 'der' }));
  } finally {
    secret.fill(0);
  }
}

/**
 * An Ed25519 key of the fleet that signs one kind of thing. It is made when it is first asked for, lies sealed in the store, and
 * is in memory only while it signs.
 */
export class SealedKey {
  readonly #fleet: Pick<FleetPort, 'setting' | 'transact'>;
  readonly #sealer: KeySealer;
  readonly #place: KeyPlace;
  #making: Promise<void> | undefined;

  constructor(fleet: Pick<FleetPort, 'setting' | 'transact'>, sealer: KeySealer, place: KeyPlace) {
    this.#fleet = fleet;
    this.#sealer = sealer;
    this.#place = place;
  }

  /** The public half in PEM, where there is a key already. */
  get made(): string | undefined {
    return this.#kept()?.publicKey;
  }

  /** The public half in PEM (SubjectPublicKeyInfo); makes the key, durably, where there is none. */
  async publicKey(): Promise<string> {
    return (await this.#ensured()).publicKey;
  }

  /** Signs bytes; the answer is of 64. Throws `HeadframeError` (failed_precondition, 'protector_wrong'). */
  async sign(content: Uint8Array): Promise<Buffer> {
    const { sealed } = await this.#ensured();
    return signBySealed(this.#sealer, { name: this.#place.name, sealed }, content);
  }

  async #ensured(): Promise<SealedKeyPair> {
    if (this.#kept() === undefined) {
      // Two who ask at once get the same.
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      await this.#making;
    }
    return this.#kept() ?? sealedKeySchema.parse(undefined);
  }

  #kept(): SealedKeyPair | undefined {
    const found = this.#fleet.setting(this.#place.setting);
    return found === undefined ? undefined : sealedKeySchema.parse(found);
  }

  async #make(): Promise<void> {
    const { setting, name } = this.#place;
    const made = await newSealedKey(this.#sealer, name);
    const { durable } = this.#fleet.transact((tx) => {
      if (tx.setting(setting) === undefined) tx.putSetting(setting, made);
    });
    await durable;
  }
}
