import { create } from '@bufbuild/protobuf';
import { HostScoreSchema } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import type { HostScore } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import { LEASE_CAPABILITY } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';
import type { ChallengeType } from '../../common/model/verdict.js';
import { UNVERIFIED } from '../../common/model/verification.js';
import { numberToWire } from '../../common/wire/numbers.js';
import type { FleetReader } from '../fleet/port.js';
import { NO_LEASES, leaseOutcomes, scoreOf } from '../verify/scores/index.js';
import type { LeaseOutcomes } from '../verify/scores/index.js';
import { invalidRequest } from './refuse.js';

/** What a host has to pass to count as verified; not every host has a GPU. */
const FULL: readonly ChallengeType[] = ['cpu', 'memory', 'disk', 'network'];

/** The hosts whose scores are asked for. Throws `HeadframeError` (invalid_argument) for a kind that has none. */
export function scoredHosts(fleet: FleetReader, kind: string): readonly HostRecord[] {
  const hosts = [...fleet.hosts()];
  if (kind === '') return hosts;
  if (kind !== 'lease')
    throw invalidRequest({
      path: 'kind',
      value: kind,
      expected: 'lease, or nothing for all hosts; models have ListModelScores',
    });
  return hosts.filter(({ capabilities }) => capabilities?.includes(LEASE_CAPABILITY) === true);
}

/** The scores of hosts with their terms. */
export function scoresOf(fleet: FleetReader, hosts: readonly HostRecord[], nowMs: number): readonly HostScore[] {
  const leases = leaseOutcomes(fleet.leases());
  return hosts.map((host) => scoreOfHost(fleet, host, { ...(leases.get(host.id) ?? NO_LEASES), nowMs }));
}

function scoreOfHost(
  fleet: FleetReader,
  host: HostRecord,
  facts: LeaseOutcomes & { readonly nowMs: number },
): HostScore {
  const { id: hostId, name, verification = UNVERIFIED } = host;
  const histories = fleet.verdictsOf(hostId);
  const { fullPassAtMs, ...terms } = scoreOf({ verification, histories, types: FULL, ...facts });
  return create(HostScoreSchema, {
    ...{ hostId, name, ...terms },
    fullPassAtMs: numberToWire(fullPassAtMs, 'fullPassAtMs'),
  });
}
