import { PRIORITY_CLASSES } from '../../common/model/priority.js';
import { NO_RESOURCES } from '../../common/model/resources.js';
import type { Resources } from '../../common/model/resources.js';
import type { CapacityIndex } from './capacity-index.js';
import { demandOf } from './demand.js';
import type { Demand } from './demand.js';
import { unusedGpus } from './host-entry.js';

/** Whoever has more than this priority takes what is reserved; nobody else does. */
const RESERVED_PRIORITY = PRIORITY_CLASSES.background;
/** What can be reserved. */
const RESERVED = ['cpuMillis', 'memoryBytes', 'diskBytes', 'gpus'] as const;

/** Room of a host that is kept for a while. */
export interface Reservation {
  /** Aborted once the room was needed otherwise; it is kept no longer then. */
  readonly preempted: AbortSignal;
  /** Gives it back; a second call does nothing. */
  release(): void;
}

interface Kept {
  readonly hostId: string;
  readonly demand: Demand;
  /** Those that are meant by the GPUs of the demand. */
  readonly gpuIds: readonly string[];
  readonly end: AbortController;
}

/**
 * Room that is kept for a while for what is no instance. Invariants: all that is kept fits into what is free; work of at most the
 * priority of the background is not placed in it, and all other work is, as if it were free, which ends the reservation in the same
 * turn. It is in memory alone: nothing is left of it when the coordinator ends.
 */
export class Reservations {
  readonly #index: CapacityIndex;
  readonly #onGrown: (host: number) => void;
  readonly #kept = new Set<Kept>();
  #isHidden = false;

  /** Calls `onGrown` with a host that may take more than before. */
  constructor(index: CapacityIndex, onGrown: (host: number) => void) {
    this.#index = index;
    this.#onGrown = onGrown;
  }

  /** What of a host nobody has, for whom nothing is reserved either; nothing of one that is not there. */
  roomOn(hostId: string): Resources {
    const handle = this.#index.handleOf(hostId);
    if (handle === undefined) return NO_RESOURCES;
    return this.#hidden(() => this.#free(handle));
  }

  /** Ids of the GPUs of a host that nobody has, as many as are in its room. */
  gpusOn(hostId: string): readonly string[] {
    const handle = this.#index.handleOf(hostId);
    if (handle === undefined) return [];
    const kept = new Set([...this.#kept].filter((one) => one.hostId === hostId).flatMap(({ gpuIds }) => gpuIds));
    const free = unusedGpus(this.#index.entry(handle)).filter((id) => !kept.has(id));
    return free.slice(0, Math.max(0, this.roomOn(hostId).gpus));
  }

  /** Keeps room on a host; undefined where there is too little. Of GPUs it is those that are named. */
  reserve(hostId: string, resources: Resources, gpuIds: readonly string[] = []): Reservation | undefined {
    if (!fits(resources, this.roomOn(hostId))) return undefined;
    const kept = { hostId, demand: demandFor(resources), gpuIds, end: new AbortController() };
    this.#kept.add(kept);
    return {
      preempted: kept.end.signal,
      release: () => {
        if (this.#kept.delete(kept)) this.#grow(hostId);
      },
    };
  }

  /** Has `fn` decide of a demand; what is reserved is not free to it if its priority does not suffice. */
  keepFrom<T>({ priority }: Pick<Demand, 'priority'>, fn: () => T): T {
    return priority > RESERVED_PRIORITY ? fn() : this.#hidden(fn);
  }

  /** Ends those whose room is not free any more, the newest first. */
  settle(): void {
    if (this.#kept.size === 0 || this.#isHidden) return;
    for (const kept of [...this.#kept].reverse())
      if (this.#isOverdrawn(kept.hostId) || this.#isTaken(kept)) {
        this.#kept.delete(kept);
        this.#grow(kept.hostId);
        kept.end.abort();
      }
  }

  #isOverdrawn(hostId: string): boolean {
    const handle = this.#index.handleOf(hostId);
    if (handle === undefined) return true;
    const free = this.#hidden(() => this.#free(handle));
    const asked = [...this.#kept].filter((one) => one.hostId === hostId).map(({ demand }) => demand);
    return RESERVED.some((name) => free[name] < 0 && asked.some((demand) => demand[name] > 0));
  }

  /** Whether somebody has one of the very GPUs. */
  #isTaken({ hostId, gpuIds }: Kept): boolean {
    const handle = this.#index.handleOf(hostId);
    return handle !== undefined && gpuIds.some((id) => this.#index.entry(handle).usedGpus.has(id));
  }

  /** Runs `fn` while all that is kept counts as taken. */
  #hidden<T>(fn: () => T): T {
    if (this.#isHidden || this.#kept.size === 0) return fn();
    const hidden = [...this.#kept].flatMap(({ hostId, demand }) => {
      const handle = this.#index.handleOf(hostId);
      return handle === undefined ? [] : [{ handle, demand }];
    });
    for (const { handle, demand } of hidden) this.#index.book(handle, demand);
    this.#isHidden = true;
    try {
      return fn();
    } finally {
      this.#isHidden = false;
      for (const { handle, demand } of hidden) this.#index.unbook(handle, demand);
    }
  }

  #free(handle: number): Resources {
    const { freeCpu, freeMemory, freeDisk, freeGpus } = this.#index.columns;
    return {
      cpuMillis: freeCpu[handle] ?? 0,
      memoryBytes: freeMemory[handle] ?? 0,
      diskBytes: freeDisk[handle] ?? 0,
      gpus: freeGpus[handle] ?? 0,
    };
  }

  #grow(hostId: string): void {
    const handle = this.#index.handleOf(hostId);
    if (handle !== undefined) this.#onGrown(handle);
  }
}

function fits(asked: Resources, room: Resources): boolean {
  return RESERVED.every((name) => asked[name] === 0 || asked[name] <= room[name]);
}

/** As the index counts it. */
function demandFor(resources: Resources): Demand {
  const needs = { miner: '', resources, ports: [], identity: '', asks: '' as const };
  const strategy = { kind: 'balance' as const, spreadBy: '', perHostCap: 0 };
  const placed = { constraints: [], affinities: [], strategy };
  return demandOf(needs, { namespace: '', priority: RESERVED_PRIORITY, ...placed });
}
