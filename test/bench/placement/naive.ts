import type { PlantedFleet, PlantedMiner } from './planted-fleet.js';

/** Hosts as the textbook keeps them. */
class Hosts {
  readonly #cpu: Float64Array;
  readonly #memory: Float64Array;
  readonly #disk: Float64Array;
  readonly #classes: Uint8Array;

  constructor({ hosts, hostClasses }: PlantedFleet) {
    this.#cpu = Float64Array.from(hosts, ({ claimed }) => claimed.cpuMillis);
    this.#memory = Float64Array.from(hosts, ({ claimed }) => claimed.memoryBytes);
    this.#disk = Float64Array.from(hosts, ({ claimed }) => claimed.diskBytes);
    this.#classes = Uint8Array.from(hostClasses);
  }

  /** Scores every host and takes the fullest that fits. */
  place(miner: PlantedMiner): void {
    let [best, bestScore] = [-1, Infinity];
    for (let host = 0; host < this.#cpu.length; host += 1) {
      const score = this.#score(miner, host);
      if (score < bestScore) [best, bestScore] = [host, score];
    }
    if (best < 0) return;
    const { demand } = miner;
    this.#cpu[best] = (this.#cpu[best] ?? 0) - demand.cpuMillis;
    this.#memory[best] = (this.#memory[best] ?? 0) - demand.memoryBytes;
    this.#disk[best] = (this.#disk[best] ?? 0) - demand.diskBytes;
  }

  #score({ demand, classes }: PlantedMiner, host: number): number {
    if (((classes >> (this.#classes[host] ?? 0)) & 1) === 0) return Infinity;
    const cpu = (this.#cpu[host] ?? 0) - demand.cpuMillis;
    const memory = (this.#memory[host] ?? 0) - demand.memoryBytes;
    const disk = (this.#disk[host] ?? 0) - demand.diskBytes;
    return cpu < 0 || memory < 0 || disk < 0 ? Infinity : cpu / 36_500 + memory / 1.25e11 + disk / 1.17e12;
  }
}

/** Places the first `sample` instances one by one, best fit over all hosts; answers CPU seconds. The baseline. */
export function placeNaively(fleet: PlantedFleet, sample: number): number {
  const hosts = new Hosts(fleet);
  const ordered = fleet.miners.toSorted((a, b) => b.demand.priority - a.demand.priority);
  const before = process.cpuUsage();
  let left = sample;
  for (const miner of ordered)
    for (let copy = 0; copy < miner.count && left > 0; copy += 1, left -= 1) hosts.place(miner);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
