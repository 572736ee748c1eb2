import type { HttpSource } from './autoscale.js';
import type { LeaseSpec } from './lease-spec.js';
import type { ModuleBuild } from './module-spec.js';
import type {
  ContainerSpec,
  HealthCheck,
  Labels,
  OnDisconnect,
  PullPolicy,
  ResourceRequest,
  RestartPolicy,
} from './miner.js';

/** What an instance runs: a miner's spec at one revision, resolved by its kind. Shared by many instances, never changed. */
export interface Workload {
  /** Drawn from one fleet-wide counter; never used again. */
  readonly id: number;
  readonly miner: string;
  readonly kind: string;
  readonly specRevision: number;
  readonly labels: Labels;
  readonly priority: number;
  readonly resources: ResourceRequest;
  readonly container: ContainerSpec;
  readonly health: HealthCheck | undefined;
  readonly restart: RestartPolicy;
  readonly onDisconnect: OnDisconnect;
  readonly identity: string;
  readonly stopGraceMs: number;
  readonly pullPolicy: PullPolicy;
  /** What the agent fetches from each instance for the autoscaler. */
  readonly metrics?: readonly HttpSource[] | undefined;
  /** What its image is built of on the host; undefined for an image that is pulled. */
  readonly build?: ModuleBuild | undefined;
  /** Of the kind `lease` alone. */
  readonly lease?: LeaseSpec | undefined;
}

/** One instance that an agent is to hold. */
export interface Assignment {
  readonly serial: number;
  readonly workload: Workload;
  /** Host ports in the order of the workload's ports. */
  readonly hostPorts: readonly number[];
  readonly gpuIds: readonly string[];
  /** Set once the instance is to stop, with the reason it was given. */
  readonly stop: { readonly reason: string; readonly text: string } | undefined;
}
