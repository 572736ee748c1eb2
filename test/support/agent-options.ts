import { join } from 'node:path';
import type { AgentOptions } from '../../agent/options.js';
import type { Runtime } from '../../agent/runtime/runtime.js';
import { careConfig } from './care-config.js';

/** How an agent of a test runs, around a runtime in memory; in clear, and where it calls is for the test to say. */
export function agentOptions(folder: string, runtime: Runtime): AgentOptions {
  return {
    coordinator: '',
    security: { kind: 'plaintext' },
    dataDir: join(folder, 'agent'),
    hostId: 'host-1',
    hostName: '',
    labels: {},
    capacity: {},
    reserved: { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0 },
    portRange: { start: 20_000, end: 20_100 },
    usagePeriodMs: 3_600_000,
    version: 'test',
    gpuImage: '',
    runtimeKind: 'docker',
    openRuntime: () => runtime,
    care: careConfig(),
    secretsFolder: undefined,
    unguarded: 'what runs here is in memory',
    random: () => 0,
  };
}
