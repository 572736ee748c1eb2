import type { FleetPort, FleetReader } from '../fleet/port.js';

/** What was read or changed, and the fleet revision that has it. */
export interface Durable<T> {
  readonly value: T;
  readonly revision: number;
}

/** Reads the fleet at one moment; resolves once all that was read is durable, so that nobody hears what a crash undoes. */
export async function readDurably<T>(fleet: FleetPort, read: (fleet: FleetReader) => T): Promise<Durable<T>> {
  const value = read(fleet);
  const { revision, durable } = fleet.transact(() => undefined);
  await durable;
  return { value, revision };
}
