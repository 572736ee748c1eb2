import type { DescService } from '@bufbuild/protobuf';
import type { Role } from '../../../common/model/caller.js';

/**
 * How far a method reaches:
 * `fleet`: all of it, so that callers who are held to namespaces may not call it;
 * `namespaces`: what is in the caller's namespaces alone (coordinator/api/scope.ts);
 * `ownHost`: the host that the caller's certificate is bound to;
 * `own`: the caller itself, and what is no secret to anybody who is known;
 * `open`: strangers may call it, for its request carries a proof of its own.
 */
export type Scope = 'fleet' | 'namespaces' | 'ownHost' | 'own' | 'open';

/** Who may call a method, and how far it reaches. */
export interface Permission {
  /** Empty for a method that is open. */
  readonly roles: readonly Role[];
  readonly scope: Scope;
}

/** Every method of a service by its local name: one that is missing does not compile. */
export type Permissions<Service extends DescService> = Readonly<Record<keyof Service['method'], Permission>>;
