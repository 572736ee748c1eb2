import { PRICE_LABEL } from '../../../common/model/constraint-text.js';
import { hasLabels } from '../../../common/model/has-labels.js';
import { conditionsOf, hostLabels } from '../../../common/model/host.js';
import type { HostRecord } from '../../../common/model/host.js';
import type { ReasonCode } from '../../../common/model/reason.js';
import type { Resources } from '../../../common/model/resources.js';
import type { MachineWish } from '../port.js';

/** A host as a machine may be made of it. */
export interface HostChoice {
  readonly host: HostRecord;
  /** What no instance has. */
  readonly free: Resources;
  /** Whether it is a machine already. */
  readonly isHeld: boolean;
}

/** What of a wish tells which host it gets. */
export type HostWish = Pick<MachineWish, 'asked' | 'maxPriceUsd' | 'labels'>;

/** The host that a wish gets, with what it costs ('' for nobody knows), or how many hosts each reason leaves out. */
export type HostVerdict =
  { readonly host: HostRecord; readonly priceUsd: string } | { readonly refused: ReadonlyMap<ReasonCode, number> };

/**
 * Picks the cheapest host that fits, those without a price last; of several the one that is left with the least CPU, then
 * memory, then disk, so that large hosts stay for large wishes; of those the first by id. Pure.
 */
export function chooseHost(wish: HostWish, choices: Iterable<HostChoice>): HostVerdict {
  const refused = new Map<ReasonCode, number>();
  const fitting: HostChoice[] = [];
  for (const choice of choices) {
    const reason = leftOutBy(wish, choice);
    if (reason === undefined) fitting.push(choice);
    else refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }
  const [best] = fitting.sort(compare);
  if (best === undefined) return { refused };
  return { host: best.host, priceUsd: priceText(best.host) };
}

/** The first reason against a host: how it stands, then what it bears, then what is free. */
function leftOutBy(wish: HostWish, { host, free, isHeld }: HostChoice): ReasonCode | undefined {
  if (host.state !== 'ready') return 'host_not_ready';
  if (host.cordoned || host.draining) return 'host_cordoned';
  if (conditionsOf(host).length > 0) return 'host_condition';
  if (isHeld) return 'machine_held';
  return unborne(wish, host) ?? lacking(wish.asked, free);
}

function unborne({ labels, maxPriceUsd }: HostWish, host: HostRecord): ReasonCode | undefined {
  const borne = hostLabels(host);
  if (!hasLabels(borne, labels)) return 'constraint_unmet';
  if (maxPriceUsd === undefined) return undefined;
  const price = priceOf(host);
  if (price === undefined) return 'machine_without_price';
  return price > maxPriceUsd ? 'machine_too_dear' : undefined;
}

function lacking(asked: Resources, free: Resources): ReasonCode | undefined {
  if (lacks(asked.cpuMillis, free.cpuMillis)) return 'insufficient_cpu';
  if (lacks(asked.memoryBytes, free.memoryBytes)) return 'insufficient_memory';
  if (lacks(asked.diskBytes, free.diskBytes)) return 'insufficient_disk';
  return lacks(asked.gpus, free.gpus) ? 'insufficient_gpus' : undefined;
}

/** What is not asked for is never lacking. */
function lacks(asked: number, free: number): boolean {
  return asked > 0 && free < asked;
}

function compare(one: HostChoice, other: HostChoice): number {
  const [price, otherPrice] = [priceOf(one.host) ?? Infinity, priceOf(other.host) ?? Infinity];
  if (price !== otherPrice) return price - otherPrice;
  const [free, rest] = [one.free, other.free];
  const byFree =
    free.cpuMillis - rest.cpuMillis || free.memoryBytes - rest.memoryBytes || free.diskBytes - rest.diskBytes;
  // By code units, whatever the language of the machine.
  return byFree || (one.host.id < other.host.id ? -1 : 1);
}

function priceText(host: HostRecord): string {
  return priceOf(host) === undefined ? '' : (hostLabels(host)[PRICE_LABEL] ?? '');
}

function priceOf(host: HostRecord): number | undefined {
  const labels = hostLabels(host);
  const text = Object.hasOwn(labels, PRICE_LABEL) ? (labels[PRICE_LABEL] ?? '') : '';
  return /^\d{1,10}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
