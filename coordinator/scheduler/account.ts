import { NO_QUOTA, QUOTA_RESOURCES } from '../../common/model/namespace.js';
import type { NamespaceAmounts, NamespaceQuota } from '../../common/model/namespace.js';
import type { Resources } from '../../common/model/resources.js';

/** What one instance asks for. */
type One = Readonly<Resources>;

/** The first limit that holds an instance back. */
export interface Shortage {
  readonly resource: keyof NamespaceAmounts;
  readonly needs: number;
  readonly used: number;
  readonly limit: number;
}

/** What the instances of a namespace hold, from assigned until ended, and the most they may. */
export class Account {
  readonly namespace: string;
  quota: NamespaceQuota;
  #cpuMillis = 0;
  #memoryBytes = 0;
  #diskBytes = 0;
  #gpus = 0;
  #instances = 0;
  /** The share last computed, and of what; asked for far more often than it changes. */
  #known: { readonly share: number; readonly quota: NamespaceQuota; readonly totals: Resources } | undefined;

  constructor(namespace: string, quota: NamespaceQuota = NO_QUOTA) {
    this.namespace = namespace;
    this.quota = quota;
  }

  /** What is held now. */
  get used(): NamespaceAmounts {
    return {
      cpuMillis: this.#cpuMillis,
      memoryBytes: this.#memoryBytes,
      diskBytes: this.#diskBytes,
      gpus: this.#gpus,
      instances: this.#instances,
    };
  }

  /** Counts `copies` more, or with a number below zero fewer. */
  charge(one: One, copies: number): void {
    this.#known = undefined;
    this.#cpuMillis += one.cpuMillis * copies;
    this.#memoryBytes += one.memoryBytes * copies;
    this.#diskBytes += one.diskBytes * copies;
    this.#gpus += one.gpus * copies;
    this.#instances += copies;
  }

  /** How many more copies the quota leaves, at most `limit`, once what is `kept` for another is set aside. */
  room(one: One, limit: number, kept?: One): number {
    const { quota } = this;
    if (quota === NO_QUOTA) return limit;
    let copies = limit;
    const used = this.used;
    for (const resource of QUOTA_RESOURCES) {
      const most = quota[resource];
      const needs = amountOf(one, resource);
      if (most === undefined || needs === 0) continue;
      const free = most - used[resource] - (kept === undefined ? 0 : amountOf(kept, resource));
      copies = Math.min(copies, Math.floor(free / needs));
    }
    return Math.max(0, copies);
  }

  /** The first limit that one more copy would break; undefined when none. */
  shortage(one: One): Shortage | undefined {
    const used = this.used;
    for (const resource of QUOTA_RESOURCES) {
      const limit = this.quota[resource];
      const needs = amountOf(one, resource);
      if (limit !== undefined && needs > 0 && used[resource] + needs > limit)
        return { resource, needs, used: used[resource], limit };
    }
    return undefined;
  }

  /** Whether one copy would fit if nothing else were held. */
  couldFit(one: One): boolean {
    return QUOTA_RESOURCES.every((resource) => amountOf(one, resource) <= (this.quota[resource] ?? Infinity));
  }

  /** The largest share that it holds of what it may, or of the fleet's `totals` where these are less. */
  share(totals: Resources): number {
    if (this.#known?.quota !== this.quota || this.#known.totals !== totals)
      this.#known = { share: this.#shareOf(totals), quota: this.quota, totals };
    return this.#known.share;
  }

  /** Copies that bring its share to `share`; at least one. */
  copiesUntil(share: number, one: One, totals: Resources): number {
    const used = this.used;
    let copies = Infinity;
    for (const resource of QUOTA_RESOURCES) {
      const most = this.#most(resource, totals);
      const needs = amountOf(one, resource);
      if (needs === 0 || most === 0 || most === Infinity) continue;
      copies = Math.min(copies, Math.ceil((share * most - used[resource]) / needs));
    }
    return Math.max(1, copies);
  }

  /** An independent copy. */
  copy(): Account {
    const copy = new Account(this.namespace, this.quota);
    copy.#cpuMillis = this.#cpuMillis;
    copy.#memoryBytes = this.#memoryBytes;
    copy.#diskBytes = this.#diskBytes;
    copy.#gpus = this.#gpus;
    copy.#instances = this.#instances;
    return copy;
  }

  #shareOf(totals: Resources): number {
    const used = this.used;
    let share = 0;
    for (const resource of QUOTA_RESOURCES) {
      const most = this.#most(resource, totals);
      if (most > 0 && most < Infinity) share = Math.max(share, used[resource] / most);
    }
    return share;
  }

  #most(resource: keyof NamespaceAmounts, totals: Resources): number {
    const limit = this.quota[resource] ?? Infinity;
    return resource === 'instances' ? limit : Math.min(limit, totals[resource]);
  }
}

function amountOf(one: One, resource: keyof NamespaceAmounts): number {
  return resource === 'instances' ? 1 : one[resource];
}
