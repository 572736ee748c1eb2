import type { ChallengeType } from '../../common/gen/headframe/v1/verdict_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';
import { CHALLENGE_TYPE } from '../../common/wire/client.js';
import type { FleetReader } from '../fleet/port.js';
import { notRunning } from '../router/index.js';
import type { LeaseChallengeType, LeaseToChallenge } from '../verify/lease-challenges.js';
import { invalidRequest } from './refuse.js';

/** What of a lease is to be proven. Throws `HeadframeError` (invalid_argument, 'invalid_request'). */
export function leaseChallengeType(wire: ChallengeType): LeaseChallengeType {
  const type = CHALLENGE_TYPE.fromWire(wire, 'type');
  if (type === 'cpu' || type === 'memory') return type;
  throw invalidRequest({ path: 'type', value: type, expected: 'cpu or memory' });
}

/**
 * The lease as it runs. Throws `HeadframeError` (failed_precondition): 'lease_not_placed' without a host, 'not_running', and
 * 'lease_over' at its end.
 */
export function leaseToChallenge(fleet: FleetReader, lease: LeaseRecord): LeaseToChallenge {
  const { id, serial, hostId } = lease;
  const instance = fleet.instance(serial);
  if (hostId === '' || instance === undefined) throw notPlaced(lease);
  const workload = fleet.workload(instance.workloadId);
  if (instance.state !== 'running' || workload?.lease === undefined) throw notRunning(instance);
  const { containerId } = instance;
  return { id, serial, hostId, containerId, resources: workload.resources, runtime: workload.lease.runtime };
}

function notPlaced({ id, state }: LeaseRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'lease_not_placed',
    message: `the lease ${id} is ${state} and has no host that could prove anything`,
    remedy: `Wait until it is placed: headframe lease show ${id}.`,
  });
}
