import type { CoordinatorConfig } from '../common/config/index.js';
import type { Clock } from '../common/model/clock.js';
import type { HostRecord } from '../common/model/host.js';
import { isPublicAddress } from '../common/model/public-address.js';
import type { TurnShare } from '../common/model/turn-budget.js';
import type { MessageBus } from '../common/observe/bus.js';
import type { Logger } from '../common/observe/logger.js';
import { Autoscaler } from './autoscale/index.js';
import type { Fleet } from './fleet/index.js';
import { containerKind } from './kinds/container/index.js';
import { Leases, SshLeaseProber, leaseKind, readBootId } from './kinds/lease/index.js';
import { modelKind } from './kinds/model/index.js';
import { moduleKind } from './kinds/module/index.js';
import { SpaceHeads, spaceKind } from './kinds/space/index.js';
import type { ModuleRegistry } from './kinds/module/index.js';
import { refusalOf } from './leadership/index.js';
import type { Lead } from './leadership/index.js';
import { requireGranted } from './policy/index.js';
import type { HostPolicy } from './policy/index.js';
import { openMachines } from './providers/index.js';
import type { MachineKeys } from './providers/index.js';
import { RebalanceLoop } from './rebalance/index.js';
import { Reach, Router, knock } from './router/index.js';
import { RolloutLoop } from './rollout/index.js';
import { Scheduler } from './scheduler/index.js';
import type { OpenedMirror } from './scheduler/index.js';
import type { AuditLog } from './security/audit/index.js';
import type { RefusalRecord, Security } from './security/index.js';
import { SecretDelivery, requireSecrets } from './security/secrets/index.js';
import { LiveBoard, LivenessWatch, Sessions, dialThrough } from './sessions/index.js';
import { UpkeepLoop } from './upkeep/index.js';
import { LeaseChallenges } from './verify/lease-challenges.js';
import { openChallenges } from './verify/open-challenges.js';
import { openSchedule } from './verify/schedule/index.js';
import { yieldTurn } from './yield-turn.js';

const ALL_KINDS = [containerKind, moduleKind, modelKind, spaceKind, leaseKind];
/** The kinds of miners that this coordinator knows. */
export const KINDS = new Map(ALL_KINDS.map((kind) => [kind.kind, kind]));
/**
 * Lengths of the host lease for which a host may stay away beyond its own after a start: agents back off meanwhile, and
 * while some still come back, it only takes them all so long.
 */
const RETURN_LEASES = { least: 2, most: 20 } as const;
/** Of the scheduler between two turns of the event loop: where turns are long, less would starve it. */
const SCHEDULER_SHARE: TurnShare = { leastMs: 5, mostMs: 25, share: 1 };

/** What of its process a coordinator's core takes. */
interface CoreParts {
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly newId: () => string;
  readonly version: string;
  readonly logger: Logger;
  readonly lead?: Lead | undefined;
  /** Undefined for a coordinator that is alone. */
  readonly shared?: { readonly machineKeys: MachineKeys } | undefined;
}

/** What everything stands on. */
interface Ground {
  readonly fleet: Fleet;
  readonly bus: MessageBus | undefined;
  readonly security: Security | undefined;
  readonly audit: AuditLog;
  readonly policy: { readonly current: HostPolicy };
  readonly refusals: RefusalRecord;
  readonly contents: ModuleRegistry['contents'];
  /** What the scheduler has counted of the fleet. */
  readonly mirror: OpenedMirror;
}

/** What challenges need of the core. */
interface Asking extends Pick<Ground, 'fleet' | 'security'> {
  readonly sessions: Sessions;
  readonly scheduler: Scheduler;
  readonly isBraked: () => boolean;
}

/** What holds, decides and reaches hosts. */
export function createCore(
  config: CoordinatorConfig,
  parts: CoreParts,
  { fleet, bus, security, audit, policy, refusals, contents, mirror }: Ground,
) {
  const { clock, random, logger } = parts;
  const { heartbeatPeriodMs, leaseMs, usagePeriodMs } = config;
  const board = new LiveBoard();
  const liveness = openLiveness(config, { fleet, clock });
  const isPlacing = (): boolean => scheduler.isPlacing || !rollout.idle;
  const secrets = new SecretDelivery({ fleet, secrets: security?.secrets, audit, clock });
  // First of all that write: it takes for durable what the fleet holds now.
  const sessions = new Sessions(
    {
      ...{ fleet, board, liveness, clock, newId: parts.newId, logger, yieldTurn, isPlacing, secrets, contents },
      leaseTerms: (hostId) => leases.termsOn(hostId),
      onRefused: refusals.session,
      refusal: refusalOf(parts.lead),
      coordinators: () => parts.lead?.register.addresses ?? [],
    },
    { heartbeatPeriodMs, leaseMs, usagePeriodMs, coordinatorVersion: parts.version },
  );
  const scheduler = new Scheduler(fleet, { clock, random, yieldTurn, share: SCHEDULER_SHARE }, mirror);
  const rollout = new RolloutLoop({
    ...{ fleet, clock, logger, kinds: KINDS, yieldTurn },
    judge: (spec) => {
      requireGranted([spec], policy.current);
      requireSecrets(fleet, [spec]);
    },
    moving: (serial) => rebalance.moving(serial),
  });
  const rebalance: RebalanceLoop = new RebalanceLoop({
    ...{ fleet, scheduler, clock, yieldTurn },
    lookAgain: (miner) => rollout.lookAgain(miner),
    alarms: () => liveness.alarms(),
  });
  const orderReboot = (hostId: string, bootId: string): void => {
    sessions.orderReboot(hostId, bootId);
  };
  const upkeep = new UpkeepLoop({ fleet, orderReboot, clock, logger }, config.upkeep);
  const { dial, bootId, ...ways } = openRouting(config, parts, { fleet, sessions, security });
  const autoscaler = new Autoscaler(
    { fleet, board, bus, clock, yieldTurn, asked: ways.router.table },
    { periodMs: config.autoscalePeriodMs, usagePeriodMs },
  );
  // In clear there are no leases.
  const prober = security && new SshLeaseProber({ key: security.ssh.probe, clock, dial });
  const isBraked = (): boolean => liveness.alarms().length > 0;
  const leases: Leases = new Leases({ fleet, clock, logger, prober, isBraked, bootId });
  const asking = openAsking(config, parts, { fleet, security, sessions, scheduler, isBraked });
  const { machines, machineLoop } = openMachines(config, { ...parts, fleet, security });
  const loops = [
    ...[liveness, rollout, scheduler, autoscaler, rebalance, upkeep, leases, machineLoop],
    ...[asking.challenging, ways.heads],
  ];
  const used = { liveness, scheduler, rollout, rebalance, autoscaler, leases, machines };
  return { ...asking, ...ways, ...used, board, sessions, loops, isBraked };
}

function openLiveness(
  { heartbeatPeriodMs, leaseMs, massLoss }: CoordinatorConfig,
  parts: Pick<Asking, 'fleet'> & Pick<CoreParts, 'clock'>,
): LivenessWatch {
  const returnMs = { least: RETURN_LEASES.least * leaseMs, most: RETURN_LEASES.most * leaseMs };
  return new LivenessWatch(parts, { heartbeatPeriodMs, leaseMs, massLoss, returnMs });
}

/** What leads to instances, and has those of models answer and those of space miners scan. */
function openRouting(
  config: Pick<CoordinatorConfig, 'router'>,
  parts: CoreParts,
  { fleet, sessions, security }: Pick<Asking, 'fleet' | 'sessions' | 'security'>,
) {
  const [dial, bootId] = [dialThrough(sessions), readBootId()];
  const { clock } = parts;
  const reach = new Reach({ fleet, clock, knock, dial, bootId, addressOf: (hostId) => sessions.addressOf(hostId) });
  const heads = new SpaceHeads({ ...parts, fleet, reach, secrets: security?.secrets });
  return { dial, bootId, reach, heads, router: new Router({ fleet, reach, clock }, config.router) };
}

/** What has hosts prove what they claim, when somebody asks and by schedule. */
function openAsking(
  { challenges: { schedule, rates, leaseGapMs } }: CoordinatorConfig,
  parts: CoreParts,
  { fleet, security, sessions, scheduler, isBraked }: Asking,
) {
  const openTunnel: Sessions['openTunnel'] = (...order) => sessions.openTunnel(...order);
  const rooms = scheduler.reservations;
  const credentials = security?.credentials;
  const challenges = openChallenges({ ...parts, fleet, openTunnel, rooms, credentials, rates });
  const addressesOf = ({ id, description }: HostRecord): string[] => {
    const calledFrom = sessions.addressOf(id);
    const known = description.addresses.filter(isPublicAddress);
    return calledFrom === undefined ? known : [calledFrom, ...known];
  };
  const challenging = openSchedule(schedule, { ...parts, fleet, challenges, addressesOf, isBraked });
  const leaseChallenges = new LeaseChallenges({ challenges, clock: parts.clock, gapMs: leaseGapMs });
  return { challenges, challenging, leaseChallenges };
}
