import type { Clock } from '../../common/model/clock.js';
import type { AccessParts } from './access-parts.js';
import type { AlertDesk } from '../alerts/index.js';
import type { Autoscaler } from '../autoscale/index.js';
import type { StakePolicies } from '../chain/stake/index.js';
import type { Wallets } from '../chain/wallets/index.js';
import type { Metagraphs, Networks, Payer } from '../chain/index.js';
import type { WeightCommits } from '../chain/weights/index.js';
import type { FleetPort } from '../fleet/port.js';
import type { Leases } from '../kinds/lease/index.js';
import type { ModelContents, ModelMiners } from '../kinds/model/index.js';
import type { ModuleMiners, ModulePackages, Modules } from '../kinds/module/index.js';
import type { SpaceHeads } from '../kinds/space/index.js';
import type { MinerKind } from '../kinds/miner-kind.js';
import type { HostPolicy } from '../policy/index.js';
import type { Machines } from '../providers/index.js';
import type { RebalanceLoop } from '../rebalance/index.js';
import type { ReachPort } from '../router/index.js';
import type { RolloutLoop } from '../rollout/index.js';
import type { Router } from '../router/index.js';
import type { Scheduler } from '../scheduler/index.js';
import type { Secrets } from '../security/secrets/index.js';
import type { UserAuthority } from '../security/ssh/index.js';
import type { Scopes } from './scope.js';
import type { LiveBoard, LivenessWatch, Sessions } from '../sessions/index.js';
import type { HostChallenges } from '../verify/host-challenges.js';
import type { LeaseChallenges } from '../verify/lease-challenges.js';
import type { StoreServers } from '../store/store.js';

/** What leases are made with. */
interface LeaseAccess {
  /**
   * Public keys as OpenSSH writes them, of the authority of users and of the coordinator's probes. `userCa` is that of now: a
   * lease that is made in the same turn trusts a key that is kept for it.
   */
  publicKeys(): Promise<{ readonly userCa: () => string; readonly probeKey: string }>;
  readonly sealing: Secrets['sealing'];
  /** Whether a lease may have a password. */
  readonly passwords: boolean;
}

/** What the handlers work with. */
export interface HandlerParts extends ApiParts {
  /** What of the fleet each caller sees. */
  readonly scopes: Scopes;
}

/** The parts that the services work with. */
export interface ApiParts extends AccessParts {
  readonly fleet: FleetPort;
  readonly kinds: ReadonlyMap<string, MinerKind>;
  /** Knows what scans of plots took. */
  readonly heads: Pick<SpaceHeads, 'scansOn'>;
  /** What miners may ask of hosts. */
  readonly policy: { readonly current: HostPolicy };
  /** Undefined where the coordinator serves in clear. */
  readonly secrets?: Pick<Secrets, 'set' | 'rotate' | 'remove'> | undefined;
  /** Who certifies keys of leases' owners; undefined where the coordinator serves in clear. */
  readonly sshUsers?: Pick<UserAuthority, 'issue'> | undefined;
  /** Undefined where the coordinator serves in clear. */
  readonly wallets?: Wallets | undefined;
  readonly modules: Modules;
  readonly modulePackages: ModulePackages;
  /** Makes of what users declare of module miners what instances run. */
  readonly moduleMiners: Pick<ModuleMiners, 'complete'>;
  /** The same of models. */
  readonly modelMiners: Pick<ModelMiners, 'complete'>;
  readonly modelContents: Pick<ModelContents, 'upload'>;
  readonly networks: Pick<Networks, 'find' | 'connections'>;
  readonly metagraphs: Pick<Metagraphs, 'followed' | 'last'>;
  /** Undefined where the coordinator serves in clear. */
  readonly payer?: Payer | undefined;
  /** Undefined where the coordinator serves in clear. */
  readonly stakePolicies?: Pick<StakePolicies, 'standingOf' | 'plan'> | undefined;
  /** Undefined where the coordinator serves in clear. */
  readonly weightCommits?: Pick<WeightCommits, 'requireNone' | 'keep' | 'drop' | 'standingOf'> | undefined;
  readonly leases: Pick<Leases, 'nowMs' | 'wallOffsetMs'>;
  /** Undefined where the coordinator serves in clear. */
  readonly leaseAccess?: LeaseAccess | undefined;
  readonly scheduler: Pick<Scheduler, 'why' | 'plan' | 'settled' | 'useOf'>;
  readonly rollout: Pick<RolloutLoop, 'idle' | 'whyOf' | 'progressOf'>;
  readonly rebalance: Pick<RebalanceLoop, 'plan' | 'apply' | 'cancel' | 'standing' | 'measure' | 'unsettled'>;
  readonly router: Pick<Router, 'ask' | 'table'>;
  readonly sessions: Pick<Sessions, 'openTunnel'>;
  /** The way to the ports of instances. */
  readonly reach: ReachPort;
  /** An answer of a model that takes no longer has full speed, in milliseconds. */
  readonly modelFastMs: number;
  readonly challenges: Pick<HostChallenges, 'ask'>;
  readonly leaseChallenges: Pick<LeaseChallenges, 'ask'>;
  /** Machines of providers: given out, changed and taken back. */
  readonly machines: Pick<Machines, 'allocate' | 'change' | 'release' | 'retry'>;
  readonly autoscaler: Pick<Autoscaler, 'viewOf'>;
  readonly board: LiveBoard;
  readonly liveness: Pick<LivenessWatch, 'lastSeenMs' | 'alarms' | 'releaseBrake'>;
  /** What is seen of the servers that hold the store; undefined for one in files. */
  readonly servers?: Pick<StoreServers, 'findings'> | undefined;
  /** How alerts stand. */
  readonly alertDesk: AlertDesk;
  /** Whether metrics and events reach a NATS server. */
  readonly bus: { readonly connected: boolean };
  readonly clock: Clock;
  readonly newId: () => string;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
  readonly version: string;
  /** Unix milliseconds at which this coordinator started. */
  readonly startedAtMs: number;
}
