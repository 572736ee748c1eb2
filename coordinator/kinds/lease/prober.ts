import type { HostRecord } from '../../../common/model/host.js';
import type { InstanceRecord } from '../../../common/model/instance.js';
import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { Workload } from '../../../common/model/workload.js';

/** A lease that is to be tried. */
export interface ProbeTarget {
  readonly lease: LeaseRecord;
  readonly instance: InstanceRecord;
  readonly workload: Workload;
  readonly host: HostRecord;
}

/** What was found. */
export interface ProbeVerdict {
  readonly passed: boolean;
  /** Code of `common/model/reason.ts`. */
  readonly reason: string;
  readonly text: string;
}

/** Tries leases from outside, by the way that their tenants come in. */
export interface LeaseProber {
  /** Never rejects but for its signal: what goes wrong is the verdict. */
  probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeVerdict>;
  /** Whether nothing answers any more at the ports that a lease had on its host. */
  isClosed(target: Pick<ProbeTarget, 'lease' | 'host'>, signal: AbortSignal): Promise<boolean>;
}
