import { create } from '@bufbuild/protobuf';
import { HostScoreSchema } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import type { HostScore } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import { LEASE_CAPABILITY } from '../../common/model/host.js';
import type { HostRecord } from '../../common/model/host.js';
import type { ChallengeType } from '../../common/model/verdict.js';
import { UNVERIFIED } from '../../common/model/verification.js';
import { numberToWire } from '../../common/wire/numbers.js';
import type { FleetReader } from '../fleet/port.js';
import { scoreOf } from '../verify/scores/index.js';
import { invalidRequest } from './refuse.js';

/** What a host has to pass to count as verified; not every host has a GPU. */
const FULL: readonly ChallengeType[] = ['cpu', 'memory', 'disk', 'network'];

/** The hosts whose scores are asked for. Throws `HeadframeError` (invalid_argument) for a kind that has none. */
export function scoredHosts(fleet: FleetReader, kind: string): readonly HostRecord[] {
  const hosts = [...fleet.hosts()];
  if (kind === '') return hosts;
  if (kind !== 'lease')
    throw invalidRequest({ path: 'kind', value: kind, expected: 'lease, or nothing for all hosts' });
  return hosts.filter(({ capabilities }) => capabilities?.includes(LEASE_CAPABILITY) === true);
}

/** The score of a host with its terms. */
export function scoreOfHost(fleet: FleetReader, host: HostRecord, nowMs: number): HostScore {
  const { id: hostId, name, verification = UNVERIFIED } = host;
  const histories = fleet.verdictsOf(hostId);
  const { score, verifiedUnits, reliability, freshness, fullPassAtMs, gap } = scoreOf({
    ...{ verification, histories, types: FULL, nowMs },
    probes: [],
    leases: [],
  });
  return create(HostScoreSchema, {
    ...{ hostId, name, score, verifiedUnits, reliability, freshness, gap },
    fullPassAtMs: numberToWire(fullPassAtMs, 'fullPassAtMs'),
  });
}
