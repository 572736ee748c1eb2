import { formatAge, formatBytes, formatCpu } from '../../common/model/units.js';
import type { AgentStatus } from '../agent-parts.js';
import type { Finding } from '../host/index.js';

const MARKS = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' } as const;

/** Findings as lines for people, each remedy below its finding. */
export function printFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap((finding) => {
    const line = `${MARKS[finding.status]}  ${finding.check.padEnd(16)} ${finding.detail}`;
    return finding.status === 'ok' ? [line] : [line, `${' '.repeat(26)}remedy: ${finding.remedy}`];
  });
  return [...lines, ''].join('\n');
}

/** An agent's status as lines for people. */
export function printStatus(status: AgentStatus, nowMs: number): string {
  const session = status.connected ? `connected to ${status.coordinator}` : `not connected to ${status.coordinator}`;
  const usage = status.usage?.host;
  const lines = [
    `host       ${status.hostId}`,
    `agent      version ${status.version}, process ${String(status.pid)}`,
    `session    ${session}, epoch ${String(status.epoch)}`,
    ...(usage ? [`usage      ${formatCpu(usage.cpuMillis)} CPUs, ${formatBytes(usage.memoryBytes)} memory`] : []),
    `instances  ${String(status.instances.length)}`,
    ...status.instances.map(
      ({ serial, state, reason, atMs, restarts }) =>
        `  ${String(serial).padEnd(10)} ${state.padEnd(10)} ${reason}, ${formatAge(nowMs - atMs)} ago, ${String(restarts)} restarts`,
    ),
  ];
  return [...lines, ''].join('\n');
}
