import { setMaxListeners } from 'node:events';
import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Gpu, HostRecord } from '../../common/model/host.js';
import type { Resources } from '../../common/model/resources.js';
import type { ChallengeType, VerdictRecord } from '../../common/model/verdict.js';
import type { FleetPort } from '../fleet/port.js';
import type { Reservation } from '../scheduler/index.js';
import { ALL, claimedBy, gpusToProve, limitsWithin, parametersOf, shapeOf, takenBy } from './asking.js';
import type { AskLimits } from './asking.js';
import type { Challenger } from './challenger.js';
import { keepLabel, keptLabel } from './kept-label.js';
import type { ChallengeResult, ChallengeWish } from './port.js';
import { recordVerdict } from './scores/index.js';
import type { ClaimedLimits } from './seen.js';
import type { WindowSeat } from './sweep-window.js';

/** What challenges of hosts work with. */
export interface HostChallengesParts {
  readonly fleet: FleetPort;
  readonly rooms: Rooms;
  readonly challenger: Pick<Challenger, 'run'>;
  readonly newId: () => string;
}

/** Port: what of a host nobody has, and how that is kept for a challenge. */
export interface Rooms {
  roomOn(hostId: string): Resources;
  /** Ids of the GPUs among it. */
  gpusOn(hostId: string): readonly string[];
  /** Undefined where there is too little; of GPUs those that are named. */
  reserve(hostId: string, resources: Resources, gpuIds: readonly string[]): Reservation | undefined;
}

const NO_GPU = {
  reason: 'challenge_no_gpu',
  text: 'The agent reports no GPU of NVIDIA with a memory that is known.',
} as const;
const PROVEN_BEFORE = new Set(['passed']);
/** A challenge under way. */
export interface RunningChallenge {
  readonly id: string;
  readonly hostId: string;
  readonly type: ChallengeType;
}

/** How a host is asked. */
export interface AskOptions {
  readonly most: AskLimits;
  /** Shared by challenges of one window; '' or left out for none. */
  readonly sweep?: string;
  /** Its place in that window. */
  readonly seat?: WindowSeat | undefined;
  /** The lease in whose exact limits the host is to prove it, beside it. */
  readonly lease?: ChallengedLease | undefined;
}

/** A lease that runs on a host, and what its container has. */
export interface ChallengedLease {
  readonly id: string;
  readonly serial: number;
  readonly containerId: string;
  readonly limits: ClaimedLimits;
}

/**
 * Asks hosts for as much as they have room for, which is reserved first, and keeps the verdicts. Nothing is taken from anybody for it:
 * an instance of more priority than the background's that comes to need the room pre-empts the challenge, which is void then.
 */
export class HostChallenges {
  readonly #parts: HostChallengesParts;
  readonly #running = new Map<string, RunningChallenge>();
  readonly #stop = new AbortController();
  readonly #asking = new Set<Promise<unknown>>();

  constructor(parts: HostChallengesParts) {
    this.#parts = parts;
    // Each challenge waits for it.
    setMaxListeners(0, this.#stop.signal);
  }

  /**
   * Ends those under way as void, and takes no more; resolves once that is kept. To be called before the hosts' connections
   * are closed: a host that had committed would else seem to have gone away.
   */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#asking);
  }

  /** Those under way, whoever asked for them. */
  get running(): readonly RunningChallenge[] {
    return [...this.#running.values()];
  }

  /** Whether a host could be asked that now. */
  hasRoom(hostId: string, type: ChallengeType): boolean {
    return this.#limitsOn(hostId, type, ALL) !== undefined;
  }

  /**
   * Asks a host to prove one thing, and keeps the verdict durably. Rejects with `HeadframeError`: not_found 'host_not_found',
   * resource_exhausted 'challenge_no_room' and 'challenge_lease_no_room', unavailable 'challenge_interrupted' once it is stopped.
   */
  ask(hostId: string, type: ChallengeType, options: AskOptions, signal: AbortSignal): Promise<VerdictRecord> {
    const asked = this.#ask(hostId, type, options, AbortSignal.any([signal, this.#stop.signal]));
    this.#asking.add(asked);
    const over = (): boolean => this.#asking.delete(asked);
    asked.then(over, over);
    return asked;
  }

  async #ask(
    hostId: string,
    type: ChallengeType,
    { most, sweep = '', seat, lease }: AskOptions,
    signal: AbortSignal,
  ): Promise<VerdictRecord> {
    const { fleet, newId, challenger } = this.#parts;
    const id = newId();
    let reservation: Reservation | undefined;
    try {
      if (this.#stop.signal.aborted) throw stopped();
      const host = this.#requireHost(hostId);
      if (type === 'gpu' && gpusToProve(host).length === 0) return await this.note(hostId, type, NO_GPU, id);
      const room = this.#parts.rooms.roomOn(hostId);
      const gpus = this.#gpusFor(hostId, type);
      const limits = lease === undefined ? this.#limitsOn(hostId, type, most) : lease.limits;
      if (limits === undefined) throw noRoom(hostId, room);
      const kept = type === 'disk' ? keptLabel(fleet, hostId) : undefined;
      const mostDisk = Math.min(most.diskBytes, room.diskBytes);
      const parameters = parametersOf(type, limits, { mostDisk, kept, gpus });
      const gpuIds = gpus.map((gpu) => gpu.id);
      reservation = this.#parts.rooms.reserve(hostId, takenBy(parameters, limits), gpuIds);
      if (reservation === undefined) throw noRoom(hostId, room, lease);
      this.#running.set(id, { id, hostId, type });
      const { preempted } = reservation;
      const wish = { id, hostId, limits, parameters, claimed: claimedBy(parameters), sweep, seat, preempted };
      const isNewHost = this.#isNew(hostId);
      const result = await challenger.run({ ...wish, ...boundTo(id, lease), isNewHost, known: kept }, signal);
      // Siblings may take longer; nothing works here by now.
      reservation.release();
      const verdict = await standing(result.verdict, seat);
      await fleet.transact((tx) => {
        recordVerdict(tx, verdict);
        if (type === 'disk') noteLabel(tx, hostId, parameters, result);
      }).durable;
      return verdict;
    } finally {
      reservation?.release();
      seat?.end(true);
      this.#running.delete(id);
    }
  }

  /** Keeps why a host was not asked, as a void verdict. */
  async note(
    hostId: string,
    type: ChallengeType,
    { reason, text }: Pick<VerdictRecord, 'reason' | 'text'>,
    id: string = this.#parts.newId(),
  ): Promise<VerdictRecord> {
    const { fleet } = this.#parts;
    const nothing = { outcome: 'void' as const, claimed: 0, units: 0, proveMs: 0, verifyMs: 0, sweep: '' };
    const { value, durable } = fleet.transact((tx) => {
      const verdict = { id, hostId, type, reason, text, ...nothing, atMs: tx.atMs };
      recordVerdict(tx, verdict);
      return verdict;
    });
    await durable;
    return value;
  }

  #requireHost(hostId: string): HostRecord {
    const host = this.#parts.fleet.host(hostId);
    if (host !== undefined) return host;
    const message = `there is no host ${hostId}`;
    throw new HeadframeError({ code: 'not_found', reason: 'host_not_found', message });
  }

  /** What a prover of that type would get; undefined where there is too little. */
  #limitsOn(hostId: string, type: ChallengeType, most: AskLimits): ClaimedLimits | undefined {
    const gpus = this.#gpusFor(hostId, type);
    if (type === 'gpu' && gpus.length === 0) return undefined;
    return limitsWithin(this.#parts.rooms.roomOn(hostId), most, gpus);
  }

  /** Those that nobody has and that the program of the challenge can use; none for a type that asks for none. */
  #gpusFor(hostId: string, type: ChallengeType): readonly Gpu[] {
    if (type !== 'gpu') return [];
    const free = new Set(this.#parts.rooms.gpusOn(hostId));
    return gpusToProve(this.#parts.fleet.host(hostId)).filter(({ id }) => free.has(id));
  }

  /** Until it has passed the memory challenge once, every tag is made again. */
  #isNew(hostId: string): boolean {
    const memory = this.#parts.fleet.verdictsOf(hostId).find(({ type }) => type === 'memory');
    return !(memory?.verdicts.some(({ outcome }) => PROVEN_BEFORE.has(outcome)) ?? false);
  }
}

function noRoom(hostId: string, room: Resources, lease?: ChallengedLease): HeadframeError {
  if (lease !== undefined) return noRoomBeside(lease, room);
  const { cpuMillis, memoryBytes, diskBytes, gpus } = room;
  const amounts = [cpuMillis, memoryBytes, diskBytes, gpus].map((amount) => String(Math.max(0, amount)));
  const [cpu = '', memory = '', disk = '', gpu = ''] = amounts;
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'challenge_no_room',
    message: `host ${hostId} has room for ${cpu} thousandths of a CPU, ${memory} bytes of memory, ${disk} of disk and ${gpu} GPUs`,
    remedy:
      'Ask again when less runs there: a challenge needs a whole CPU and 256 MiB that nobody has, and one of GPUs a GPU and ' +
      'a GiB for each, and a 128th of its memory.',
  });
}

/** What its seed is bound to, and in whose limits its prover works. */
function boundTo(id: string, lease: ChallengedLease | undefined): Pick<ChallengeWish, 'subject' | 'leaseSerial'> {
  if (lease === undefined) return { subject: id };
  return { subject: `${lease.id}/${lease.containerId}/${id}`, leaseSerial: lease.serial };
}

/** What proves a lease's size needs as much again: nothing is taken from who rents it. */
function noRoomBeside({ id, limits }: ChallengedLease, { cpuMillis, memoryBytes }: Resources): HeadframeError {
  const [cpu, memory] = [cpuMillis, memoryBytes].map((amount) => String(Math.max(0, amount)));
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'challenge_lease_no_room',
    message:
      `beside the lease ${id} its host has room for ${cpu} thousandths of a CPU and ${memory} bytes of memory, ` +
      `where ${String(limits.cpuMillis)} and ${String(limits.memoryBytes)} would be needed`,
    remedy: 'Ask again when less runs there; the lease itself is not touched. What it has inside, look at by SSH.',
  });
}

function stopped(): HeadframeError {
  const message = 'the coordinator stops';
  return new HeadframeError({ code: 'unavailable', reason: 'challenge_interrupted', message });
}

/** A pass beside siblings counts only where each of them came to an end, too. */
async function standing(verdict: VerdictRecord, seat: WindowSeat | undefined): Promise<VerdictRecord> {
  seat?.end(verdict.outcome === 'void');
  if (seat === undefined || verdict.outcome !== 'passed' || (await seat.whole())) return verdict;
  const text = 'It passed, but not all that were asked together with it came to an end.';
  return { ...verdict, outcome: 'void', reason: 'challenge_window_missed', text, units: 0 };
}

/** A label that is not what it was, or is gone, is made anew at the next challenge. */
function noteLabel(
  tx: Parameters<typeof keepLabel>[0],
  hostId: string,
  parameters: ChallengeParameters,
  { verdict, label }: ChallengeResult,
): void {
  if (parameters.type !== 'disk') return;
  if (label !== undefined) keepLabel(tx, hostId, { ...label, ...shapeOf({ ...parameters, ...label }) });
  else if (verdict.outcome === 'failed') keepLabel(tx, hostId, undefined);
}
