/** Whole numbers of 64 bits come as texts of digits. */
export type Digits = string;

/** Amounts of what a host has and an instance takes. */
export interface ResourcesJson {
  readonly cpuMillis: number;
  readonly memoryBytes: Digits;
  readonly diskBytes: Digits;
  readonly gpus: number;
}

/** The recorded reason of a decision. */
export interface WhyJson {
  readonly reason: string;
  readonly text: string;
  readonly atMs: Digits;
  readonly filters: readonly { readonly reason: string; readonly hosts: number }[];
}

/** A port of a container. */
export interface PortJson {
  readonly name: string;
  readonly containerPort: number;
}

/** What a container runs, as far as it is shown. */
export interface ContainerJson {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly PortJson[];
}

/** What a model is made of, as far as it is shown; it has one source. */
export interface ModelJson {
  readonly container?: ContainerJson;
  readonly account: string;
  /** Empty is what it says itself. */
  readonly type: string;
  readonly upload?: string;
  readonly url?: { readonly url: string };
  readonly git?: { readonly url: string; readonly commit: string };
}

/** What a user declared, as far as it is shown. */
export interface SpecJson {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority?: number;
  readonly replicas?: number;
  readonly resources?: ResourcesJson;
  readonly identity: string;
  readonly container?: ContainerJson;
  readonly module?: { readonly name: string; readonly role: string; readonly container?: ContainerJson };
  readonly lease?: { readonly container?: ContainerJson };
  readonly model?: ModelJson;
}

/** How a miner's instances come to run a revision. */
export interface RolloutJson {
  readonly state: string;
  readonly toRevision: Digits;
  readonly wanted: number;
  readonly updated: number;
  readonly available: number;
  readonly why?: WhyJson;
}

/** A declared miner and how the fleet stands to it. */
export interface MinerJson {
  readonly spec?: SpecJson;
  readonly specRevision: Digits;
  readonly revision: Digits;
  readonly createdAtMs: Digits;
  readonly updatedAtMs: Digits;
  readonly stopped: boolean;
  readonly deleting: boolean;
  readonly counts?: {
    readonly desired: number;
    readonly pending: number;
    readonly starting: number;
    readonly running: number;
    readonly healthy: number;
    readonly stopping: number;
    readonly completed: number;
  };
  readonly why?: WhyJson;
  readonly rollout?: RolloutJson;
  readonly quarantine?: { readonly reason: string; readonly text: string; readonly failures: number };
  readonly autoscale?: object;
  readonly stakePriority?: { readonly priority: number; readonly policy: string; readonly text: string };
}

/** One running copy of a miner. */
export interface InstanceJson {
  readonly id: string;
  readonly serial: Digits;
  readonly miner: string;
  readonly specRevision: Digits;
  readonly hostId: string;
  readonly hostName: string;
  readonly state: string;
  readonly health: string;
  readonly reason: string;
  readonly text: string;
  readonly restarts: number;
  readonly exitCode?: number;
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly hostPort: number }[];
  readonly createdAtMs: Digits;
  readonly changedAtMs: Digits;
  readonly startedAtMs: Digits;
}

/** What a host uses. */
export interface HostUsageJson {
  readonly atMs: Digits;
  readonly cpuMillis: number;
  readonly memoryBytes: Digits;
  readonly diskBytes: Digits;
  readonly load1: number;
  readonly networkRxBytes: Digits;
  readonly networkTxBytes: Digits;
}

/** A machine with an agent. */
export interface HostJson {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly cordoned: boolean;
  readonly draining: boolean;
  readonly reason: string;
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly facts?: {
    readonly os: string;
    readonly kernel: string;
    readonly arch: string;
    readonly cpuModel: string;
    readonly cpuCount: number;
    readonly addresses: readonly string[];
    readonly gpus: readonly { readonly id: string; readonly vendor: string; readonly model: string }[];
    readonly engineVersion: string;
  };
  readonly claimed?: ResourcesJson;
  readonly reserved?: ResourcesJson;
  readonly allocatable?: ResourcesJson;
  readonly allocated?: ResourcesJson;
  readonly instances: number;
  readonly agentVersion: string;
  readonly runtime: string;
  readonly joinedAtMs: Digits;
  readonly lastSeenMs: Digits;
  readonly usage?: HostUsageJson;
  readonly maintenance?: { readonly activity: string; readonly step: string; readonly text: string };
  readonly conditions: readonly { readonly reason: string; readonly text: string; readonly sinceMs: Digits }[];
  readonly verified: readonly { readonly type: string; readonly amount: Digits; readonly untilMs: Digits }[];
}

/** What has changed in the fleet. */
export interface FleetChangeJson {
  readonly miner?: MinerJson;
  readonly instance?: InstanceJson;
  readonly host?: HostJson;
  readonly minerRemoved?: string;
  readonly instanceRemoved?: string;
  readonly hostRemoved?: string;
}

/** A fact that happened. */
export interface EventJson {
  readonly revision: Digits;
  readonly atMs: Digits;
  readonly subject: string;
  readonly id: string;
  readonly reason: string;
  readonly text: string;
  readonly severity: string;
  readonly miner: string;
  readonly hostId: string;
  readonly state: string;
}

/** How the fleet stands. */
export interface StatusJson {
  readonly version: string;
  readonly revision: Digits;
  readonly hosts: number;
  readonly hostsReady: number;
  readonly miners: number;
  readonly instancesPending: number;
  readonly instancesRunning: number;
  readonly instancesLive: number;
  readonly allocatable?: ResourcesJson;
  readonly allocated?: ResourcesJson;
  readonly settled: boolean;
  readonly natsConnected: boolean;
  readonly startedAtMs: Digits;
  readonly alarms: readonly { readonly reason: string; readonly text: string; readonly sinceMs: Digits }[];
}

/** What alerts know to be wrong, and who is told of it, as far as it is shown. */
export interface AlertsJson {
  readonly alerts: readonly {
    readonly reason: string;
    /** Id of a host, name of a miner, or words with one of them; '' for the fleet. */
    readonly about: string;
    readonly text: string;
    readonly severity: string;
    readonly state: string;
    readonly sinceMs: Digits;
  }[];
  readonly targets: readonly {
    readonly name: string;
    /** In a row; 0 for one that is well. */
    readonly failures: number;
    readonly reason: string;
    readonly text: string;
  }[];
}

/** What an instance uses, as the topic `metrics` tells it. */
export interface MetricJson {
  readonly instance: string;
  readonly host: string;
  readonly cpu_cores: number;
  readonly memory_mb: number;
  readonly network: { readonly received_bytes: number; readonly sent_bytes: number };
  readonly pids: number;
  readonly oom_kills: number;
}

/** The name of an enum's value without what all values of the enum begin with: HOST_STATE_READY is 'ready'. Pure. */
export function shortName(value: string, prefix: string): string {
  return (value.startsWith(prefix) ? value.slice(prefix.length) : value).toLowerCase().replaceAll('_', ' ');
}
