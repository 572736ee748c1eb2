import { create } from '@bufbuild/protobuf';
import { LeaseTermsSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { LeaseTerms } from '../gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../model/error.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** How long a lease on a host lasts still. */
export interface LeaseTerm {
  /** Of the instance. */
  readonly serial: number;
  readonly remainingMs: number;
}

/** No host keeps more. */
const MOST_TERMS = 10_000;

/** Puts the terms of a host's leases on the wire. */
export function leaseTermsToWire(terms: readonly LeaseTerm[]): LeaseTerms {
  return create(LeaseTermsSchema, {
    terms: terms.map(({ serial, remainingMs }) => ({
      serial: numberToWire(serial, 'leaseTerms.serial'),
      remainingMs: numberToWire(Math.max(0, Math.ceil(remainingMs)), 'leaseTerms.remainingMs'),
    })),
  });
}

/** Reads the terms of a host's leases. Throws HeadframeError (invalid_argument) for numbers out of range, or too many. */
export function leaseTermsFromWire({ terms }: LeaseTerms): LeaseTerm[] {
  if (terms.length > MOST_TERMS)
    throw new HeadframeError({
      code: 'invalid_argument',
      reason: 'number_out_of_range',
      message: `${String(terms.length)} terms of leases are too many`,
      violations: [{ path: 'leaseTerms', value: String(terms.length), expected: `at most ${String(MOST_TERMS)}` }],
    });
  return terms.map(({ serial, remainingMs }) => ({
    serial: numberFromWire(serial, 'leaseTerms.serial'),
    remainingMs: numberFromWire(remainingMs, 'leaseTerms.remainingMs'),
  }));
}
