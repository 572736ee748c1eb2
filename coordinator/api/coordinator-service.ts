import { create } from '@bufbuild/protobuf';
import {
  CoordinatorMemberSchema,
  CoordinatorMemberState,
  CoordinatorRole,
  CoordinatorService,
  GetCoordinatorResponseSchema,
} from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { CoordinatorMember } from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { RpcServer } from '../../common/rpc/index.js';
import type { Member } from '../members/index.js';

/** How a coordinator stands among others. */
export interface CoordinatorStanding {
  readonly role: 'leader' | 'follower';
  /** `host:port` at which it is reached. */
  readonly address: string;
  /** Where the one that leads is; undefined while none is known to. */
  readonly leader: () => string | undefined;
  readonly version: string;
  /** Since when it has the role, in unix milliseconds. */
  readonly sinceMs: number;
  /** 0 where it does not lead. */
  readonly epoch: number;
  /** Name of those that share a store; undefined for one that has its own. */
  readonly cluster: string | undefined;
  /** Those that share it, as far as is known. */
  readonly members: () => readonly Member[];
  /** Has it hand over; undefined where there is nobody to. */
  readonly stepDown: (() => void) | undefined;
}

const ROLES = { leader: CoordinatorRole.LEADER, follower: CoordinatorRole.FOLLOWER } as const;
const STATES = {
  expected: CoordinatorMemberState.EXPECTED,
  member: CoordinatorMemberState.MEMBER,
  removed: CoordinatorMemberState.REMOVED,
} as const;

/** Adds the service that tells who leads; before `listen`. `standing` is asked at each call. */
export function addCoordinatorService(server: RpcServer, standing: () => CoordinatorStanding): void {
  server.add(CoordinatorService, {
    getCoordinator: async () => {
      const { role, address, leader, version, sinceMs, epoch, cluster = '', members } = standing();
      const others = members().map((member) => memberToWire(member));
      const told = { role: ROLES[role], address, leaderAddress: leader() ?? '', version, cluster, members: others };
      return create(GetCoordinatorResponseSchema, { ...told, sinceMs: BigInt(sinceMs), epoch: BigInt(epoch) });
    },
    stepDown: async () => {
      const { stepDown } = standing();
      if (stepDown === undefined) throw noCluster();
      stepDown();
      return {};
    },
  });
}

function memberToWire({ address, state, version, startedMs, seenMs, changedMs }: Member): CoordinatorMember {
  const times = { startedMs: BigInt(startedMs), seenMs: BigInt(seenMs), changedMs: BigInt(changedMs) };
  return create(CoordinatorMemberSchema, { address, state: STATES[state], version, ...times });
}

function noCluster(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'no_cluster',
    message: 'this coordinator keeps its store for itself: there is none to hand over to',
    remedy: 'Run several coordinators over one store first: see docs/cluster.md.',
  });
}
