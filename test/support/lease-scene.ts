import type { InstanceRecord } from '../../common/model/instance.js';
import { EMPTY_LEDGER } from '../../common/model/lease-record.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';
import type { LeaseView } from '../../coordinator/kinds/lease/lease-view.js';

/** Times of the scenes, in milliseconds. */
export const LEASE_TIMES = { now: 1_000_000_000, minute: 60_000, hour: 3_600_000 } as const;

const { now, minute, hour } = LEASE_TIMES;

/** A lease that was just asked for. */
export function leaseRecord(patch: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    ...{ id: 'lease-1', owner: 'ada', namespace: 'default', state: 'requested', reason: 'lease_requested', text: '' },
    ...{ atMs: now, serial: 7, hostId: '', termMs: 2 * hour, startsAtMs: 0, endsAtMs: 0, graceMs: 0, placedAtMs: 0 },
    waitLimitMs: 10 * minute,
    ...{ releasedAtMs: 0, hostPorts: [], hostKey: 'ssh-ed25519 AAAA', fingerprint: 'SHA256:x', ledger: EMPTY_LEDGER },
    ...{ createdAtMs: now, revision: 1 },
    ...patch,
  };
}

/** One that has been ready for an hour of its two, and was probed a minute ago. */
export function readyLease(patch: Partial<LeaseRecord> = {}): LeaseRecord {
  const [startsAtMs, untilMs] = [now - hour, now - minute];
  return leaseRecord({
    ...{ state: 'ready', reason: 'lease_ready', hostId: 'host-1', placedAtMs: startsAtMs, hostPorts: [30_000] },
    ...{ startsAtMs, endsAtMs: now + hour, ledger: { ...EMPTY_LEDGER, open: { fromMs: startsAtMs, untilMs } } },
    probe: { passed: true, reason: 'lease_ready', text: '', failures: 0, atMs: untilMs },
    ...patch,
  });
}

/** Its instance. */
export function leaseInstance(patch: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    ...{ serial: 7, miner: 'lease-1', workloadId: 1, hostId: 'host-1', state: 'running', health: 'none' },
    ...{ reason: 'started', text: 'the container runs', restarts: 0, exitCode: undefined, hostPorts: [30_000] },
    ...{ gpuIds: [], containerId: 'c', createdAtMs: now, changedAtMs: now, startedAtMs: now },
    ...patch,
  };
}

/** A ready lease on a host that is there. */
export function leaseView(patch: Partial<LeaseView> = {}): LeaseView {
  return {
    ...{ lease: readyLease(), instance: leaseInstance(), host: { state: 'ready', name: 'alpha' } },
    asked: undefined,
    ...{ verdict: undefined, isClosed: undefined, braked: false, nowMs: now },
    rules: { provisionMs: 15 * minute, probeGapMs: 3 * minute, keepMs: 90 * 24 * hour },
    ...patch,
  };
}
