/** All roles, from those that may do most. */
export const ROLES = ['admin', 'operator', 'viewer', 'scheduler', 'renter', 'agent'] as const;

/** What somebody may do; docs/security.md says what each role is for. */
export type Role = (typeof ROLES)[number];

/** Who makes a call, as the server has proven it. */
export interface Caller {
  readonly role: Role;
  /** For people and the audit log. */
  readonly name: string;
  /** The host of an agent; undefined for everybody else. */
  readonly hostId?: string | undefined;
  /** Namespaces that the caller is held to; undefined means all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Serial of the certificate or id of the token that proved it; never a secret. */
  readonly credential: string;
}

/** The credential of whoever has proven nothing. */
export const NO_CREDENTIAL = 'none';

/** Who calls where nobody is asked: plaintext, which is served to this machine alone. */
export const LOCAL_CALLER: Caller = { role: 'admin', name: 'local', credential: 'plaintext' };
