import type { HostRecord } from '../../../common/model/host.js';
import type { Placed } from './decide.js';
import type { PlantedFleet, PlantedMiner } from './planted-fleet.js';

/** What a host has left, counted anew. */
class Room {
  readonly #hostClass: number;
  #cpuMillis: number;
  #memoryBytes: number;
  #diskBytes: number;
  readonly #ports = new Set<number>();

  constructor({ claimed }: HostRecord, hostClass: number) {
    this.#hostClass = hostClass;
    this.#cpuMillis = claimed.cpuMillis;
    this.#memoryBytes = claimed.memoryBytes;
    this.#diskBytes = claimed.diskBytes;
  }

  take({ demand, classes }: PlantedMiner, { run, serials }: Placed): void {
    if (((classes >> this.#hostClass) & 1) === 0) throw new Error(`${demand.miner} went to a class it must not go to`);
    if (serials.length !== run.count || run.hostPorts.length !== run.count * demand.ports.length)
      throw new Error('a run has too few serials or ports');
    this.#cpuMillis -= demand.cpuMillis * run.count;
    this.#memoryBytes -= demand.memoryBytes * run.count;
    this.#diskBytes -= demand.diskBytes * run.count;
    if (Math.min(this.#cpuMillis, this.#memoryBytes, this.#diskBytes) < 0) throw new Error('a host has too much');
    for (const port of run.hostPorts) {
      if (this.#ports.has(port)) throw new Error('a port was given twice');
      this.#ports.add(port);
    }
  }
}

/** Checks placements by itself; answers how many instances have a place. Throws when a host has what it must not have. */
export function verify(
  { hosts, hostClasses, miners }: PlantedFleet,
  placed: readonly Placed[],
  idOf: (host: number) => string,
): number {
  const rooms = new Map(hosts.map((host, at) => [host.id, new Room(host, hostClasses[at] ?? 0)]));
  const serials = new Set<number>();
  for (const one of placed) {
    const [room, miner] = [rooms.get(idOf(one.run.host)), miners[one.miner]];
    if (room === undefined || miner === undefined) throw new Error('a host or miner that is not there');
    room.take(miner, one);
    for (const serial of one.serials) serials.add(serial);
  }
  return serials.size;
}
