/** Classes of failure, named after gRPC's; callers branch on these and on the reason, never on the message. */
export type ErrorCode =
  | 'invalid_argument'
  | 'not_found'
  | 'already_exists'
  | 'failed_precondition'
  | 'out_of_range'
  | 'resource_exhausted'
  | 'unavailable'
  | 'deadline_exceeded'
  | 'aborted'
  | 'cancelled'
  | 'permission_denied'
  | 'unauthenticated'
  | 'unimplemented'
  | 'internal'
  | 'data_loss';

/** One value that was refused, and what would be accepted in its place. */
export interface FieldViolation {
  /** File and document number, when known, such as `miner.yaml#2`. */
  readonly document?: string;
  /** Where in the document, such as `container.ports[0].host`. */
  readonly path: string;
  /** What stood there, shortened; absent when nothing did. */
  readonly value?: string;
  /** What was expected instead. */
  readonly expected: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** All that a HeadframeError is made of. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  /** Stable snake_case code, such as `miner_not_found`. */
  readonly reason: string;
  /** For people, in English. */
  readonly message: string;
  /** What to do about it, when something is known to help. */
  readonly remedy?: string;
  readonly violations?: readonly FieldViolation[];
  /** Further facts by name; they cross the wire, so no secrets. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Why in truth, for log and audit, where the caller is told less; stays in this process. */
  readonly innerReason?: string;
  /** What was caught; stays in this process. */
  readonly cause?: unknown;
}

/** The one error class of the project: a code to branch on, a reason to look up, a message and a remedy for people. */
export class HeadframeError extends Error {
  override readonly name = 'HeadframeError';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly innerReason: string;
  readonly remedy: string | undefined;
  readonly violations: readonly FieldViolation[];
  readonly metadata: Readonly<Record<string, string>>;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.reason = facts.reason;
    this.innerReason = facts.innerReason ?? facts.reason;
    this.remedy = facts.remedy;
    this.violations = facts.violations ?? [];
    this.metadata = facts.metadata ?? {};
  }
}

/** Gives back a HeadframeError as it is and wraps anything else as `internal`, kept as its cause. */
export function toHeadframeError(thrown: unknown): HeadframeError {
  if (thrown instanceof HeadframeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HeadframeError({ code: 'internal', reason: 'unforeseen', message, cause: thrown });
}
