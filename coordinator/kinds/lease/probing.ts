import type { Clock } from '../../../common/model/clock.js';
import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetReader } from '../../fleet/port.js';
import type { LeaseProber, ProbeTarget, ProbeVerdict } from './prober.js';

/** What probing works with. */
interface ProbingParts {
  readonly fleet: Pick<FleetReader, 'instance' | 'workload' | 'host'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly prober: LeaseProber;
  /** Told whenever something was found. */
  readonly onDone: () => void;
}

interface Standing {
  readonly state: string;
  /** On the monotonic clock. */
  nextAtMs: number;
  busy: boolean;
  /** Probes of it in this state. */
  tried: number;
  verdict?: ProbeVerdict | undefined;
  isClosed?: boolean | undefined;
}

/** Between two probes of a lease, in milliseconds, by how it stands. */
const PACE = { probing: 1_000, ready: 60_000, doubtful: 10_000, closing: 5_000 } as const;
/** After the first probe of a new lease, and twice as long after each: its server comes up within moments of its container. */
const FIRST_MS = 50;
/** One probe may take this long. */
const TIMEOUT_MS = 20_000;
/** At once: a probe is a whole login. */
const MOST_AT_ONCE = 32;

/** Has leases tried from outside, each at its pace, a few at once. */
export class Probing {
  readonly #parts: ProbingParts;
  readonly #standings = new Map<string, Standing>();
  #underWay = 0;

  constructor(parts: ProbingParts) {
    this.#parts = parts;
  }

  /** What was found of a lease since this was last asked. */
  takeVerdict(id: string): ProbeVerdict | undefined {
    const standing = this.#standings.get(id);
    const verdict = standing?.verdict;
    if (standing !== undefined) standing.verdict = undefined;
    return verdict;
  }

  /** Whether the ports of a lease that has ended were closed when they were last looked at. */
  isClosed(id: string): boolean | undefined {
    return this.#standings.get(id)?.isClosed;
  }

  /** Tries a lease if its turn has come, and it runs. */
  probe(lease: LeaseRecord, signal: AbortSignal): void {
    const target = this.#targetOf(lease);
    if (target === undefined) return;
    const { prober } = this.#parts;
    this.#begin(
      lease,
      (tried) => paceOf(lease, tried),
      signal,
      async (timed, standing) => {
        standing.verdict = await prober.probe(target, timed);
      },
    );
  }

  /** Looks at the ports of a lease that has ended, if its turn has come. */
  lookAtPorts(lease: LeaseRecord, signal: AbortSignal): void {
    const host = this.#parts.fleet.host(lease.hostId);
    if (host === undefined) return;
    const { prober } = this.#parts;
    this.#begin(
      lease,
      () => PACE.closing,
      signal,
      async (timed, standing) => {
        standing.isClosed = await prober.isClosed({ lease, host }, timed);
      },
    );
  }

  /** Forgets a lease that is no more. */
  forget(id: string): void {
    this.#standings.delete(id);
  }

  #targetOf(lease: LeaseRecord): ProbeTarget | undefined {
    const { fleet } = this.#parts;
    const instance = fleet.instance(lease.serial);
    if (instance?.state !== 'running' || instance.hostId === undefined) return undefined;
    const workload = fleet.workload(instance.workloadId);
    const host = fleet.host(instance.hostId);
    if (workload === undefined || host?.state !== 'ready') return undefined;
    return { lease, instance, workload, host };
  }

  #begin(
    { id, state, probe }: LeaseRecord,
    paceMs: (tried: number) => number,
    signal: AbortSignal,
    how: (timed: AbortSignal, standing: Standing) => Promise<void>,
  ): void {
    const { clock, logger, onDone } = this.#parts;
    const nowMs = clock.monotonicMs();
    const known = this.#standings.get(id);
    const isKnown = known !== undefined && (known.state === state || known.busy);
    // What changed its state wants to be judged at once, unless it is ready by the probe before.
    const isJudged = known !== undefined && state === 'ready' && probe?.passed === true;
    const standing = isKnown ? known : fresh(state, isJudged ? nowMs + PACE.ready : nowMs);
    this.#standings.set(id, standing);
    if (standing.busy || standing.nextAtMs > nowMs || this.#underWay >= MOST_AT_ONCE) return;
    standing.busy = true;
    standing.tried += 1;
    this.#underWay += 1;
    const timed = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    void how(timed, standing)
      .catch((error: unknown) => {
        if (signal.aborted) return;
        logger.warn({ err: error, lease: id }, 'a probe of a lease failed by itself');
        standing.verdict = { passed: false, reason: 'lease_probe_slow', text: 'The probe was not done in time.' };
      })
      .finally(() => {
        this.#underWay -= 1;
        standing.busy = false;
        // Whether it was but one that failed is soon to be known.
        const isDoubtful = standing.verdict?.passed === false;
        const waitMs = Math.min(paceMs(standing.tried), isDoubtful ? PACE.doubtful : Infinity);
        standing.nextAtMs = clock.monotonicMs() + waitMs;
        onDone();
        // Sooner than the loop would look by itself.
        if (waitMs < PACE.probing) clock.sleep(waitMs, signal).then(onDone, () => undefined);
      });
  }
}

function fresh(state: string, nextAtMs: number): Standing {
  return { state, nextAtMs, busy: false, tried: 0 };
}

function paceOf({ state, probe }: LeaseRecord, tried: number): number {
  if (state === 'ready') return probe?.passed === false ? PACE.doubtful : PACE.ready;
  return state === 'suspect' ? PACE.doubtful : Math.min(PACE.probing, FIRST_MS * 2 ** (tried - 1));
}
