import type { InstanceReport } from '../../common/wire/agent.js';
import type { ReportVerdict, Transaction } from '../fleet/port.js';

export { REPORT_VERDICTS } from '../fleet/port.js';
export type { ReportVerdict } from '../fleet/port.js';

/** Takes a batch of reports of one host into the fleet; counts how many of each verdict there were. */
export function applyReports(
  tx: Transaction,
  hostId: string,
  reports: readonly InstanceReport[],
): ReadonlyMap<ReportVerdict, number> {
  return tx.reportInstances(hostId, reports);
}
