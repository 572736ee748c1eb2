import { isDeepStrictEqual } from 'node:util';
import type { ReportedPlotFolder } from '../../common/model/plot-folder.js';
import type { Transaction } from '../fleet/port.js';

/** Takes into the fleet what an agent says of its host's folders of plots, all of it; a record is written only where that differs. */
export function applyPlotFolders(tx: Transaction, hostId: string, folders: readonly ReportedPlotFolder[]): void {
  const host = tx.host(hostId);
  if (host === undefined || isDeepStrictEqual(host.plotFolders ?? [], folders)) return;
  const { plotFolders: _before, ...rest } = host;
  tx.putHost({ ...rest, ...(folders.length > 0 && { plotFolders: folders }), changedAtMs: tx.atMs });
}
