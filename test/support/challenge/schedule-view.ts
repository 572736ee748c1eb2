import type { HostRecord } from '../../../common/model/host.js';
import type { VerdictRecord } from '../../../common/model/verdict.js';
import type { ScheduleView } from '../../../coordinator/verify/schedule/plan.js';
import { sampleHost } from '../fleet-samples.js';

export const HOUR_MS = 3_600_000;

/** A quarter in every draw: a gap between challenges is 0.29 means then. */
const QUARTER = 0.25;

/** A host that can be challenged. */
export function ableHost(id: string, patch: Partial<HostRecord> = {}): HostRecord {
  return sampleHost(id, { capabilities: ['challenge'], ...patch });
}

/** An able host with these parts, each `kind hash`. */
export function hostOfParts(id: string, ...parts: readonly string[]): HostRecord {
  const { description } = sampleHost();
  const fingerprint = parts.map((part) => ({ kind: 'disk' as const, hash: part }));
  return ableHost(id, { description: { ...description, fingerprint } });
}

/** A view with defaults: an hour after hosts have joined, nothing under way, and room everywhere. */
export function scheduleView(
  hosts: readonly HostRecord[],
  verdicts: readonly VerdictRecord[] = [],
  over: Partial<ScheduleView> = {},
): ScheduleView {
  return {
    hosts,
    historiesOf: (hostId) =>
      (['cpu', 'memory', 'disk', 'network'] as const).map((type) => {
        const own = verdicts.filter((one) => one.hostId === hostId && one.type === type);
        return { hostId, type, verdicts: own };
      }),
    addressesOf: () => [],
    hasRoom: () => true,
    running: [],
    nowMs: HOUR_MS,
    settings: { types: ['cpu'], intervalMs: 12 * HOUR_MS, firstMs: 600_000, confirmMs: 600_000, mostAtOnce: 4 },
    chance: () => QUARTER,
    ...over,
  };
}
