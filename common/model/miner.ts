import type { AdmissionRecord, DangerRecord } from './admission.js';
import type { AutoscaleRecord, AutoscaleSpec } from './autoscale.js';
import { withinBounds } from './autoscale.js';
import type { LeaseSpec } from './lease-spec.js';
import type { ModelSpec } from './model-spec.js';
import type { ModuleSpec } from './module-spec.js';
import type { Resources } from './resources.js';
import type { SecretRef } from './secret.js';
import type { SpaceSpec } from './space-spec.js';
import type { FailureSeries, QuarantineRecord, RetryPolicy, RolloutRecord, UpdatePolicy } from './rollout.js';

/** Labels: keys and values of at most 63 characters. */
export type Labels = Readonly<Record<string, string>>;

/** What an instance asks of a host: counted resources and the process limit (0 leaves the agent's default). */
export interface ResourceRequest extends Resources {
  readonly pids: number;
}

/** How a container reaches the network. */
export type NetworkMode = 'bridge' | 'host' | 'none';

/** A published port; `hostPort` 0 takes a free one from the host's managed range. */
export interface PortSpec {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostPort: number;
}

/** Something mounted at `target`: a named volume, a memory file system or an allow-listed path of the host. */
export type MountSpec = { readonly target: string; readonly readOnly: boolean } & (
  | { readonly kind: 'volume'; readonly volume: string }
  | { readonly kind: 'tmpfs'; readonly sizeBytes: number }
  | { readonly kind: 'hostPath'; readonly hostPath: string }
);

/** What a container runs. Empty `command`, `user` and `workdir` mean the image's own; what is optional is absent unless asked for. */
export interface ContainerSpec {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly PortSpec[];
  readonly mounts: readonly MountSpec[];
  readonly user: string;
  readonly workdir: string;
  readonly network: NetworkMode;
  /** The image's file system may only be read. */
  readonly readOnlyRootFilesystem?: true | undefined;
  /** Capabilities beyond the default set, some of `GRANTABLE_CAPABILITIES`; never an empty list. */
  readonly capabilities?: readonly string[] | undefined;
  /** Paths of character devices of the host; never an empty list. */
  readonly devices?: readonly string[] | undefined;
  /** Never an empty list, and no two of a name or path. */
  readonly secrets?: readonly SecretRef[] | undefined;
}

/** How a constraint compares a host's attribute with its values. */
export type ConstraintOperator = 'in' | 'notIn' | 'exists' | 'notExists' | 'greater' | 'less';

/**
 * A test on a host's attribute: `labels.<key>`, `host.id`, `host.name`, `host.arch`, `host.os`, `host.runtime`,
 * `host.verified`, which has several values: what of the host is proven, `plots.class`, with the classes of its disks of plots, and
 * `plots.count`, `plots.bytes`, `plots.disks` and `plots.free`, which are numbers.
 */
export interface Constraint {
  readonly attribute: string;
  readonly operator: ConstraintOperator;
  readonly values: readonly string[];
}

/** A wish with a weight from -100 to 100. */
export interface Affinity extends Constraint {
  readonly weight: number;
}

/** How instances are laid over hosts; `spreadBy` '' means by host, `perHostCap` 0 means none. */
export interface Strategy {
  readonly kind: 'balance' | 'spread' | 'consolidate';
  readonly spreadBy: string;
  readonly perHostCap: number;
}

/** What a health check asks. */
export type Probe =
  | { readonly kind: 'http'; readonly port: number; readonly path: string }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | { readonly kind: 'image' };

/** A health check; failures within `startPeriodMs` do not count, `retries` in a row make an instance unhealthy. */
export interface HealthCheck {
  readonly probe: Probe;
  readonly startPeriodMs: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** When and how fast an agent starts an ended container again; `maxAttempts` 0 means without limit. */
export interface RestartPolicy {
  readonly condition: 'always' | 'onFailure' | 'never';
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/** What an agent does with an instance once its host lease has expired. */
export type OnDisconnect = 'keep' | 'stop';

/** When an image is pulled. */
export type PullPolicy = 'ifNotPresent' | 'always' | 'never';

/** What a user declares: complete, validated, with every default filled in. */
export interface MinerSpec {
  readonly kind: 'container' | 'module' | 'model' | 'space' | 'lease';
  readonly name: string;
  /** The namespace whose quota its instances count for. */
  readonly namespace: string;
  readonly labels: Labels;
  /** 0-1000. */
  readonly priority: number;
  /** 0-1,000,000. */
  readonly replicas: number;
  /** Undefined while the number of replicas is fixed; else `replicas` is the number that it begins with. */
  readonly autoscale?: AutoscaleSpec | undefined;
  /** Of a module or model it is made by the coordinator: image, args and env are empty before, of a module the command too. */
  readonly container: ContainerSpec;
  /** Of the kind `module` alone. */
  readonly module?: ModuleSpec | undefined;
  /** Of the kind `model` alone. */
  readonly model?: ModelSpec | undefined;
  /** Of the kind `space` alone; its container follows from it. */
  readonly space?: SpaceSpec | undefined;
  /** Of the kind `lease` alone. */
  readonly lease?: LeaseSpec | undefined;
  readonly resources: ResourceRequest;
  readonly constraints: readonly Constraint[];
  readonly affinities: readonly Affinity[];
  readonly strategy: Strategy;
  readonly health: HealthCheck | undefined;
  readonly restart: RestartPolicy;
  readonly onDisconnect: OnDisconnect;
  /** Exclusive key name; '' means none. */
  readonly identity: string;
  readonly stopGraceMs: number;
  readonly pullPolicy: PullPolicy;
  readonly update: UpdatePolicy;
  readonly retry: RetryPolicy;
}

/** A declared miner as the fleet records it. Times are unix milliseconds. */
export interface MinerRecord {
  readonly spec: MinerSpec;
  /** Fleet revision at which the spec was applied. */
  readonly specRevision: number;
  /** The workload its new instances run. */
  readonly workloadId: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly stopped: boolean;
  readonly deleting: boolean;
  /** The present rollout, or the last. */
  readonly rollout: RolloutRecord;
  /** Undefined while nothing has failed since it was last forgiven. */
  readonly failures: FailureSeries | undefined;
  /** Set while it is given up. */
  readonly quarantine: QuarantineRecord | undefined;
  /** What the autoscaler chose last; undefined before its first choice and without `spec.autoscale`. */
  readonly autoscale?: AutoscaleRecord | undefined;
  /** Of one that works on a chain: whether it may run; undefined before the first look. */
  readonly admission?: AdmissionRecord | undefined;
  /** Of one that works on a chain: set while it is about to lose its place there. */
  readonly danger?: DangerRecord | undefined;
  /** What a stake policy gives it in the place of its own priority; undefined for none. */
  readonly stakePriority?: StakePriority | undefined;
}

/** A priority that a miner has by the stake on its hotkey. */
export interface StakePriority {
  /** 0-1000. */
  readonly priority: number;
  /** Name of the stake policy. */
  readonly policy: string;
  /** Why, for people. */
  readonly text: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** The priority that counts for a miner: by the stake on its hotkey where a policy says so, else that of its manifest; 0 for none. */
export function priorityOf(miner: Pick<MinerRecord, 'spec' | 'stakePriority'> | undefined): number {
  return miner?.stakePriority?.priority ?? miner?.spec.priority ?? 0;
}

/** How many instances the fleet is to hold. A quarantined miner keeps wanting its own: they run on, none is replaced. */
export function wantedReplicas({ spec, autoscale, stopped, deleting }: MinerRecord): number {
  if (stopped || deleting) return 0;
  if (spec.autoscale === undefined) return spec.replicas;
  return withinBounds(spec.autoscale, autoscale?.replicas ?? spec.replicas);
}
