import type { DiskParameters } from '../../common/challenge/parameters.js';
import type { FleetReader, Transaction } from '../fleet/port.js';
import type { KnownLabel } from './check/disk.js';

/** A label that a host keeps: its shape, and what it was committed to when it was audited. */
export interface KeptLabel extends KnownLabel, Pick<DiskParameters, 'label' | 'nodes' | 'layers'> {}

interface Stored extends Pick<DiskParameters, 'label' | 'nodes' | 'layers'> {
  /** Hexadecimal. */
  readonly seed: string;
  readonly root: string;
}

/** The label that a host is known to keep; undefined where it is to make one. */
export function keptLabel(fleet: Pick<FleetReader, 'setting'>, hostId: string): KeptLabel | undefined {
  const stored = fleet.setting(keyOf(hostId));
  if (stored === undefined || !('label' in stored)) return undefined;
  const { label, nodes, layers, seed, root } = stored as Stored; // written by `keepLabel` alone
  return { label, nodes, layers, seed: Buffer.from(seed, 'hex'), root: Buffer.from(root, 'hex') };
}

/** Keeps what a host committed to; undefined has it make another. */
export function keepLabel(tx: Pick<Transaction, 'putSetting'>, hostId: string, kept: KeptLabel | undefined): void {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  tx.putSetting(keyOf(hostId), kept === undefined ? {} : { ...kept, seed: hex(kept.seed), root: hex(kept.root) });
}

function keyOf(hostId: string): string {
  return `challenge-label/${hostId}`;
}
