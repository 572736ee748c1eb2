import type { InstanceRecord } from '../../common/model/instance.js';
import type { FleetReader } from '../fleet/port.js';
import { FigureBook } from './figures.js';
import { Replica } from './replica.js';
import type { ReplicaParts } from './replica.js';
import { askedPort, standingOf } from './standing.js';

/** What a set works with. */
export interface ReplicaSetParts extends ReplicaParts {
  readonly fleet: Pick<FleetReader, 'workload' | 'host'>;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** Whom to ask, or why nobody. */
export type Picked = { readonly replica: Replica } | { readonly none: 'standing' | 'busy' | 'tried' };

/** The instances of one model as they are asked. */
export class ReplicaSet {
  readonly figures: FigureBook;
  readonly #parts: ReplicaSetParts;
  readonly #replicas = new Map<number, Replica>();
  #turns = 0;

  constructor(parts: ReplicaSetParts) {
    this.#parts = parts;
    this.figures = new FigureBook(parts.nowMs());
  }

  /** All of them, those included that are not asked now. */
  get replicas(): Iterable<Replica> {
    return this.#replicas.values();
  }

  find(serial: number): Replica | undefined {
    return this.#replicas.get(serial);
  }

  /** An instance has changed, or its host. */
  take(record: InstanceRecord): void {
    const { fleet, nowMs } = this.#parts;
    const { serial, miner, hostId } = record;
    const workload = fleet.workload(record.workloadId);
    const port = workload && askedPort(workload);
    const standing = standingOf(record, hostId === undefined ? undefined : fleet.host(hostId));
    if (standing.kind === 'out' || port === undefined || hostId === undefined) {
      this.remove(serial);
      return;
    }
    const known = this.#replicas.get(serial);
    const replica = known ?? new Replica({ miner, serial, hostId, port }, standing, this.#parts, nowMs());
    replica.standing = standing;
    if (standing.kind === 'leaving') replica.leave();
    this.#replicas.set(serial, replica);
  }

  /** An instance cannot be asked any more, nor answer. */
  remove(serial: number): void {
    this.#replicas.get(serial)?.drop();
    this.#replicas.delete(serial);
  }

  /** The one with the least under way of those that are ready, or else are spare, and were not tried in vain. */
  pick(tried: ReadonlySet<Replica>): Picked {
    const standing = this.#standing();
    if (standing.length === 0) return { none: 'standing' };
    const left = standing.filter((replica) => !tried.has(replica));
    if (left.length === 0) return { none: 'tried' };
    const open = left.filter(({ figures }) => figures.outstanding < this.#parts.terms.maxOutstanding);
    const nowMs = this.#parts.nowMs();
    const [first, ...others] = open;
    if (first === undefined) return { none: 'busy' };
    const replica = others.reduce((best, one) => (isBefore(one, best, nowMs) ? one : best), first);
    replica.turn = this.#turns += 1;
    return { replica };
  }

  #standing(): Replica[] {
    const ready: Replica[] = [];
    const spare: Replica[] = [];
    for (const replica of this.#replicas.values()) {
      if (replica.standing.kind === 'ready') ready.push(replica);
      else if (replica.standing.kind === 'spare') spare.push(replica);
    }
    return ready.length > 0 ? ready : spare;
  }
}

/** Whether one is asked rather than another. */
function isBefore(one: Replica, other: Replica, nowMs: number): boolean {
  const [rests, otherRests] = [one.restUntilMs > nowMs, other.restUntilMs > nowMs];
  if (rests !== otherRests) return otherRests;
  const more = one.figures.outstanding - other.figures.outstanding;
  return more < 0 || (more === 0 && one.turn < other.turn);
}
