/** What is wrong with a proof; undefined where nothing is. */
export interface ProofFault {
  /** A code of common/model/reason.ts. */
  readonly reason: 'challenge_wrong_opening' | 'challenge_wrong_tag' | 'challenge_label_changed';
  /** What was seen, for people. */
  readonly text: string;
}

/** What was committed to, and what was opened of it. */
export interface Evidence {
  readonly seed: Uint8Array;
  readonly roots: readonly Uint8Array[];
  /** The verifier's second nonce. */
  readonly reveal: Uint8Array;
}

/** A fault of what was opened. */
export function wrongOpening(text: string): ProofFault {
  return { reason: 'challenge_wrong_opening', text };
}
