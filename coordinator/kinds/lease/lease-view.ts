import type { HostRecord } from '../../../common/model/host.js';
import type { InstanceRecord } from '../../../common/model/instance.js';
import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import type { ProbeVerdict } from './prober.js';

/** Rules of time, in milliseconds. */
export interface LeaseRules {
  /** From its place on a host until a lease has to be ready. */
  readonly provisionMs: number;
  /** Longest time between two probes that still counts as used. */
  readonly probeGapMs: number;
  /** How long the record of a lease is kept that has ended. */
  readonly keepMs: number;
}

/** All that is known of one lease at one moment. */
export interface LeaseView {
  readonly lease: LeaseRecord;
  /** Undefined once its record is gone. */
  readonly instance: InstanceRecord | undefined;
  /** What was asked for; undefined once nothing is left of it. */
  readonly asked: Pick<MinerSpec, 'resources' | 'constraints'> | undefined;
  /** Undefined where there is none yet, or none any more. */
  readonly host: Pick<HostRecord, 'state' | 'name'> | undefined;
  /** A probe that was not taken in yet. */
  readonly verdict: ProbeVerdict | undefined;
  /** Whether its ports were found closed since it ended; undefined while nobody looked. */
  readonly isClosed: boolean | undefined;
  /** So many hosts are silent at once that nothing is given up. */
  readonly braked: boolean;
  /** Of the leases' clock. */
  readonly nowMs: number;
  readonly rules: LeaseRules;
}

/** What is to be done beside keeping the record. */
export type LeaseEffect =
  /** Nothing. */
  | 'none'
  /** Have the instance stop; one that has no place yet goes at once. */
  | 'stop'
  /** Take the instance for lost: its host is no longer there. */
  | 'lose'
  /** Look whether the ports are closed. */
  | 'look'
  /** Remove the instance, its miner and its secret: nothing of them is left. */
  | 'free'
  /** Remove the record. */
  | 'forget';

/** How a lease goes on. */
export interface LeasePlan {
  /** The same object where nothing changes. */
  readonly lease: LeaseRecord;
  readonly effect: LeaseEffect;
}
