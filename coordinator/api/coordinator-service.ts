import { create } from '@bufbuild/protobuf';
import {
  CoordinatorRole,
  CoordinatorService,
  GetCoordinatorResponseSchema,
} from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { RpcServer } from '../../common/rpc/index.js';

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
  /** Has it hand over; undefined where there is nobody to. */
  readonly stepDown: (() => void) | undefined;
}

const ROLES = { leader: CoordinatorRole.LEADER, follower: CoordinatorRole.FOLLOWER } as const;

/** Adds the service that tells who leads; before `listen`. `standing` is asked at each call. */
export function addCoordinatorService(server: RpcServer, standing: () => CoordinatorStanding): void {
  server.add(CoordinatorService, {
    getCoordinator: async () => {
      const { role, address, leader, version, sinceMs, epoch, cluster = '' } = standing();
      const told = { role: ROLES[role], address, leaderAddress: leader() ?? '', version, cluster };
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

function noCluster(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'no_cluster',
    message: 'this coordinator keeps its store for itself: there is none to hand over to',
    remedy: 'Run several coordinators over one store first: see docs/cluster.md.',
  });
}
