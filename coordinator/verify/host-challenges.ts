import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import { HeadframeError } from '../../common/model/error.js';
import type { HostRecord } from '../../common/model/host.js';
import type { ChallengeType, VerdictRecord } from '../../common/model/verdict.js';
import type { FleetPort } from '../fleet/port.js';
import { askCpu, askDisk, askMemory, askNetwork } from './ask.js';
import type { Challenger } from './challenger.js';
import { keepLabel, keptLabel } from './kept-label.js';
import type { KeptLabel } from './kept-label.js';
import type { ChallengeResult, ChallengeWish } from './port.js';
import { roomOn } from './room.js';
import { recordVerdict } from './scores/index.js';
import type { ClaimedLimits } from './seen.js';

/** What challenges of hosts work with. */
export interface HostChallengesParts {
  readonly fleet: FleetPort;
  readonly challenger: Pick<Challenger, 'run'>;
  readonly newId: () => string;
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

/**
 * Asks hosts for as much as they have room for, and keeps the verdicts. Nothing is taken from anybody for it: an instance that
 * comes to need the room pre-empts the challenge, which is void then.
 */
export class HostChallenges {
  readonly #parts: HostChallengesParts;

  constructor(parts: HostChallengesParts) {
    this.#parts = parts;
  }

  /**
   * Asks a host to prove one thing, and keeps the verdict durably. Throws `HeadframeError`: not_found 'host_not_found',
   * resource_exhausted 'challenge_no_room'.
   */
  async ask(
    hostId: string,
    type: ChallengeType,
    { most, sweep = '' }: { readonly most: AskLimits; readonly sweep?: string },
    signal: AbortSignal,
  ): Promise<VerdictRecord> {
    const { fleet, challenger, newId } = this.#parts;
    const host = this.#host(hostId);
    const limits = this.#limits(host, most);
    const kept = type === 'disk' ? this.#label(host) : undefined;
    const id = newId();
    const wish = { id, hostId, limits, sweep, subject: id, isNewHost: this.#isNew(hostId), known: kept };
    const parameters = parametersOf(type, limits, { most, kept });
    const preemption = this.#watchRoom(host, limits);
    try {
      const asked: ChallengeWish = {
        ...wish,
        parameters,
        claimed: claimedBy(parameters),
        preempted: preemption.signal,
      };
      const result = await challenger.run(asked, signal);
      await fleet.transact((tx) => {
        recordVerdict(tx, result.verdict);
        if (type === 'disk') noteLabel(tx, hostId, parameters, result);
      }).durable;
      return result.verdict;
    } finally {
      preemption.end();
    }
  }

  #host(hostId: string): HostRecord {
    const host = this.#parts.fleet.host(hostId);
    if (host !== undefined) return host;
    const message = `there is no host ${hostId}`;
    throw new HeadframeError({ code: 'not_found', reason: 'host_not_found', message });
  }

  #limits(host: HostRecord, most: AskLimits): ClaimedLimits {
    const room = roomOn(this.#parts.fleet, host);
    const cpuMillis = Math.floor(Math.min(room.cpuMillis, most.cpuMillis) / 1000) * 1000;
    const memoryBytes = Math.floor(Math.min(room.memoryBytes, most.memoryBytes) / MIB) * MIB;
    if (cpuMillis >= LEAST_CPU_MILLIS && memoryBytes >= LEAST_MEMORY_BYTES)
      return { cpuMillis, memoryBytes, pids: PIDS + cpuMillis / 1000 };
    throw new HeadframeError({
      code: 'resource_exhausted',
      reason: 'challenge_no_room',
      message: `host ${host.id} has room for ${String(room.cpuMillis)} thousandths of a CPU and ${String(room.memoryBytes)} bytes`,
      remedy: 'Ask again when less runs there: a challenge needs a whole CPU and 256 MiB that nobody has.',
    });
  }

  #label(host: HostRecord): KeptLabel | undefined {
    return keptLabel(this.#parts.fleet, host.id);
  }

  /** Until it has passed the memory challenge once, every tag is made again. */
  #isNew(hostId: string): boolean {
    const memory = this.#parts.fleet.verdictsOf(hostId).find(({ type }) => type === 'memory');
    return !(memory?.verdicts.some(({ outcome }) => PROVEN_BEFORE.has(outcome)) ?? false);
  }

  /** Aborts once what the challenge uses is not free any more. */
  #watchRoom(host: HostRecord, limits: ClaimedLimits): { readonly signal: AbortSignal; end(): void } {
    const { fleet } = this.#parts;
    const preempted = new AbortController();
    const end = fleet.onDurable(() => {
      const room = roomOn(fleet, fleet.host(host.id) ?? host);
      if (room.cpuMillis < limits.cpuMillis || room.memoryBytes < limits.memoryBytes) preempted.abort();
    });
    return { signal: preempted.signal, end };
  }
}

function parametersOf(
  type: ChallengeType,
  { cpuMillis, memoryBytes }: ClaimedLimits,
  { most, kept }: { readonly most: AskLimits; readonly kept: KeptLabel | undefined },
): ChallengeParameters {
  switch (type) {
    case 'cpu':
      // 64 MiB for each chain have to fit beside the program.
      return askCpu(cpuMillis, memoryBytes >= (cpuMillis / 1000) * 80 * MIB + LEAST_MEMORY_BYTES ? 'memory' : 'cache');
    case 'memory':
      return askMemory(memoryBytes - LEAST_MEMORY_BYTES / 4, cpuMillis);
    case 'disk': {
      const asked = askDisk(Math.min(most.diskBytes, memoryBytes / MEMORY_PER_LABEL), LABEL, 'plot');
      return kept === undefined ? asked : { ...asked, ...shapeOf(kept), stage: 'read' };
    }
    case 'network':
      return askNetwork();
    case 'gpu':
      return { type: 'gpu', size: 1024, rounds: 16, samples: 64 };
  }
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
      return parameters.nodes * 64;
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
