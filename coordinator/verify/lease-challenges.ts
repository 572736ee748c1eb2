import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { LeaseSpec } from '../../common/model/lease-spec.js';
import type { ResourceRequest } from '../../common/model/miner.js';
import { formatAge } from '../../common/model/units.js';
import type { VerdictRecord } from '../../common/model/verdict.js';
import { ALL } from './asking.js';
import type { HostChallenges } from './host-challenges.js';

/** What of a lease can be proven beside it. */
export type LeaseChallengeType = 'cpu' | 'memory';

/** A lease that runs, as it was asked for. */
export interface LeaseToChallenge {
  readonly id: string;
  readonly serial: number;
  readonly hostId: string;
  readonly containerId: string;
  readonly resources: ResourceRequest;
  readonly runtime: LeaseSpec['runtime'];
}

/** What challenges of leases work with. */
export interface LeaseChallengesParts {
  readonly challenges: Pick<HostChallenges, 'ask' | 'running'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Between the beginnings of two challenges of one lease, milliseconds. */
  readonly gapMs: number;
}

const LEAST_CPU_MILLIS = 1_000;
const LEAST_MEMORY_BYTES = 256 * 2 ** 20;
/** What a prover takes of processes besides one for each vCPU. */
const PIDS = 64;

/**
 * Has hosts prove to who rents what a lease of theirs has: in a container with the lease's own limits and walls, beside it. Each
 * takes as much of the host as the lease does, so that of one lease they come with a gap, and of one host one at a time.
 */
export class LeaseChallenges {
  readonly #parts: LeaseChallengesParts;
  /** When each lease was asked for last; those whose gap is over are let go of. */
  readonly #askedMs = new Map<string, number>();

  constructor(parts: LeaseChallengesParts) {
    this.#parts = parts;
  }

  /**
   * Asks the lease's host, and keeps the verdict as any other. Rejects with `HeadframeError`: failed_precondition
   * 'challenge_lease_unfit'; resource_exhausted 'challenge_too_soon', 'challenge_host_busy' and 'challenge_lease_no_room'; and as
   * `HostChallenges.ask` does.
   */
  async ask(lease: LeaseToChallenge, type: LeaseChallengeType, signal: AbortSignal): Promise<VerdictRecord> {
    const { challenges, clock, gapMs } = this.#parts;
    requireFit(lease);
    if (challenges.running.some(({ hostId }) => hostId === lease.hostId)) throw hostBusy(lease);
    const nowMs = clock.monotonicMs();
    for (const [id, askedMs] of this.#askedMs) if (nowMs - askedMs >= gapMs) this.#askedMs.delete(id);
    const askedMs = this.#askedMs.get(lease.id);
    if (askedMs !== undefined) throw tooSoon(lease, askedMs + gapMs - nowMs);
    this.#askedMs.set(lease.id, nowMs);
    const { id, serial, containerId } = lease;
    try {
      return await challenges.ask(
        lease.hostId,
        type,
        { most: ALL, lease: { id, serial, containerId, limits: limitsOf(lease.resources) } },
        signal,
      );
    } catch (error) {
      // Nothing was worked on, so that nothing has to be waited for.
      this.#askedMs.delete(lease.id);
      throw error;
    }
  }
}

function limitsOf({ cpuMillis, memoryBytes }: ResourceRequest) {
  return { cpuMillis, memoryBytes, pids: PIDS + Math.ceil(cpuMillis / 1000) };
}

/** Counters of other runtimes are not the kernel's own, and would contradict an honest host. */
function requireFit({ id, resources, runtime }: LeaseToChallenge): void {
  const { cpuMillis, memoryBytes } = resources;
  const why =
    runtime !== ''
      ? `has the runtime ${runtime}, inside of which limits and counters are not the kernel's`
      : cpuMillis < LEAST_CPU_MILLIS || memoryBytes < LEAST_MEMORY_BYTES
        ? `has ${String(cpuMillis)} thousandths of a CPU and ${String(memoryBytes)} bytes of memory`
        : undefined;
  if (why === undefined) return;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'challenge_lease_unfit',
    message: `the lease ${id} ${why}`,
    remedy: "Only leases of a whole CPU and 256 MiB or more, with the engine's default runtime, can be challenged.",
  });
}

function hostBusy({ id }: LeaseToChallenge): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'challenge_host_busy',
    message: `the host of the lease ${id} works on another challenge`,
    remedy: 'Ask again later: of one host there is one at a time.',
  });
}

function tooSoon({ id }: LeaseToChallenge, waitMs: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'challenge_too_soon',
    message: `the lease ${id} was challenged a short while ago`,
    remedy: `Ask again in ${formatAge(waitMs)}; the operator sets the gap (challenges.leaseGap).`,
    metadata: { retry_after_ms: String(Math.ceil(waitMs)) },
  });
}
