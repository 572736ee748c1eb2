import { create } from '@bufbuild/protobuf';
import { VerifyChainResponseSchema } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import type { VerifyChainRequest, VerifyChainResponse } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import type { KnownHead, Verification } from './verify.js';

/** How far a look through the log is, as clients read it. */
export function verificationToWire({ files, entries, head, fault, done }: Verification): VerifyChainResponse {
  return create(VerifyChainResponseSchema, {
    files: BigInt(files),
    entries: BigInt(entries),
    done,
    ...(fault === undefined ? {} : { fault: { ...fault, sequence: BigInt(fault.sequence) } }),
    headSequence: BigInt(head?.sequence ?? 0),
    headHash: head?.hash ?? '',
  });
}

/** A head that a client noted earlier, as it sends it. */
export type Known = Pick<VerifyChainRequest, 'knownSequence' | 'knownHash'>;

/** The head that is to be checked as well; undefined for none. */
export function knownFromWire({ knownSequence, knownHash }: Known): KnownHead {
  return knownSequence === 0n ? undefined : { sequence: Number(knownSequence), hash: knownHash };
}
