import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import type { ChallengeOrder } from '../../common/gen/headframe/v1/challenge_pb.js';
import type { TunnelRequest, TunnelResponse } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { VerdictRecord } from '../../common/model/verdict.js';
import type { KnownLabel } from './check/disk.js';
import type { ClaimedLimits } from './seen.js';
import type { WindowSeat } from './sweep-window.js';

/** A challenge to be asked of a host, whose capacity is reserved already. */
export interface ChallengeWish {
  /** Never used before; the verdict's id. */
  readonly id: string;
  readonly hostId: string;
  readonly parameters: ChallengeParameters;
  /** Of the container that the prover works in. */
  readonly limits: ClaimedLimits;
  /** What a pass proves: thousandths of a vCPU, bytes, or bytes per second. */
  readonly claimed: number;
  /** Shared by challenges of one window; '' for none. */
  readonly sweep: string;
  /** What the seed is bound to: a lease with its container and the challenge's id, or that id alone. */
  readonly subject: string;
  /** Of the lease in whose limits and walls the prover works; left out for none. */
  readonly leaseSerial?: number | undefined;
  /** Whether its tag is made again in any case, as for new hosts; otherwise the lottery says. */
  readonly isNewHost: boolean;
  /** Of a label that is read: what it was committed to when it was made. */
  readonly known?: KnownLabel | undefined;
  /** Aborted when what was reserved is needed otherwise. */
  readonly preempted?: AbortSignal | undefined;
  /** Of one that begins together with others: it is tried once. */
  readonly seat?: Pick<WindowSeat, 'arrive'> | undefined;
}

/** What came of a challenge. */
export interface ChallengeResult {
  readonly verdict: VerdictRecord;
  /** The label that was made, audited, and is kept on the host now. */
  readonly label?: KnownLabel | undefined;
}

/** Port: a tunnel to a host's agent. */
export interface HostTunnel {
  readonly incoming: AsyncIterable<TunnelRequest>;
  readonly outgoing: { write(message: TunnelResponse): Promise<void> };
  close(): void;
}

/** Port: has a host open a tunnel for a challenge. */
export type OpenTunnel = (
  hostId: string,
  purpose: { readonly case: 'challenge'; readonly value: ChallengeOrder },
  signal: AbortSignal,
) => Promise<HostTunnel>;

/**
 * Port: the public key (SubjectPublicKeyInfo in DER) of a certificate (DER) that is good now and of that very host; undefined
 * for any other.
 */
export type HostKeyOf = (hostId: string, certificate: Uint8Array) => Uint8Array | undefined;
