import { create } from '@bufbuild/protobuf';
import {
  AddCoordinatorResponseSchema,
  CoordinatorMemberSchema,
  CoordinatorMemberState,
  CoordinatorRole,
  CoordinatorService,
  CoordinatorSettingSchema,
  GetCoordinatorResponseSchema,
  RemoveCoordinatorResponseSchema,
} from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { CoordinatorMember } from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import { isAddress } from '../../common/model/address.js';
import { HeadframeError } from '../../common/model/error.js';
import type { RpcServer } from '../../common/rpc/index.js';
import type { Member, SettingForOther } from '../members/index.js';

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
  /** Why it does not stand for leadership; undefined where it does. */
  readonly hindrance?: HeadframeError | undefined;
  /** What a follower knows of the fleet; undefined where it leads, or follows none. */
  readonly following?: Following | undefined;
  /** What one that leads others does for them; undefined for any other. */
  readonly leading?: LeadingOthers | undefined;
}

/** What a follower knows of the fleet. */
export interface Following {
  /** How old that is at the most, in milliseconds; Infinity where it knows nothing. */
  readonly ageMs: number;
  /** Up to where it knows it, and how many revisions the one that leads has told of beyond that. */
  readonly known: { readonly revision: number; readonly behind: number };
}

/** What a coordinator does that leads others. */
export interface LeadingOthers {
  /** Has it hand over. */
  readonly stepDown: () => void;
  /** Announces a further coordinator, and answers what it has to be started with. */
  readonly add: (
    address: string,
  ) => Promise<{ readonly member: Member; readonly settings: readonly SettingForOther[] }>;
  /** Takes one out. */
  readonly remove: (address: string) => Promise<Member>;
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
      const {
        role,
        address,
        leader,
        version,
        sinceMs,
        epoch,
        cluster = '',
        members,
        hindrance,
        following,
      } = standing();
      const others = members().map((member) => memberToWire(member));
      const hindered = { hindranceReason: hindrance?.reason ?? '', hindranceText: hindrance?.message ?? '' };
      const known = { leaderAddress: leader() ?? '', members: others, ...hindered };
      const told = { role: ROLES[role], address, version, cluster, ...known, ...followingToWire(following) };
      return create(GetCoordinatorResponseSchema, { ...told, sinceMs: BigInt(sinceMs), epoch: BigInt(epoch) });
    },
    stepDown: async () => {
      leadingOf(standing()).stepDown();
      return {};
    },
    addCoordinator: async ({ address }) => {
      const { add } = leadingOf(standing());
      const { member, settings } = await add(requireAddress(address));
      return create(AddCoordinatorResponseSchema, {
        member: memberToWire(member),
        settings: settings.map((setting) => create(CoordinatorSettingSchema, setting)),
      });
    },
    removeCoordinator: async ({ address }) => {
      const { remove } = leadingOf(standing());
      return create(RemoveCoordinatorResponseSchema, { member: memberToWire(await remove(requireAddress(address))) });
    },
  });
}

function followingToWire(following: Following | undefined) {
  if (following === undefined) return {};
  const { ageMs, known } = following;
  const told = { knownRevision: BigInt(known.revision), revisionsBehind: BigInt(known.behind) };
  return Number.isFinite(ageMs) ? { ...told, ageMs: BigInt(Math.ceil(ageMs)) } : told;
}

function leadingOf({ leading }: CoordinatorStanding): LeadingOthers {
  if (leading === undefined) throw noCluster();
  return leading;
}

function requireAddress(address: string): string {
  if (isAddress(address, 1)) return address;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'invalid_address',
    message: `address is ${JSON.stringify(address.slice(0, 100))}, which is none`,
    remedy: 'Give host:port as agents and clients reach it, such as c4.example:7700.',
    metadata: { field: 'address' },
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
    message: 'this coordinator keeps its store for itself: there are no others',
    remedy: 'Run several coordinators over one store first: see docs/cluster.md.',
  });
}
