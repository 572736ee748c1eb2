import type { HostRecord } from '../../common/model/host.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { Workload } from '../../common/model/workload.js';
import { containerKind } from '../../coordinator/kinds/container/index.js';

const GIB = 2 ** 30;

/** A valid spec with every default; tests say only what they are about. */
export function sampleSpec(patch: Partial<MinerSpec> = {}): MinerSpec {
  return {
    kind: 'container',
    name: 'alpha',
    labels: {},
    priority: 500,
    replicas: 1,
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
    ...patch,
  };
}

/** A miner's record that runs workload 1. */
export function sampleMiner(spec: Partial<MinerSpec> = {}, patch: Partial<MinerRecord> = {}): MinerRecord {
  const common = { specRevision: 1, workloadId: 1, createdAtMs: 0, updatedAtMs: 0, stopped: false, deleting: false };
  return { spec: sampleSpec(spec), ...common, ...patch };
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
    joinedAtMs: 0,
    changedAtMs: 0,
    ...patch,
  };
}
