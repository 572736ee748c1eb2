import { setMaxListeners } from 'node:events';
import { NODE_BYTES } from '../../common/challenge/label.js';
import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Resources } from '../../common/model/resources.js';
import type { ChallengeType, VerdictRecord } from '../../common/model/verdict.js';
import type { FleetPort } from '../fleet/port.js';
import type { Reservation } from '../scheduler/index.js';
import { askCpu, askDisk, askMemory, askNetwork } from './ask.js';
import type { Challenger } from './challenger.js';
import { keepLabel, keptLabel } from './kept-label.js';
import type { KeptLabel } from './kept-label.js';
import type { ChallengeResult } from './port.js';
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
  /** Undefined where there is too little. */
  reserve(hostId: string, resources: Resources): Reservation | undefined;
}

/** How much of a host is asked for at once, whatever room it has. */
export interface AskLimits {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

const MIB = 2 ** 20;
/** The program itself, beside what it fills. */
const LEAST_MEMORY_BYTES = 256 * MIB;
const LEAST_CPU_MILLIS = 1_000;
/** A label is made with all of its layers in memory, and its trees. */
const MEMORY_PER_LABEL = 6;
/** Threads of Node's own, beside those of the work. */
const PIDS = 64;
const LABEL = 'label-1';
const PROVEN_BEFORE = new Set(['passed']);
/** As much as there is. */
export const ALL: AskLimits = Object.freeze({
  cpuMillis: Number.MAX_SAFE_INTEGER,
  memoryBytes: Number.MAX_SAFE_INTEGER,
  diskBytes: Number.MAX_SAFE_INTEGER,
});

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

  /** Whether a host could be asked anything now. */
  hasRoom(hostId: string): boolean {
    return limitsWithin(this.#parts.rooms.roomOn(hostId), ALL) !== undefined;
  }

  /**
   * Asks a host to prove one thing, and keeps the verdict durably. Rejects with `HeadframeError`: not_found 'host_not_found',
   * resource_exhausted 'challenge_no_room', unavailable 'challenge_interrupted' once it is stopped.
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
    { most, sweep = '', seat }: AskOptions,
    signal: AbortSignal,
  ): Promise<VerdictRecord> {
    const { fleet, newId, challenger } = this.#parts;
    const id = newId();
    let reservation: Reservation | undefined;
    try {
      if (this.#stop.signal.aborted) throw stopped();
      this.#checkHost(hostId);
      const room = this.#parts.rooms.roomOn(hostId);
      const limits = limitsWithin(room, most);
      if (limits === undefined) throw noRoom(hostId, room);
      const kept = type === 'disk' ? keptLabel(fleet, hostId) : undefined;
      const parameters = parametersOf(type, limits, { mostDisk: Math.min(most.diskBytes, room.diskBytes), kept });
      reservation = this.#parts.rooms.reserve(hostId, takenBy(parameters, limits));
      if (reservation === undefined) throw noRoom(hostId, room);
      this.#running.set(id, { id, hostId, type });
      const { preempted } = reservation;
      const wish = { id, hostId, limits, parameters, claimed: claimedBy(parameters), sweep, seat, preempted };
      const isNewHost = this.#isNew(hostId);
      const result = await challenger.run({ ...wish, subject: id, isNewHost, known: kept }, signal);
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
  ): Promise<void> {
    const { fleet, newId } = this.#parts;
    const nothing = { outcome: 'void' as const, claimed: 0, units: 0, proveMs: 0, verifyMs: 0, sweep: '' };
    await fleet.transact((tx) => {
      recordVerdict(tx, { id: newId(), hostId, type, reason, text, ...nothing, atMs: tx.atMs });
    }).durable;
  }

  #checkHost(hostId: string): void {
    if (this.#parts.fleet.host(hostId) !== undefined) return;
    const message = `there is no host ${hostId}`;
    throw new HeadframeError({ code: 'not_found', reason: 'host_not_found', message });
  }

  /** Until it has passed the memory challenge once, every tag is made again. */
  #isNew(hostId: string): boolean {
    const memory = this.#parts.fleet.verdictsOf(hostId).find(({ type }) => type === 'memory');
    return !(memory?.verdicts.some(({ outcome }) => PROVEN_BEFORE.has(outcome)) ?? false);
  }
}

function noRoom(hostId: string, { cpuMillis, memoryBytes, diskBytes }: Resources): HeadframeError {
  const [cpu, memory, disk] = [cpuMillis, memoryBytes, diskBytes].map((amount) => String(Math.max(0, amount)));
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'challenge_no_room',
    message: `host ${hostId} has room for ${cpu} thousandths of a CPU, ${memory} bytes of memory and ${disk} of disk`,
    remedy: 'Ask again when less runs there: a challenge needs a whole CPU and 256 MiB that nobody has.',
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

/** What of a room a challenge asks for; undefined where that is too little. */
function limitsWithin(room: Resources, most: Omit<AskLimits, 'diskBytes'>): ClaimedLimits | undefined {
  const cpuMillis = Math.floor(Math.min(room.cpuMillis, most.cpuMillis) / 1000) * 1000;
  const memoryBytes = Math.floor(Math.min(room.memoryBytes, most.memoryBytes) / MIB) * MIB;
  if (cpuMillis < LEAST_CPU_MILLIS || memoryBytes < LEAST_MEMORY_BYTES) return undefined;
  return { cpuMillis, memoryBytes, pids: PIDS + cpuMillis / 1000 };
}

function parametersOf(
  type: ChallengeType,
  { cpuMillis, memoryBytes }: ClaimedLimits,
  { mostDisk, kept }: { readonly mostDisk: number; readonly kept: KeptLabel | undefined },
): ChallengeParameters {
  switch (type) {
    case 'cpu':
      // 64 MiB for each chain have to fit beside the program.
      return askCpu(cpuMillis, memoryBytes >= (cpuMillis / 1000) * 80 * MIB + LEAST_MEMORY_BYTES ? 'memory' : 'cache');
    case 'memory':
      return askMemory(memoryBytes - LEAST_MEMORY_BYTES / 4, cpuMillis);
    case 'disk': {
      const asked = askDisk(Math.min(mostDisk, memoryBytes / MEMORY_PER_LABEL), LABEL, 'plot');
      return kept === undefined ? asked : { ...asked, ...shapeOf(kept), stage: 'read' };
    }
    case 'network':
      return askNetwork();
    case 'gpu':
      return { type: 'gpu', size: 1024, rounds: 16, samples: 64 };
  }
}

/** What of its host a challenge takes up while it lasts: a label that is kept lies there in any case. */
function takenBy(parameters: ChallengeParameters, { cpuMillis, memoryBytes }: ClaimedLimits): Resources {
  const makesLabel = parameters.type === 'disk' && parameters.stage === 'plot';
  return { cpuMillis, memoryBytes, diskBytes: makesLabel ? parameters.nodes * NODE_BYTES : 0, gpus: 0 };
}

function shapeOf({ label, nodes, layers }: KeptLabel): Pick<KeptLabel, 'label' | 'nodes' | 'layers'> {
  return { label, nodes, layers };
}

/** What a pass proves: thousandths of a vCPU, bytes, or, of a network, no more than is measured. */
function claimedBy(parameters: ChallengeParameters): number {
  switch (parameters.type) {
    case 'cpu':
      return parameters.chains * 1000;
    case 'memory':
      return parameters.memoryKib * 1024;
    case 'disk':
      return parameters.nodes * NODE_BYTES;
    case 'network':
      return 0;
    case 'gpu':
      return parameters.size * parameters.size;
  }
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
