import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { FleetReader, Transaction } from '../../fleet/port.js';
import type { WrappingKey } from './envelope.js';

/** What seals keys for the disk, as a `Protector` does. */
export interface KeySealer {
  seal(bytes: Uint8Array, name: string): Promise<object>;
  open(sealed: unknown, name: string): Promise<Buffer>;
}

/** Where the store has the sealed keys, so that a backup has all it takes but what unseals them. */
const SETTING = 'secretKeys';
const KEY_BYTES = 32;
const ID_BYTES = 8;

const settingSchema = z.object({
  current: z.string(),
  keys: z.array(z.object({ id: z.string(), sealed: z.unknown() })),
});

interface MadeKey {
  readonly key: WrappingKey;
  /** As the store has it. */
  readonly setting: object;
}

/** The keys that wrap the keys of values. They lie in the store, sealed, and in memory. */
export class SecretKeys {
  readonly #sealer: KeySealer;
  readonly #keys: Map<string, WrappingKey>;
  #current: WrappingKey | undefined;
  #making: Promise<MadeKey> | undefined;

  /** For `open` alone. */
  constructor(sealer: KeySealer, keys: readonly WrappingKey[], current: string | undefined) {
    this.#sealer = sealer;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#current = current === undefined ? undefined : this.#keys.get(current);
  }

  /** Unseals the keys that the store has. Throws `HeadframeError` (failed_precondition, 'protector_wrong'). */
  static async open(fleet: Pick<FleetReader, 'setting'>, sealer: KeySealer): Promise<SecretKeys> {
    const found = fleet.setting(SETTING);
    if (found === undefined) return new SecretKeys(sealer, [], undefined);
    const { current, keys } = settingSchema.parse(found);
    const opened = keys.map(async ({ id, sealed }) => ({ id, key: await sealer.open(sealed, sealedName(id)) }));
    return new SecretKeys(sealer, await Promise.all(opened), current);
  }

  /** The key for new values, made for the first of them; `keep` puts it into the store with that value. */
  async current(): Promise<{ readonly key: WrappingKey; readonly keep: (tx: Transaction) => void }> {
    const known = this.#current;
    if (known !== undefined) return { key: known, keep: () => undefined };
    this.#making ??= this.#make();
    const { key, setting } = await this.#making.catch((error: unknown) => {
      this.#making = undefined;
      throw error;
    });
    const keep = (tx: Transaction): void => {
      if (tx.setting(SETTING) === undefined) tx.putSetting(SETTING, setting);
      // Not before: a key that no store has would open nothing after a restart.
      this.#keys.set(key.id, key);
    };
    return { key, keep };
  }

  /** The key of that id; undefined for one that the store has not. */
  find(id: string): WrappingKey | undefined {
    return this.#keys.get(id);
  }

  async #make(): Promise<MadeKey> {
    const key = { id: randomBytes(ID_BYTES).toString('hex'), key: randomBytes(KEY_BYTES) };
    const sealed = await this.#sealer.seal(key.key, sealedName(key.id));
    return { key, setting: { current: key.id, keys: [{ id: key.id, sealed }] } };
  }
}

function sealedName(id: string): string {
  return `the key ${id} of the secrets`;
}
