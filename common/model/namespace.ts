import type { Labels } from './miner.js';
import type { Resources } from './resources.js';

/** The namespace of miners that name none; it always exists. */
export const DEFAULT_NAMESPACE = 'default';

/** What a quota limits, in the order in which a shortage is told. */
export const QUOTA_RESOURCES = ['cpuMillis', 'memoryBytes', 'diskBytes', 'gpus', 'instances'] as const;

/** Amounts of a namespace: millicores, bytes, devices, and instances. */
export interface NamespaceAmounts extends Resources {
  readonly instances: number;
}

/** The most that a namespace's instances may hold together; undefined means no limit. */
export type NamespaceQuota = { readonly [R in keyof NamespaceAmounts]: number | undefined };

/** A part of the fleet with limits of its own. Times are unix milliseconds. */
export interface NamespaceRecord {
  readonly name: string;
  readonly description: string;
  readonly labels: Labels;
  readonly quota: NamespaceQuota;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What an operator says of a namespace. */
export type NamespaceSpec = Pick<NamespaceRecord, 'name' | 'description' | 'labels' | 'quota'>;

/** A quota without any limit. */
export const NO_QUOTA: NamespaceQuota = Object.freeze({
  cpuMillis: undefined,
  memoryBytes: undefined,
  diskBytes: undefined,
  gpus: undefined,
  instances: undefined,
});
