import type { InstanceRecord, InstanceState } from '../../common/model/instance.js';
import { mayFollow } from '../../common/model/instance.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { InstancePatch, Transaction } from '../fleet/port.js';

/** What became of a report: all but `taken` changed nothing. */
export const REPORT_VERDICTS = ['taken', 'unchanged', 'unknown', 'foreign', 'outdated'] as const;

/** What became of a report. */
export type ReportVerdict = (typeof REPORT_VERDICTS)[number];

/** Only these are an agent's to say; the others are the coordinator's decisions. */
const REPORTABLE = new Set<InstanceState>(['preparing', 'starting', 'running', 'stopping', 'stopped', 'failed']);

/** What a report means for the record of its instance: a patch, or the reason why none. */
function judgeReport(
  record: InstanceRecord | undefined,
  hostId: string,
  report: InstanceReport,
): { verdict: ReportVerdict; patch?: InstancePatch } {
  if (record === undefined) return { verdict: 'unknown' };
  if (record.hostId !== hostId) return { verdict: 'foreign' };
  if (!REPORTABLE.has(report.state) || !mayFollow(record, report)) return { verdict: 'outdated' };
  const patch: InstancePatch = {
    state: report.state,
    health: report.health,
    reason: report.reason,
    text: report.text,
    restarts: report.restarts,
    exitCode: report.exitCode,
    containerId: report.containerId,
    startedAtMs: report.startedAtMs,
  };
  return isSame(record, patch) ? { verdict: 'unchanged' } : { verdict: 'taken', patch };
}

/** Takes a batch of reports of one host into the fleet; counts how many of each verdict there were. */
export function applyReports(
  tx: Transaction,
  hostId: string,
  reports: readonly InstanceReport[],
): ReadonlyMap<ReportVerdict, number> {
  const counts = new Map<ReportVerdict, number>();
  for (const report of reports) {
    const { verdict, patch } = judgeReport(tx.instance(report.serial), hostId, report);
    if (patch) tx.updateInstance(report.serial, patch);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return counts;
}

function isSame(record: InstanceRecord, patch: InstancePatch): boolean {
  const keys = Object.keys(patch) as (keyof InstancePatch)[]; // written out above: exactly these keys
  return keys.every((key) => record[key] === patch[key]);
}
