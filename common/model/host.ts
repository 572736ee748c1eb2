import type { MetricReading } from './autoscale.js';
import type { FingerprintPart } from './fingerprint.js';
import type { Labels } from './miner.js';
import type { ReportedPlotFolder } from './plot-folder.js';
import type { Resources } from './resources.js';
import type { HostVerification } from './verification.js';

/** States of a host; `suspect` has missed heartbeats, `lost` has outlived its lease. */
export const HOST_STATES = ['joining', 'ready', 'suspect', 'lost', 'removed'] as const;

/** State of a host. */
export type HostState = (typeof HOST_STATES)[number];

/** A GPU of a host. */
export interface Gpu {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  readonly memoryBytes: number;
}

/** What a host is, as its agent found it. */
export interface HostDescription {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly addresses: readonly string[];
  readonly gpus: readonly Gpu[];
  readonly bootId: string;
  readonly engineVersion: string;
  readonly cgroupVersion: string;
  /** What its machine is known again by; absent where its agent does not say. */
  readonly fingerprint?: readonly FingerprintPart[] | undefined;
}

/** A host as the fleet records it. Times are unix milliseconds. */
export interface HostRecord {
  readonly id: string;
  readonly name: string;
  readonly state: HostState;
  readonly cordoned: boolean;
  readonly draining: boolean;
  /** Why it is in this state. */
  readonly reason: string;
  readonly text: string;
  readonly agentLabels: Labels;
  /** Set by operators; these override `agentLabels`. */
  readonly operatorLabels: Labels;
  readonly description: HostDescription;
  readonly claimed: Resources;
  readonly reserved: Resources;
  /** Managed range for automatic host ports, inclusive. */
  readonly portRange: { readonly start: number; readonly end: number };
  readonly agentVersion: string;
  /** 'docker' or 'process'. */
  readonly runtime: string;
  /** What its agent can do; absent in records of before agents said. */
  readonly capabilities?: readonly string[];
  readonly joinedAtMs: number;
  readonly changedAtMs: number;
  /** Weekly windows of maintenance as written; none when absent. */
  readonly windows?: readonly string[];
  readonly upkeep?: HostUpkeep | undefined;
  /** As its agent said last; none when absent. */
  readonly conditions?: readonly HostCondition[];
  /** Its folders of plots, as its agent said last; absent where it has none or does not say. */
  readonly plotFolders?: readonly ReportedPlotFolder[];
  /** What challenges found; absent until it was challenged. */
  readonly verification?: HostVerification | undefined;
  /** That its machine has become another one, until an operator has looked at it. */
  readonly otherMachine?: { readonly text: string; readonly sinceMs: number } | undefined;
}

/** Capability of a host whose exclusive instances end with the host lease even when its agent cannot end them. */
export const GUARD_CAPABILITY = 'guard';

/** Whether a host's exclusive instances are sure to have ended once its lease has. */
export function isGuarded(host: Pick<HostRecord, 'capabilities'>): boolean {
  return host.capabilities?.includes(GUARD_CAPABILITY) ?? false;
}

/** Capability of a host whose agent may reboot it. */
export const REBOOT_CAPABILITY = 'reboot';
/** Agents that say so build images of modules, and are given instances that need one. */
export const BUILD_CAPABILITY = 'module_build';
/** Agents that say so have folders of plots, and make some in them. */
export const PLOTS_CAPABILITY = 'plots';
/** Agents that say so keep leases, with the limits and walls of one, and are given them. */
export const LEASE_CAPABILITY = 'lease';
/** Beside the former: what a lease writes ends at its size, whatever it does; without it nothing ends it. */
export const LEASE_DISK_CAPABILITY = 'lease_disk';

/** Something wrong with a host as its agent finds it, such as `engine_sick`; nothing new is placed on it meanwhile. */
export interface HostCondition {
  readonly reason: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

/** All that is wrong with a host: as its agent says, and as challenges found; nothing new is placed on it meanwhile. */
export function conditionsOf({
  conditions = [],
  verification,
}: Pick<HostRecord, 'conditions' | 'verification'>): readonly HostCondition[] {
  const quarantine = verification?.quarantine;
  if (quarantine === undefined) return conditions;
  const { type, reason, text, sinceMs } = quarantine;
  return [...conditions, { reason: 'verification_failed', text: `${type}: ${reason}: ${text}`, sinceMs }];
}

/** What an agent did for its host's sake, such as `image_removed`. */
export interface HostNotice {
  readonly reason: string;
  readonly text: string;
}

/** Steps of the work under way on a host; `open` is empty within a window, `skipped` was called off for this window. */
export const UPKEEP_STEPS = ['queued', 'draining', 'open', 'rebooting', 'failed', 'skipped'] as const;

/** Planned work under way on a host. Times are unix milliseconds. */
export interface HostUpkeep {
  readonly activity: 'window' | 'reboot';
  readonly step: (typeof UPKEEP_STEPS)[number];
  readonly text: string;
  readonly sinceMs: number;
  /** When the reboot counts as failed; 0 while that is not known, and for windows. */
  readonly untilMs: number;
  /** Boot that a reboot is to end; '' for windows. */
  readonly bootId: string;
  /** How the host stood before, and stands again after it. */
  readonly before: { readonly cordoned: boolean; readonly draining: boolean };
}

/** The labels of a host as constraints see them. */
export function hostLabels(host: Pick<HostRecord, 'agentLabels' | 'operatorLabels'>): Labels {
  return { ...host.agentLabels, ...host.operatorLabels };
}

/** Use of a host at one moment; network bytes are totals since boot. */
export interface HostUsage {
  readonly atMs: number;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly load1: number;
  readonly networkRxBytes: number;
  readonly networkTxBytes: number;
}

/** Use of an instance; `cpuMillis` since the sample before, byte and nanosecond counts since the container started. */
export interface InstanceUsage {
  readonly serial: number;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pids: number;
  readonly cpuNanos: number;
  readonly throttledNanos: number;
  readonly ioReadBytes: number;
  readonly ioWriteBytes: number;
  readonly networkRxBytes: number;
  readonly networkTxBytes: number;
  readonly oomKills: number;
  /** What the agent fetched from the instance, where its miner is autoscaled by such values. */
  readonly metrics?: readonly MetricReading[] | undefined;
}
