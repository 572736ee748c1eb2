/** States of an instance in their order; within one start they only move forward. */
export const INSTANCE_STATES = [
  'pending',
  'assigned',
  'preparing',
  'starting',
  'running',
  'stopping',
  'stopped',
  'failed',
  'lost',
] as const;

/** State of an instance. */
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** Outcome of the health check: `none` when no check is declared, `checking` before the first verdict. */
export const HEALTH_STATES = ['none', 'checking', 'healthy', 'unhealthy'] as const;

/** Health of an instance. */
export type Health = (typeof HEALTH_STATES)[number];

/** One copy of a miner on one host, as the fleet records it. Times are unix milliseconds. */
export interface InstanceRecord {
  /** Drawn once from one fleet-wide counter; never used again. */
  readonly serial: number;
  readonly miner: string;
  readonly workloadId: number;
  /** Undefined while pending. */
  readonly hostId: string | undefined;
  readonly state: InstanceState;
  readonly health: Health;
  readonly reason: string;
  readonly text: string;
  /** Starts after the first on this host. */
  readonly restarts: number;
  readonly exitCode: number | undefined;
  /** Host ports in the order of the workload's ports. */
  readonly hostPorts: readonly number[];
  readonly gpuIds: readonly string[];
  readonly containerId: string;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** Start of the container's present run; 0 before. */
  readonly startedAtMs: number;
}

/** Id shown to people and used as container name suffix: `<miner>-<serial>`. */
export function instanceId(miner: string, serial: number): string {
  return `${miner}-${String(serial)}`;
}

/** Reads an instance id back; undefined when it is not one. */
export function parseInstanceId(id: string): { miner: string; serial: number } | undefined {
  const match = /^([a-z][a-z0-9-]{0,62})-([1-9][0-9]{0,15})$/.exec(id);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const serial = Number(match[2]);
  return Number.isSafeInteger(serial) ? { miner: match[1], serial } : undefined;
}

/** Whether the instance has ended for good. */
export function isEnded(state: InstanceState): boolean {
  return state === 'stopped' || state === 'failed' || state === 'lost';
}

/** Whether the instance takes up capacity of a host: assigned and not ended. */
export function holdsCapacity(state: InstanceState): boolean {
  return state !== 'pending' && !isEnded(state);
}

/**
 * Whether a reported (restarts, state) may follow the recorded one: forward within one start, and any state from
 * `preparing` on with more restarts; an end always. An ended instance never changes; one asked to stop never seems to run again.
 */
export function mayFollow(
  from: { readonly state: InstanceState; readonly restarts: number },
  to: { readonly state: InstanceState; readonly restarts: number },
): boolean {
  if (isEnded(from.state)) return false;
  const [fromRank, toRank] = [INSTANCE_STATES.indexOf(from.state), INSTANCE_STATES.indexOf(to.state)];
  if (from.state === 'stopping') return toRank >= fromRank;
  // An agent that lost its memory counts from nought again; that a container ended is true all the same.
  if (isEnded(to.state)) return true;
  if (to.restarts > from.restarts) return toRank >= INSTANCE_STATES.indexOf('preparing');
  return to.restarts === from.restarts && toRank >= fromRank;
}
