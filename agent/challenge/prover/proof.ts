import type { Opened } from '../../../common/challenge/proof.js';

/** Work that is done and committed to. */
export interface Proof {
  readonly roots: readonly Buffer[];
  /** What the verifier's second nonce asks for; once. */
  open(reveal: Uint8Array): Promise<Opened>;
  /** Lets go of what was kept for the opening alone. */
  close(): Promise<void>;
}
