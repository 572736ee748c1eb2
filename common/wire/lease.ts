import { create } from '@bufbuild/protobuf';
import { LeaseSchema, LeaseState as WireState } from '../gen/headframe/v1/lease_pb.js';
import type { Lease } from '../gen/headframe/v1/lease_pb.js';
import type { HostRecord } from '../model/host.js';
import { usableMs } from '../model/lease-record.js';
import type { LeaseRecord, LeaseState } from '../model/lease-record.js';
import type { PortSpec } from '../model/miner.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { PROTOCOL } from './enums.js';

/** States of a lease. */
export const LEASE_STATE: EnumTable<LeaseState, WireState> = enumTable({
  requested: WireState.REQUESTED,
  placed: WireState.PLACED,
  provisioning: WireState.PROVISIONING,
  probing: WireState.PROBING,
  ready: WireState.READY,
  suspect: WireState.SUSPECT,
  expiring: WireState.EXPIRING,
  released: WireState.RELEASED,
});

/** A lease as people see it. */
export interface LeaseSight {
  readonly lease: LeaseRecord;
  readonly host: Pick<HostRecord, 'name' | 'description'> | undefined;
  /** Of its container; none once that is gone. */
  readonly ports: readonly PortSpec[];
  /** Of the leases' clock. */
  readonly nowMs: number;
  /** What is to be added to a time of that clock to have it on the wall clock. */
  readonly wallOffsetMs: number;
}

/** Puts a lease on the wire for clients, its times on the wall clock. */
export function leaseRecordToWire({ lease, host, ports, nowMs, wallOffsetMs }: LeaseSight): Lease {
  const { id, owner, namespace, hostId, hostKey, fingerprint, state, reason, text, probe, end } = lease;
  const wall = (atMs: number): bigint => (atMs === 0 ? 0n : BigInt(Math.round(atMs + wallOffsetMs)));
  const goesOn = end === undefined && lease.endsAtMs > 0;
  return create(LeaseSchema, {
    ...{ id, owner, namespace, hostId, hostKey, fingerprint },
    state: LEASE_STATE.toWire(state),
    why: { reason, text, atMs: wall(lease.atMs) },
    hostName: host?.name ?? '',
    hostAddresses: [...(host?.description.addresses ?? [])],
    ports: ports.map(({ name, containerPort, protocol }, at) => ({
      ...{ name, containerPort, protocol: PROTOCOL.toWire(protocol) },
      hostPort: lease.hostPorts[at] ?? 0,
    })),
    termMs: BigInt(lease.termMs),
    graceMs: BigInt(lease.graceMs),
    waitLimitMs: BigInt(lease.waitLimitMs),
    startsAtMs: wall(lease.startsAtMs),
    endsAtMs: wall(lease.endsAtMs),
    remainingMs: goesOn ? BigInt(Math.max(0, Math.round(lease.endsAtMs - nowMs))) : 0n,
    releasedAtMs: wall(lease.releasedAtMs),
    usableMs: BigInt(Math.round(usableMs(lease.ledger))),
    ...(probe === undefined ? {} : { probe: { ...probe, atMs: wall(probe.atMs) } }),
    ...(end === undefined ? {} : { end: { ...end, atMs: wall(end.atMs) } }),
    createdAtMs: wall(lease.createdAtMs),
    revision: BigInt(lease.revision),
    serial: BigInt(lease.serial),
  });
}
