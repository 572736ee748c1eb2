import { instanceId } from '../../../common/model/instance.js';
import type { Assignment } from '../../../common/model/workload.js';

/** Labels by which an agent knows its containers again. */
export const LABELS = {
  host: 'headframe.host',
  instance: 'headframe.instance',
  serial: 'headframe.serial',
  miner: 'headframe.miner',
  workload: 'headframe.workload',
  revision: 'headframe.revision',
} as const;

/** Labels by which people, and the agent, know what belongs to a lease. */
export const LEASE_LABELS = { lease: 'headframe.lease', owner: 'headframe.lease.owner' } as const;

/** The miner's own labels stand below this prefix, so that none can pass for one of ours. */
const MINER_LABEL_PREFIX = 'headframe.label.';

/** Labels as the engine keeps them. */
export type ContainerLabels = Readonly<Record<string, string>>;

/** All labels of an assignment's container on the host. */
export function labelsOf(assignment: Assignment, hostId: string): Record<string, string> {
  const { serial, workload } = assignment;
  const own = Object.entries(workload.labels).map(([key, value]) => [MINER_LABEL_PREFIX + key, value] as const);
  return {
    ...Object.fromEntries(own),
    [LABELS.host]: hostId,
    [LABELS.instance]: instanceId(workload.miner, serial),
    [LABELS.serial]: String(serial),
    [LABELS.miner]: workload.miner,
    [LABELS.workload]: String(workload.id),
    [LABELS.revision]: String(workload.specRevision),
  };
}

/** The instance's serial; undefined when the label is missing or no serial. */
export function serialOf(labels: ContainerLabels): number | undefined {
  const text = labels[LABELS.serial] ?? '';
  if (!/^[1-9][0-9]{0,15}$/.test(text)) return undefined;
  const serial = Number(text);
  return Number.isSafeInteger(serial) ? serial : undefined;
}

/** The engine's filter for the containers of one host, or for one instance of it. */
export function labelFilter(hostId: string, serial?: number): string[] {
  const host = `${LABELS.host}=${hostId}`;
  return serial === undefined ? [host] : [host, `${LABELS.serial}=${String(serial)}`];
}
