import { sha256, u64 } from './digest.js';
import { readCount } from './label.js';
import type { DiskParameters } from './parameters.js';
import { sampleIndex, sampleIndices } from './sample.js';
import type { SampleInput } from './sample.js';

type Drawn = Pick<SampleInput, 'reveal' | 'roots'>;

/** Which nodes of a layer are audited. */
export function auditedNodes(drawn: Drawn, { nodes, samples }: DiskParameters, layer: number): number[] {
  return sampleIndices({ ...drawn, name: `audit ${String(layer)}` }, samples, nodes);
}

/** Which 64 KiB are read next: what was read before decides it, so that no read begins before the one before it has ended. */
export function nextRead(drawn: Drawn, { nodes }: DiskParameters, read: number, before: Uint8Array): number {
  return sampleIndex({ ...drawn, name: 'read' }, [u64(read), sha256(before)], readCount(nodes));
}
