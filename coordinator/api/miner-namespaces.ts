import type { FleetPort } from '../fleet/port.js';
import type { StoreCommit } from '../store/store.js';

interface Stay {
  readonly namespace: string;
  /** Fleet revision up to which it was there. */
  readonly lastRevision: number;
}

/** Miners that have gone or moved whose namespaces are remembered; what is told of those forgotten, nobody hears who is held. */
const MOST_REMEMBERED = 10_000;

/** In which namespace each miner is and was, since the start, so that also what is past is told to whom it belongs. */
export class MinerNamespaces {
  readonly #current = new Map<string, string>();
  /** In the order of time; the name that changed longest ago comes first. */
  readonly #past = new Map<string, readonly Stay[]>();

  /** Follows the fleet from now on. */
  constructor(fleet: Pick<FleetPort, 'miner' | 'miners' | 'onApplied'>) {
    for (const { spec } of fleet.miners()) this.#current.set(spec.name, spec.namespace);
    fleet.onApplied((commit) => {
      this.#take(fleet, commit);
    });
  }

  /** Where a miner was when the fleet had that revision; undefined when nobody knows. */
  at(miner: string, revision: number): string | undefined {
    const stay = this.#past.get(miner)?.find(({ lastRevision }) => revision <= lastRevision);
    return stay?.namespace ?? this.#current.get(miner);
  }

  /** Whether a miner is, or is known to have been, in one of these. */
  wasIn(miner: string, namespaces: ReadonlySet<string>): boolean {
    const past = this.#past.get(miner) ?? [];
    return namespaces.has(this.#current.get(miner) ?? '') || past.some(({ namespace }) => namespaces.has(namespace));
  }

  #take(fleet: Pick<FleetPort, 'miner'>, { revision, changes }: StoreCommit): void {
    for (const change of changes) {
      if (!('table' in change) || change.table !== 'miner') continue;
      const now = fleet.miner(change.key)?.spec.namespace;
      const before = this.#current.get(change.key);
      if (now === before) continue;
      // What the last commit says of a miner that goes is said to those who had it.
      if (before !== undefined) this.#remember(change.key, before, now === undefined ? revision : revision - 1);
      if (now === undefined) this.#current.delete(change.key);
      else this.#current.set(change.key, now);
    }
  }

  #remember(miner: string, namespace: string, lastRevision: number): void {
    const before = this.#past.get(miner) ?? [];
    this.#past.delete(miner);
    this.#past.set(miner, [...before.slice(-9), { namespace, lastRevision }]);
    const [oldest] = this.#past.size > MOST_REMEMBERED ? this.#past.keys() : [];
    if (oldest !== undefined) this.#past.delete(oldest);
  }
}
