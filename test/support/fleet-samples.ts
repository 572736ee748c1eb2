import type { HostRecord } from '../../common/model/host.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { RolloutRecord, UpdatePolicy } from '../../common/model/rollout.js';
import type { Workload } from '../../common/model/workload.js';
import { containerKind } from '../../coordinator/kinds/container/index.js';

const GIB = 2 ** 30;

/** A valid spec with every default; tests say only what they are about. */
export function sampleSpec(patch: Partial<MinerSpec> = {}): MinerSpec {
  return {
    kind: 'container',
    name: 'alpha',
    namespace: 'default',
    labels: {},
    priority: 500,
    replicas: 1,
    autoscale: undefined,
    container: {
      image: 'example:1',
      command: [],
      args: [],
      env: {},
      ports: [],
      mounts: [],
      user: '',
      workdir: '',
      network: 'bridge',
    },
    resources: { cpuMillis: 2000, memoryBytes: GIB / 2, diskBytes: 5 * GIB, gpus: 0, pids: 0 },
    constraints: [],
    affinities: [],
    strategy: { kind: 'balance', spreadBy: '', perHostCap: 0 },
    health: undefined,
    restart: { condition: 'always', maxAttempts: 5, windowMs: 600_000, backoffMs: 1000, maxBackoffMs: 60_000 },
    onDisconnect: 'keep',
    identity: '',
    stopGraceMs: 10_000,
    pullPolicy: 'ifNotPresent',
    update: sampleUpdate(),
    retry: { maxFailures: 10, windowMs: 21_600_000 },
    ...patch,
  };
}

/** An update policy with a quarter unavailable at once and no time to wait for health. */
export function sampleUpdate(patch: Partial<UpdatePolicy> = {}): UpdatePolicy {
  return {
    maxUnavailable: { kind: 'percent', value: 25 },
    maxSurge: { kind: 'count', value: 0 },
    minHealthyMs: 0,
    progressDeadlineMs: 600_000,
    autoRollback: false,
    ...patch,
  };
}

/** A rollout that is complete. */
export function sampleRollout(patch: Partial<RolloutRecord> = {}): RolloutRecord {
  return {
    state: 'complete',
    paused: false,
    cause: 'apply',
    fromRevision: 0,
    fromWorkloadId: 0,
    toRevision: 1,
    goodRevision: 0,
    startedAtMs: 0,
    progressedAtMs: 0,
    progress: 0,
    updatedLimit: undefined,
    endedAtMs: 0,
    reason: 'rollout_complete',
    text: '',
    ...patch,
  };
}

/** A miner's record that runs workload 1. */
export function sampleMiner(spec: Partial<MinerSpec> = {}, patch: Partial<MinerRecord> = {}): MinerRecord {
  const common = { specRevision: 1, workloadId: 1, createdAtMs: 0, updatedAtMs: 0, stopped: false, deleting: false };
  const standing = { rollout: sampleRollout(), failures: undefined, quarantine: undefined };
  return { spec: sampleSpec(spec), ...common, ...standing, ...patch };
}

/** The workload that a spec of the kind container resolves to. */
export function sampleWorkload(spec: Partial<MinerSpec> = {}, id = 1, specRevision = 1): Workload {
  return containerKind.resolve(sampleSpec(spec), { workloadId: id, specRevision });
}

/** A ready host. */
export function sampleHost(id = 'host-1', patch: Partial<HostRecord> = {}): HostRecord {
  const resources = { cpuMillis: 8000, memoryBytes: 16 * GIB, diskBytes: 100 * GIB, gpus: 0 };
  return {
    id,
    name: id,
    state: 'ready',
    cordoned: false,
    draining: false,
    reason: 'host_joined',
    text: '',
    agentLabels: {},
    operatorLabels: {},
    description: {
      hostname: id,
      os: 'linux',
      kernel: '6.1',
      arch: 'x64',
      cpuModel: 'cpu',
      cpuCount: 8,
      addresses: [],
      gpus: [],
      bootId: 'boot-1',
      engineVersion: '27',
      cgroupVersion: '2',
    },
    claimed: resources,
    reserved: { ...resources, cpuMillis: 0, memoryBytes: 0, diskBytes: 0 },
    portRange: { start: 30_000, end: 32_000 },
    agentVersion: '0.1.0',
    runtime: 'docker',
    capabilities: ['guard'],
    joinedAtMs: 0,
    changedAtMs: 0,
    ...patch,
  };
}
