import { create } from '@bufbuild/protobuf';
import { GpuSchema, HostFactsSchema } from '../gen/headframe/v1/host_pb.js';
import type { Gpu as WireGpu, HostFacts } from '../gen/headframe/v1/host_pb.js';
import { FINGERPRINT_KINDS } from '../model/fingerprint.js';
import type { Gpu, HostDescription } from '../model/host.js';
import { clampedNumber, numberToWire } from './numbers.js';
import { LONGEST_WORD, boundedText } from './texts.js';

const MOST_ADDRESSES = 64;
const MOST_GPUS = 64;
const MOST_PARTS = 160;

/** Puts what a host is on the wire. */
export function descriptionToWire(description: HostDescription): HostFacts {
  return create(HostFactsSchema, {
    ...description,
    addresses: [...description.addresses],
    gpus: description.gpus.map(gpuToWire),
    fingerprint: (description.fingerprint ?? []).map((part) => ({ ...part })),
  });
}

/** Reads what a host is. For people only, so nothing is refused: texts are cut, lists too. */
export function descriptionFromWire(facts: HostFacts = create(HostFactsSchema)): HostDescription {
  const word = (text: string): string => boundedText(text, LONGEST_WORD);
  return {
    hostname: word(facts.hostname),
    os: word(facts.os),
    kernel: word(facts.kernel),
    arch: word(facts.arch),
    cpuModel: word(facts.cpuModel),
    cpuCount: facts.cpuCount,
    addresses: facts.addresses.slice(0, MOST_ADDRESSES).map(word),
    gpus: facts.gpus.slice(0, MOST_GPUS).map(gpuFromWire),
    bootId: word(facts.bootId),
    engineVersion: word(facts.engineVersion),
    cgroupVersion: word(facts.cgroupVersion),
    ...fingerprintFromWire(facts.fingerprint),
  };
}

/** Parts of a kind that this version does not know, or with no hash, say nothing. */
function fingerprintFromWire(parts: HostFacts['fingerprint']): Pick<HostDescription, 'fingerprint'> {
  const read = parts.slice(0, MOST_PARTS).flatMap(({ kind, hash }) => {
    const known = FINGERPRINT_KINDS.find((one) => one === kind);
    return known !== undefined && /^[0-9a-f]{32}$/.test(hash) ? [{ kind: known, hash }] : [];
  });
  return read.length === 0 ? {} : { fingerprint: read };
}

function gpuToWire({ id, vendor, model, memoryBytes }: Gpu): WireGpu {
  return create(GpuSchema, { id, vendor, model, memoryBytes: numberToWire(memoryBytes, 'gpus.memory') });
}

function gpuFromWire({ id, vendor, model, memoryBytes }: WireGpu): Gpu {
  return {
    id: boundedText(id, LONGEST_WORD),
    vendor: boundedText(vendor, LONGEST_WORD),
    model: boundedText(model, LONGEST_WORD),
    memoryBytes: clampedNumber(memoryBytes),
  };
}
