/** What a history may not show. */
export type ViolationKind =
  | 'write_lost'
  | 'write_invented'
  | 'revision_twice'
  | 'revision_back'
  | 'read_old'
  | 'read_back'
  | 'identity_twice'
  | 'container_restarted'
  | 'container_ended'
  | 'epoch_back'
  | 'epoch_shared'
  | 'old_leader_spoke'
  | 'paid_twice'
  | 'paid_unasked'
  | 'payment_lost'
  | 'payment_untrue';

/** Where a history breaks a promise. */
export interface Violation {
  readonly kind: ViolationKind;
  /** What was seen, for people. */
  readonly text: string;
}
