import type { EngineInfo } from '../../agent/host/index.js';

/** An engine with which all is well, but for what the test says. */
export function engineInfo(overrides: Partial<EngineInfo>): EngineInfo {
  return {
    version: '27.0.3',
    runcVersion: '1.3.4',
    apiVersion: '1.46',
    rootPath: '/var/lib/docker',
    liveRestore: true,
    limits: { memory: true, swap: true, cpuQuota: true, pids: true },
    storageDriver: 'overlay2',
    backingFilesystem: 'xfs',
    ipForwarding: true,
    runtimes: ['runc'],
    security: ['name=apparmor', 'name=seccomp,profile=default', 'name=userns'],
    icc: false,
    openAddresses: [],
    logDriver: 'local',
    logDrivers: ['json-file', 'local'],
    ...overrides,
  };
}
