import type { InstanceReport } from '../../common/wire/agent.js';

/** What an agent says of a running instance; tests say only what they are about. */
export function sampleReport(serial: number, patch: Partial<InstanceReport> = {}): InstanceReport {
  return {
    serial,
    state: 'running',
    health: 'none',
    reason: 'started',
    text: '',
    restarts: 0,
    exitCode: undefined,
    containerId: 'c0ffee',
    startedAtMs: 1000,
    atMs: 1000,
    progress: undefined,
    ...patch,
  };
}
