import type { FleetPort } from '../fleet/port.js';
import { SerialNumbers } from '../instances/serial-numbers.js';
import type { StoreCommit } from '../store/store.js';

/**
 * Fleet revision of each instance's last change. What has not changed since the start counts as changed at the revision
 * that the fleet had then, which is never too low, and another one at each coordinator.
 */
export class LastChanges {
  readonly #startRevision: number;
  readonly #instances = new SerialNumbers();

  /** Follows the fleet from now on. */
  constructor(fleet: FleetPort) {
    this.#startRevision = fleet.revision;
    fleet.onApplied((commit) => {
      this.#take(commit);
    });
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
  }
}
