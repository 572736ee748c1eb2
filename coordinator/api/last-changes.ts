import type { FleetPort } from '../fleet/port.js';
import { SerialNumbers } from '../instances/serial-numbers.js';
import type { StoreCommit } from '../store/store.js';

/**
 * Fleet revision of each record's last change. What has not changed since the start counts as changed at the revision
 * that the fleet had then, which is never too low.
 */
export class LastChanges {
  readonly #startRevision: number;
  readonly #documents = new Map<string, number>();
  readonly #instances = new SerialNumbers();

  /** Follows the fleet from now on. */
  constructor(fleet: FleetPort) {
    this.#startRevision = fleet.revision;
    fleet.onApplied((commit) => {
      this.#take(commit);
    });
  }

  /** Of a miner by its name. */
  ofMiner(name: string): number {
    return this.#documents.get(`miner/${name}`) ?? this.#startRevision;
  }

  /** Of a host by its id. */
  ofHost(id: string): number {
    return this.#documents.get(`host/${id}`) ?? this.#startRevision;
  }

  /** Of an instance by its serial. */
  ofInstance(serial: number): number {
    return this.#instances.get(serial) ?? this.#startRevision;
  }

  #take({ revision, changes }: StoreCommit): void {
    for (const change of changes)
      if (change.kind === 'instance') this.#instances.set(change.record.serial, revision);
      else if (change.kind === 'instances')
        for (const serial of change.rows.serials) this.#instances.set(serial, revision);
      else if (change.kind === 'instanceRemoved') this.#instances.delete(change.serial);
      else if (change.kind === 'documentRemoved') this.#documents.delete(`${change.table}/${change.key}`);
      else if (change.table !== 'setting') this.#documents.set(`${change.table}/${change.key}`, revision);
  }
}
