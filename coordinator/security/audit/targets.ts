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
import type { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import type { PlotService } from '../../../common/gen/headframe/v1/plot_service_pb.js';
import type { RegistrationService } from '../../../common/gen/headframe/v1/registration_service_pb.js';
import type { RewardsService } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import type { SecretService } from '../../../common/gen/headframe/v1/secret_service_pb.js';
import type { StakeService } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import type { WalletService } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { DEFAULT_NAMESPACE } from '../../../common/model/namespace.js';
import { READ } from './target.js';
import type { Targets } from './target.js';

/** Of a list of targets no more are named; how many there are is told. */
const MOST_NAMED = 20;

const ofMiner = ({ name }: { readonly name: string }): string => `miner/${name}`;
const ofHost = ({ host }: { readonly host: string }): string => `host/${host}`;

const FLEET: Targets<typeof FleetService> = {
  applyMiners: ({ miners }) => named(miners.map(ofMiner)),
  planMiners: READ,
  getMiner: READ,
  listMiners: READ,
  scaleMiner: ofMiner,
  restartMiner: ofMiner,
  stopMiner: ofMiner,
  deleteMiner: ofMiner,
  getMinerHistory: READ,
  rollbackMiner: ofMiner,
  pauseMiner: ofMiner,
  resumeMiner: ofMiner,
  releaseMiner: ofMiner,
  getInstance: READ,
  listInstances: READ,
  watchFleet: READ,
  streamEvents: READ,
  streamLogs: READ,
  // Its command is left out: arguments may hold what no log may.
  exec: ({ message }) => (message.case === 'start' ? `instance/${message.value.instance}` : ''),
  listUsage: READ,
  getFleetStatus: READ,
  getAlerts: READ,
  applyNamespace: ({ namespace }) => `namespace/${namespace?.name ?? ''}`,
  getNamespace: READ,
  listNamespaces: READ,
  deleteNamespace: ({ name }) => `namespace/${name}`,
  planRebalance: READ,
  applyRebalance: () => 'rebalance',
  getRebalance: READ,
  cancelRebalance: () => 'rebalance',
};

const HOSTS: Targets<typeof HostService> = {
  ...{ listHosts: READ, getHost: READ, watchHosts: READ },
  labelHost: ofHost,
  ...{ cordonHost: ofHost, uncordonHost: ofHost },
  drainHost: ofHost,
  setHostMaintenance: ofHost,
  rebootHost: ofHost,
  removeHost: ofHost,
  releaseBrake: () => 'brake',
};

const ofSecret = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `secret/${namespace || DEFAULT_NAMESPACE}/${name}`;

const SECRETS: Targets<typeof SecretService> = {
  setSecret: ofSecret,
  rotateSecret: ofSecret,
  listSecrets: READ,
  removeSecret: ofSecret,
};

const ofWallet = ({ name }: { readonly name: string }): string => `wallet/${name}`;

const WALLETS: Targets<typeof WalletService> = {
  createWallet: ({ name, hotkeys }) => named([ofWallet({ name }), ...hotkeys.map((one) => ofHotkey(name, one.name))]),
  listWallets: READ,
  getWallet: READ,
  unlockWallet: ofWallet,
  lockWallet: ofWallet,
  exportWallet: ofWallet,
  removeWallet: ofWallet,
  addHotkey: ({ wallet, hotkey }) => ofHotkey(wallet, hotkey?.name ?? ''),
  removeHotkey: ({ wallet, name }) => ofHotkey(wallet, name),
  setWalletCaps: ofWallet,
  unfreezeWallet: ofWallet,
};

function ofHotkey(wallet: string, hotkey: string): string {
  return `wallet/${wallet}/hotkey/${hotkey}`;
}
const ofModule = ({ name }: { readonly name: string }): string => `module/${name.slice(0, 80)}`;
const ofSigner = ({ name }: { readonly name: string }): string => `module-signer/${name.slice(0, 80)}`;

const MODULES: Targets<typeof ModuleService> = {
  addModule: ofModule,
  suggestModules: READ,
  getModule: READ,
  listModules: READ,
  refreshModule: ofModule,
  verifyModule: ofModule,
  removeModule: ofModule,
  packageModule: ofModule,
  // Its name is known only once it is read, and may not be the one that was expected.
  installModule: ({ message }) => (message.case === 'start' ? `package/${message.value.digest.slice(0, 80)}` : ''),
  listModuleSigners: READ,
  trustModuleSigner: ofSigner,
  removeModuleSigner: ofSigner,
};

const ofLease = ({ id }: { readonly id: string }): string => `lease/${id.slice(0, 80)}`;

const LEASES: Targets<typeof LeaseService> = {
  ...{ createLease: ofLease, extendLease: ofLease, releaseLease: ofLease, challengeLease: ofLease },
  ...{ getLease: READ, listLeases: READ, watchLease: READ, getLeaseLedger: READ },
};

const ofMachine = ({ id }: { readonly id: string }): string => `machine/${id.slice(0, 80)}`;

const ofNetwork = ({ name }: { readonly name: string }): string => `network/${name.slice(0, 80)}`;

const MODEL_SCORES: Targets<typeof ModelScoreService> = {
  listModelScores: READ,
  listCanaryRounds: READ,
  checkModel: READ,
};

const NETWORKS: Targets<typeof NetworkService> = {
  addNetwork: ofNetwork,
  listNetworks: READ,
  watchNetworks: READ,
  getNetwork: READ,
  removeNetwork: ofNetwork,
  listSubnets: READ,
  getMetagraph: READ,
  getBalance: READ,
};

const INTENTS: Targets<typeof IntentService> = {
  listIntents: READ,
  getIntent: READ,
  abandonIntent: ({ id }) => `intent/${id.slice(0, 80)}`,
};

const ofPlace = (asked: { readonly network: string; readonly netuid: number; readonly hotkey: string }): string =>
  `network/${asked.network.slice(0, 80)}/subnet/${String(asked.netuid)}/hotkey/${asked.hotkey.slice(0, 80)}`;

const REGISTRATION: Targets<typeof RegistrationService> = {
  createSubnet: ({ network, hotkey }) => `network/${network.slice(0, 80)}/hotkey/${hotkey.slice(0, 80)}`,
  registerHotkey: ofPlace,
  serveEndpoint: ofPlace,
  setWeights: ofPlace,
  getHotkeyStanding: READ,
};

const ofPolicy = ({ name }: { readonly name: string }): string => `stake-policy/${name.slice(0, 80)}`;
const ofStake = ({ network, hotkey }: { readonly network: string; readonly hotkey: string }): string =>
  `stake/${network.slice(0, 80)}/${hotkey.slice(0, 80)}`;
const ofBond = ({ network }: { readonly network: string }): string => `stake/${network.slice(0, 80)}`;

const STAKE: Targets<typeof StakeService> = {
  listStake: READ,
  addStake: ofStake,
  removeStake: ofStake,
  moveStake: ofStake,
  withdrawStake: ofBond,
  nominate: ofBond,
  setStakePolicy: ({ policy }) => ofPolicy({ name: policy?.name ?? '' }),
  listStakePolicies: READ,
  getStakePolicy: READ,
  removeStakePolicy: ofPolicy,
  planStakePolicy: READ,
};

const REWARDS: Targets<typeof RewardsService> = {
  listRewards: READ,
  listRewardEntries: READ,
  listFollowedSubnets: READ,
  followSubnet: ({ network, netuid }) => `network/${network.slice(0, 80)}/subnet/${String(netuid)}`,
};

const CHALLENGES: Targets<typeof ChallengeService> = {
  ...{ listVerdicts: READ, getVerdict: READ, listScores: READ },
  ...{ runChallenge: ofHost, clearVerification: ofHost },
};

const ofPlot = ({ host, id }: Record<'host' | 'id', string>): string => `${ofHost({ host })}/plot/${id.slice(0, 80)}`;

const PLOTS: Targets<typeof PlotService> = {
  createPlot: (request) => (request.host === '' ? 'plots' : ofHost(request)),
  ...{ listPlots: READ, checkPlot: ofPlot, retryPlotJob: ofPlot, deletePlot: ofPlot },
};

const LEASE_ACCESS: Targets<typeof LeaseAccessService> = {
  issueCertificate: ({ lease }) => `lease/${lease.slice(0, 80)}`,
  dial: ({ message }) => (message.case === 'start' ? `lease/${message.value.lease.slice(0, 80)}` : ''),
  // Its command is left out, as that of exec is.
  runCommand: ({ message }) => (message.case === 'start' ? `lease/${message.value.lease.slice(0, 80)}` : ''),
};

const MACHINES: Targets<typeof MachineService> = {
  ...{ allocateMachine: ({ provider }) => `provider/${provider.slice(0, 40)}`, getMachine: READ, listMachines: READ },
  ...{ changeMachine: ofMachine, releaseMachine: ofMachine, retryMachine: ofMachine },
};

const AUDIT: Targets<typeof AuditService> = { listEntries: READ, verifyChain: READ };
const ofCoordinator = ({ address }: { readonly address: string }): string => `coordinator/${address}`;

const COORDINATORS: Targets<typeof CoordinatorService> = {
  ...{ getCoordinator: READ, stepDown: () => 'fleet' },
  ...{ addCoordinator: ofCoordinator, removeCoordinator: ofCoordinator },
};

/** What is known of each service; methods of others are recorded without a target, whatever they do. */
const SERVICES: Readonly<Record<string, object>> = {
  'headframe.v1.FleetService': FLEET,
  'headframe.v1.HostService': HOSTS,
  'headframe.v1.SecretService': SECRETS,
  'headframe.v1.WalletService': WALLETS,
  'headframe.v1.LeaseService': LEASES,
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
  'headframe.v1.AuditService': AUDIT,
  'headframe.v1.CoordinatorService': COORDINATORS,
  'headframe.v1.AccessService': {
    join: ({ hostId }: { readonly hostId: string }) => `host/${hostId}`,
    // The id alone, which is no secret.
    login: ({ token }: { readonly token: string }) => `token/${/^[0-9a-f]{10}(?=\.)/.exec(token)?.[0] ?? ''}`,
    // Whose it is its caller says.
    rejoin: () => 'host',
    getAuthority: READ,
    rotateAuthority: ({ digest, retire }: { readonly digest: string; readonly retire: boolean }) =>
      `authority/${retire ? 'retire' : 'rotate'}/${/^sha256:[0-9a-f]{64}$/.test(digest) ? digest.slice(7, 19) : ''}`,
    getSshAuthority: READ,
    rotateSshAuthority: ({ fingerprint }: { readonly fingerprint: string }) =>
      `ssh-authority/rotate/${/^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint) ? fingerprint.slice(7, 19) : ''}`,
    createToken: () => 'token',
    listTokens: READ,
    revokeToken: ({ id }: { readonly id: string }) => `token/${id}`,
    whoAmI: READ,
    listCredentials: READ,
    revokeCredential: ({ which }: { readonly which: { readonly case?: string; readonly value?: string } }) =>
      `credential/${which.value ?? ''}`,
  },
};

/** The same by the paths of the methods. */
const TARGETS: ReadonlyMap<string, unknown> = new Map(
  Object.entries(SERVICES).flatMap(([service, methods]) =>
    Object.entries(methods).map(([name, target]: [string, unknown]) => [pathOf(service, name), target] as const),
  ),
);

/** Services whose calls are no changes that anybody asks for: agents' streams, questions to models, health and reflection. */
const UNRECORDED = /^\/(?:headframe\.v1\.(?:Agent|Router)Service|grpc\.[\w.]+)\//;

/** Says what the first request of a method is about; undefined for methods that are not recorded. */
export function targetOf(method: string): ((request: unknown) => string) | undefined {
  if (UNRECORDED.test(method)) return undefined;
  const known = TARGETS.get(method);
  // The tables hold nothing else, and a method is called with its own request alone.
  return known === READ ? undefined : ((known as ((request: unknown) => string) | undefined) ?? (() => ''));
}

function named(targets: readonly string[]): string {
  const more = targets.length - MOST_NAMED;
  const shown = targets.slice(0, MOST_NAMED).join(',');
  return more > 0 ? `${shown},+${String(more)}` : shown;
}

function pathOf(service: string, localName: string): string {
  return `/${service}/${localName.slice(0, 1).toUpperCase()}${localName.slice(1)}`;
}
