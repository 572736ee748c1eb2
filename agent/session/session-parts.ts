import type {
  AgentService,
  HostOrder,
  SessionResponse,
  TunnelOrder,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Client } from '../../common/rpc/index.js';
import type { InstanceReport, LeaseTerm } from '../../common/wire/agent.js';
import type { AgentState, HeldAssignments, StoredLease } from '../state/agent-state.js';
import type { HostLease } from './host-lease.js';
import type { Outbox } from './outbox.js';

/** What the coordinator says of secrets. */
export type SecretsWord = Extract<SessionResponse['message'], { readonly case: 'secretsAnswer' | 'secretsChanged' }>;

/** The parts one session works with. */
export interface SessionParts {
  readonly client: Client<typeof AgentService>;
  readonly state: AgentState;
  readonly lease: HostLease;
  readonly outbox: Outbox<InstanceReport>;
  /** Called with new assignments once they are on stable storage. */
  readonly onAssigned: (held: HeldAssignments) => void;
  /** Called when the host lease was renewed: what waited for it may run. */
  readonly onLeaseRenewed: (lease: StoredLease) => void;
  /** Called with a comparison of this host's clock with the coordinator's. */
  readonly onClock?: (sample: { readonly skewMs: number; readonly roundTripMs: number }) => void;
  /** Called when the host itself is to do something. */
  readonly onHostOrder?: (order: HostOrder) => void;
  /** Called with secrets that were asked for, or when there are new values of them. */
  readonly onSecrets?: ((word: SecretsWord) => void) | undefined;
  /** Called with the terms of all leases of the host. */
  readonly onLeaseTerms?: ((terms: readonly LeaseTerm[]) => void) | undefined;
  /** Called with where the coordinators of the cluster are, as told. */
  readonly onCoordinators?: ((addresses: readonly string[]) => void) | undefined;
  /** Called when the coordinator wants a tunnel. */
  readonly onTunnelOrder: (order: TunnelOrder) => void;
  /** Called with the period of usage reports, in milliseconds, once the session is accepted. */
  readonly onAccepted: (terms: { readonly usagePeriodMs: number }) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}
