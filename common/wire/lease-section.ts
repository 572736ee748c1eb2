import { create } from '@bufbuild/protobuf';
import { LeaseEgress, LeaseSectionSchema } from '../gen/headframe/v1/miner_pb.js';
import type { LeaseSection } from '../gen/headframe/v1/miner_pb.js';
import { HeadframeError } from '../model/error.js';
import { LEASE_RUNTIMES, leaseSpecViolations } from '../model/lease-spec.js';
import type { LeaseSpec } from '../model/lease-spec.js';
import type { ContainerSpec } from '../model/miner.js';
import { containerToWire } from './container-section.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** What a lease's network may reach. */
const LEASE_EGRESS_WIRE: EnumTable<LeaseSpec['egress'], LeaseEgress> = enumTable({
  internet: LeaseEgress.INTERNET,
  none: LeaseEgress.NONE,
});

/** Puts a lease on the wire for the agent that holds it. */
export function leaseToWire(spec: LeaseSpec): LeaseSection {
  const { lease, owner, authorizedKeys, userCa, probeKey, passwordHash, runtime, egress } = spec;
  return create(LeaseSectionSchema, {
    ...{ lease, owner, authorizedKeys: [...authorizedKeys], userCa, probeKey, passwordHash, runtime },
    egress: LEASE_EGRESS_WIRE.toWire(egress),
    bandwidthBytes: numberToWire(spec.bandwidthBytes, 'lease.bandwidthBytes'),
    ioBytes: numberToWire(spec.ioBytes, 'lease.ioBytes'),
  });
}

/** Puts a lease on the wire for clients, with its container and without what only its host is to know. */
export function leaseSectionToWire(spec: LeaseSpec, container: ContainerSpec): LeaseSection {
  return { ...leaseToWire({ ...spec, passwordHash: '' }), container: containerToWire(container) };
}

/** Reads a lease. Throws HeadframeError (invalid_argument) on what is out of bounds or what this version does not know. */
export function leaseFromWire(message: LeaseSection): LeaseSpec {
  const { lease, owner, authorizedKeys, userCa, probeKey, passwordHash } = message;
  const spec: LeaseSpec = {
    ...{ lease, owner, authorizedKeys, userCa, probeKey, passwordHash },
    runtime: runtimeOf(message.runtime),
    egress: LEASE_EGRESS_WIRE.fromWire(message.egress, 'lease.egress'),
    bandwidthBytes: numberFromWire(message.bandwidthBytes, 'lease.bandwidthBytes'),
    ioBytes: numberFromWire(message.ioBytes, 'lease.ioBytes'),
  };
  const violations = leaseSpecViolations(spec);
  if (violations.length > 0)
    throw new HeadframeError({
      code: 'invalid_argument',
      reason: 'lease_invalid',
      message: `the lease ${JSON.stringify(lease.slice(0, 80))} is not valid`,
      remedy: 'Run the same version on both sides.',
      violations,
    });
  return spec;
}

function runtimeOf(value: string): LeaseSpec['runtime'] {
  const known = LEASE_RUNTIMES.find((runtime) => runtime === value);
  if (known !== undefined) return known;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'unknown_value',
    message: 'lease.runtime has a value that is not known',
    remedy: 'Run the same version on both sides.',
    violations: [{ path: 'lease.runtime', value: value.slice(0, 80), expected: `one of ${LEASE_RUNTIMES.join(', ')}` }],
  });
}
