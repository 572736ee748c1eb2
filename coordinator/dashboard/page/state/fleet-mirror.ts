import type { Digits, FleetChangeJson, HostJson, InstanceJson, MinerJson } from './wire.js';

/** What the topic `fleet` tells at once. */
export interface FleetFrame {
  readonly revision: Digits;
  readonly synced: boolean;
  readonly data: readonly FleetChangeJson[];
}

/** The fleet as it was told; the owner alone changes it, by the frames as they come. */
export class FleetMirror {
  readonly miners = new Map<string, MinerJson>();
  readonly instances = new Map<string, InstanceJson>();
  readonly hosts = new Map<string, HostJson>();
  /** What was there before a beginning that is being told anew, and was not told again yet; undefined while none is. */
  #unseen: Set<string> | undefined;
  #isWhole = false;

  /** Whether all that there is was told at least once. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** All there is will be told from the beginning; until then what is known stays. */
  beginAnew(): void {
    const known = [...keys('m', this.miners), ...keys('i', this.instances), ...keys('h', this.hosts)];
    this.#unseen = new Set(known);
  }

  /** Takes what has changed, in its order. */
  take({ synced, data }: FleetFrame): void {
    for (const change of data) this.#takeOne(change);
    if (synced) this.#settle();
  }

  #takeOne({ miner, instance, host, minerRemoved, instanceRemoved, hostRemoved }: FleetChangeJson): void {
    if (miner?.spec !== undefined) this.#set('m', this.miners, miner.spec.name, miner);
    else if (instance !== undefined) this.#set('i', this.instances, instance.id, instance);
    else if (host !== undefined) this.#set('h', this.hosts, host.id, host);
    else if (minerRemoved !== undefined) this.miners.delete(minerRemoved);
    else if (instanceRemoved !== undefined) this.instances.delete(instanceRemoved);
    else if (hostRemoved !== undefined) this.hosts.delete(hostRemoved);
  }

  #set<T>(kind: string, into: Map<string, T>, key: string, value: T): void {
    into.set(key, value);
    this.#unseen?.delete(`${kind}${key}`);
  }

  /** What was not told again is gone. */
  #settle(): void {
    this.#isWhole = true;
    for (const key of this.#unseen ?? []) {
      const of = { m: this.miners, i: this.instances, h: this.hosts }[key.slice(0, 1)];
      of?.delete(key.slice(1));
    }
    this.#unseen = undefined;
  }
}

function keys(kind: string, map: ReadonlyMap<string, unknown>): string[] {
  return [...map.keys()].map((key) => `${kind}${key}`);
}
