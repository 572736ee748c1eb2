import { HeadframeError } from '../../common/model/error.js';

/** Which instance holds each exclusive identity: never two at once. */
export class Identities {
  readonly #holders = new Map<string, number>();
  readonly #held = new Map<number, string>();

  holderOf(identity: string): number | undefined {
    return this.#holders.get(identity);
  }

  /** Throws `HeadframeError` (failed_precondition, reason 'identity_in_use') while another instance holds it. */
  claim(identity: string, serial: number): void {
    if (identity === '') return;
    const holder = this.#holders.get(identity);
    if (holder !== undefined && holder !== serial) throw identityInUse(identity, holder);
    this.#holders.set(identity, serial);
    this.#held.set(serial, identity);
  }

  release(serial: number): void {
    const identity = this.#held.get(serial);
    if (identity === undefined) return;
    this.#held.delete(serial);
    this.#holders.delete(identity);
  }
}

function identityInUse(identity: string, holder: number): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'identity_in_use',
    message: `instance ${String(holder)} holds the exclusive identity ${identity}`,
    metadata: { identity, holder: String(holder) },
  });
}
