import type { AgentService } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import type { AuditService } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import type { ChallengeService } from '../../../common/gen/headframe/v1/challenge_service_pb.js';
import type { CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { HostService } from '../../../common/gen/headframe/v1/host_service_pb.js';
import type { IntentService } from '../../../common/gen/headframe/v1/intent_service_pb.js';
import type { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import type { LeaseAccessService } from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import type { MachineService } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import type { ModelScoreService } from '../../../common/gen/headframe/v1/model_score_service_pb.js';
import type { ModuleService } from '../../../common/gen/headframe/v1/module_service_pb.js';
import type { ModelService } from '../../../common/gen/headframe/v1/model_service_pb.js';
import type { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import type { PlotService } from '../../../common/gen/headframe/v1/plot_service_pb.js';
import type { RegistrationService } from '../../../common/gen/headframe/v1/registration_service_pb.js';
import type { RewardsService } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import type { RouterService } from '../../../common/gen/headframe/v1/router_service_pb.js';
import type { SecretService } from '../../../common/gen/headframe/v1/secret_service_pb.js';
import type { StakeService } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import type { WalletService } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Health } from '../../../common/gen/grpc/health/v1/health_pb.js';
import type { ServerReflection } from '../../../common/gen/grpc/reflection/v1/reflection_pb.js';
import { ROLES } from '../../../common/model/caller.js';
import type { Permission, Permissions } from './permission.js';

/** Anybody who is known. */
const KNOWN: Permission = { roles: ROLES, scope: 'own' };
/** People and programs: agents have no use for it. */
const CLIENTS: Permission = { roles: ['admin', 'operator', 'viewer', 'scheduler', 'renter'], scope: 'own' };
/** The proof is in the request. */
const OPEN: Permission = { roles: [], scope: 'open' };
/** A host's own streams. */
const HOST: Permission = { roles: ['agent'], scope: 'ownHost' };
/** How things are. Schedulers have to see what became of what they submitted. */
const SEE: Permission = { roles: ['admin', 'operator', 'viewer', 'scheduler'], scope: 'namespaces' };
/** What a program says: a stranger to the fleet's content, as a viewer is, has no business with it. */
const LISTEN: Permission = { roles: ['admin', 'operator', 'scheduler'], scope: 'namespaces' };
/** Who may apply and delete a miner can bring about any other change of it by these two, and may ask beforehand. */
const SUBMIT: Permission = { roles: ['admin', 'operator', 'scheduler'], scope: 'namespaces' };
/** Runs anything in a container that is there, past what its manifest and the policy say: for people. */
const ENTER: Permission = { roles: ['admin', 'operator'], scope: 'namespaces' };
/** Touches everybody's miners, so that nobody who is held to some may do it. */
const OPERATE: Permission = { roles: ['admin', 'operator'], scope: 'fleet' };
/** How things are where that concerns everybody's miners. */
const OVERSEE: Permission = { roles: ['admin', 'operator', 'viewer'], scope: 'fleet' };
/** How things are outside of the fleet: the same for everybody who works with it. */
const LOOK: Permission = { roles: ['admin', 'operator', 'viewer', 'scheduler'], scope: 'own' };
/** Decides whom the whole fleet trusts. */
const RULE: Permission = { roles: ['admin'], scope: 'fleet' };

const FLEET: Permissions<typeof FleetService> = {
  applyMiners: SUBMIT,
  planMiners: SUBMIT,
  getMiner: SEE,
  listMiners: SEE,
  scaleMiner: SUBMIT,
  restartMiner: SUBMIT,
  stopMiner: SUBMIT,
  deleteMiner: SUBMIT,
  getMinerHistory: SEE,
  rollbackMiner: SUBMIT,
  pauseMiner: SUBMIT,
  resumeMiner: SUBMIT,
  releaseMiner: SUBMIT,
  getInstance: SEE,
  listInstances: SEE,
  watchFleet: SEE,
  streamEvents: SEE,
  streamLogs: LISTEN,
  exec: ENTER,
  listUsage: SEE,
  getFleetStatus: SEE,
  // Of everybody's hosts, miners and certificates, and where it is told.
  getAlerts: OVERSEE,
  applyNamespace: OPERATE,
  getNamespace: SEE,
  listNamespaces: SEE,
  deleteNamespace: OPERATE,
  planRebalance: OPERATE,
  applyRebalance: OPERATE,
  getRebalance: OVERSEE,
  cancelRebalance: OPERATE,
};

const HOSTS: Permissions<typeof HostService> = {
  listHosts: SEE,
  getHost: SEE,
  watchHosts: SEE,
  labelHost: OPERATE,
  cordonHost: OPERATE,
  uncordonHost: OPERATE,
  drainHost: OPERATE,
  setHostMaintenance: OPERATE,
  rebootHost: OPERATE,
  removeHost: OPERATE,
  releaseBrake: OPERATE,
};

/** What of tokens and credentials an operator may give and take away depends on whose they are. */
const ACCESS: Readonly<Record<string, Permission>> = {
  join: OPEN,
  login: OPEN,
  // By a certificate that has expired, too: see authorize.
  rejoin: HOST,
  renewCertificate: KNOWN,
  whoAmI: KNOWN,
  getAuthority: OVERSEE,
  rotateAuthority: RULE,
  getSshAuthority: OVERSEE,
  rotateSshAuthority: RULE,
  createToken: OPERATE,
  listTokens: OPERATE,
  revokeToken: OPERATE,
  listCredentials: OPERATE,
  revokeCredential: OPERATE,
};

/** Whoever may submit a miner can have it read any secret of its namespace, so that no more is given away; viewers need none. */
const SECRETS: Permissions<typeof SecretService> = {
  setSecret: SUBMIT,
  rotateSecret: SUBMIT,
  listSecrets: SUBMIT,
  removeSecret: SUBMIT,
};

/** Keys that hold value are an admin's; operators see how wallets stand, and may close what is open. */
const WALLETS: Permissions<typeof WalletService> = {
  createWallet: RULE,
  listWallets: OPERATE,
  getWallet: OPERATE,
  unlockWallet: RULE,
  lockWallet: OPERATE,
  exportWallet: RULE,
  removeWallet: RULE,
  addHotkey: RULE,
  removeHotkey: RULE,
  setWalletCaps: RULE,
  unfreezeWallet: RULE,
};

/** Whoever may see miners may see what they can be made of; what is made of them everybody's miners run. */
const BROWSE: Permission = { roles: ['admin', 'operator', 'viewer', 'scheduler'], scope: 'own' };
const MODULES: Permissions<typeof ModuleService> = {
  addModule: OPERATE,
  suggestModules: BROWSE,
  getModule: BROWSE,
  listModules: BROWSE,
  refreshModule: OPERATE,
  verifyModule: OPERATE,
  removeModule: OPERATE,
  packageModule: OPERATE,
  // Whose key is named for one installation is as much the operator's choice as the URL of a repository is.
  installModule: OPERATE,
  listModuleSigners: OPERATE,
  trustModuleSigner: RULE,
  removeModuleSigner: RULE,
};

/** How models serve is seen by who sees them; asking one takes its time, as its owner may. */
const MODEL_SCORES: Permissions<typeof ModelScoreService> = {
  listModelScores: SEE,
  listCanaryRounds: LISTEN,
  checkModel: SUBMIT,
};

/** Whoever may apply a model may bring what it is built of. */
const MODELS: Permissions<typeof ModelService> = {
  uploadModel: { roles: ['admin', 'operator', 'scheduler'], scope: 'own' },
};

/** Whoever rents; of others' leases nobody hears who is not there to look after all (coordinator/api/lease-service.ts). */
const RENT: Permission = { roles: ['admin', 'operator', 'scheduler', 'renter'], scope: 'namespaces' };
const RENTED: Permission = { roles: ['admin', 'operator', 'viewer', 'scheduler', 'renter'], scope: 'namespaces' };
const LEASES: Permissions<typeof LeaseService> = {
  createLease: RENT,
  getLease: RENTED,
  listLeases: RENTED,
  watchLease: RENTED,
  extendLease: RENT,
  releaseLease: RENT,
  getLeaseLedger: RENTED,
  challengeLease: RENT,
};

/** Each is a connection of the coordinator, for everybody. */
const NETWORKS: Permissions<typeof NetworkService> = {
  addNetwork: OPERATE,
  listNetworks: LOOK,
  watchNetworks: LOOK,
  getNetwork: LOOK,
  removeNetwork: OPERATE,
  listSubnets: LOOK,
  getMetagraph: LOOK,
  getBalance: LOOK,
};

/** Operators pay, within the caps that an admin has set, from what an admin has unlocked. */
/** Uses what models are there for: no more than that is needed for it, and what they cost is bounded by their limits. */
const USE: Permission = { roles: ['admin', 'operator', 'scheduler', 'renter'], scope: 'namespaces' };
const ROUTER: Permissions<typeof RouterService> = { askModel: USE, listModels: RENTED, getModel: SEE };

const INTENTS: Permissions<typeof IntentService> = {
  ...{ listIntents: OPERATE, getIntent: OPERATE, abandonIntent: OPERATE },
};

/** What pays, or speaks for a hotkey, operators do within the caps that an admin set; how a hotkey stands is on the chain. */
const REGISTRATION: Permissions<typeof RegistrationService> = {
  ...{ createSubnet: OPERATE, registerHotkey: OPERATE, serveEndpoint: OPERATE },
  ...{ setWeights: OPERATE, getHotkeyStanding: OPERATE },
};

/** Stake is on the chain for everybody to see; whose wallets have it is for those who see wallets, and may pay. */
const STAKE: Permissions<typeof StakeService> = {
  ...{ listStake: OPERATE, addStake: OPERATE, removeStake: OPERATE, moveStake: OPERATE, withdrawStake: OPERATE },
  ...{ nominate: OPERATE, setStakePolicy: OPERATE, listStakePolicies: OPERATE, getStakePolicy: OPERATE },
  ...{ removeStakePolicy: OPERATE, planStakePolicy: OPERATE },
};

/** Whose lease it is the handlers see to. */
const ENTER_LEASE: Permission = { roles: ['admin', 'operator', 'scheduler', 'renter'], scope: 'namespaces' };
const LEASE_ACCESS: Permissions<typeof LeaseAccessService> = {
  issueCertificate: ENTER_LEASE,
  dial: ENTER_LEASE,
  // Unlike exec it names a lease, and no instance: whoever rents gets into nothing else by it.
  runCommand: ENTER_LEASE,
};

/** What wallets earn is as much as a look at wallets. */
const REWARDS: Permissions<typeof RewardsService> = {
  ...{ listRewards: OPERATE, listRewardEntries: OPERATE },
  ...{ listFollowedSubnets: LOOK, followSubnet: OPERATE },
};

/** What hosts have proven is for everybody to see who may choose among them; whom to believe again is the operator's. */
const CHALLENGES: Permissions<typeof ChallengeService> = {
  ...{ runChallenge: OPERATE, clearVerification: OPERATE },
  ...{ listVerdicts: LOOK, getVerdict: LOOK, listScores: LOOK },
};

/** Disks are everybody's. */
const PLOTS: Permissions<typeof PlotService> = {
  ...{ listPlots: OVERSEE, createPlot: OPERATE, checkPlot: OPERATE, retryPlotJob: OPERATE, deletePlot: OPERATE },
};

/** Whoever may place miners may ask for a machine for them, within the caps of its provider. */
const MACHINES: Permissions<typeof MachineService> = {
  ...{ allocateMachine: SUBMIT, getMachine: SEE, listMachines: SEE },
  ...{ changeMachine: SUBMIT, releaseMachine: SUBMIT, retryMachine: SUBMIT },
};

/** Operators are watched by it as well, but need it to find out what happened; they cannot change it. */
const AUDIT: Permissions<typeof AuditService> = { listEntries: OPERATE, verifyChain: OPERATE };
/** Everybody may ask whom to ask. Handing over ends every stream for a moment, for the whole fleet; who may lead is whom it trusts. */
const COORDINATORS: Permissions<typeof CoordinatorService> = {
  ...{ getCoordinator: KNOWN, stepDown: RULE, addCoordinator: RULE, removeCoordinator: RULE },
};
const AGENTS: Permissions<typeof AgentService> = { session: HOST, tunnel: HOST, fetchContent: HOST };
const HEALTH: Permissions<typeof Health> = { check: KNOWN, watch: KNOWN };
const REFLECTION: Permissions<typeof ServerReflection> = { serverReflectionInfo: CLIENTS };

/** By the full name of the service, then the local name of the method. */
const SERVICES: Readonly<Record<string, Readonly<Record<string, Permission>>>> = {
  'headframe.v1.FleetService': FLEET,
  'headframe.v1.HostService': HOSTS,
  'headframe.v1.AccessService': ACCESS,
  'headframe.v1.SecretService': SECRETS,
  'headframe.v1.WalletService': WALLETS,
  'headframe.v1.LeaseService': LEASES,
  'headframe.v1.ModelService': MODELS,
  'headframe.v1.ModuleService': MODULES,
  'headframe.v1.ModelScoreService': MODEL_SCORES,
  'headframe.v1.NetworkService': NETWORKS,
  'headframe.v1.IntentService': INTENTS,
  'headframe.v1.RegistrationService': REGISTRATION,
  'headframe.v1.StakeService': STAKE,
  'headframe.v1.LeaseAccessService': LEASE_ACCESS,
  'headframe.v1.RewardsService': REWARDS,
  'headframe.v1.ChallengeService': CHALLENGES,
  'headframe.v1.PlotService': PLOTS,
  'headframe.v1.MachineService': MACHINES,
  'headframe.v1.RouterService': ROUTER,
  'headframe.v1.AuditService': AUDIT,
  'headframe.v1.CoordinatorService': COORDINATORS,
  'headframe.v1.AgentService': AGENTS,
  'grpc.health.v1.Health': HEALTH,
  'grpc.reflection.v1.ServerReflection': REFLECTION,
  'grpc.reflection.v1alpha.ServerReflection': REFLECTION,
};

/** Who may call which method, by its path, such as `/headframe.v1.FleetService/ApplyMiners`. What is not here nobody may. */
export const PERMISSIONS: ReadonlyMap<string, Permission> = new Map(
  Object.entries(SERVICES).flatMap(([service, methods]) =>
    Object.entries(methods).map(([name, permission]) => [pathOf(service, name), permission] as const),
  ),
);

function pathOf(service: string, localName: string): string {
  return `/${service}/${localName.slice(0, 1).toUpperCase()}${localName.slice(1)}`;
}
