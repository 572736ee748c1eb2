import { AccessService } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { AuditService } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import { ChallengeService } from '../../../common/gen/headframe/v1/challenge_service_pb.js';
import { CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { IntentService } from '../../../common/gen/headframe/v1/intent_service_pb.js';
import { LeaseAccessService } from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import { MachineService } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { ModelScoreService } from '../../../common/gen/headframe/v1/model_score_service_pb.js';
import { ModuleService } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { ModelService } from '../../../common/gen/headframe/v1/model_service_pb.js';
import { NetworkService } from '../../../common/gen/headframe/v1/network_service_pb.js';
import { PlotService } from '../../../common/gen/headframe/v1/plot_service_pb.js';
import { RegistrationService } from '../../../common/gen/headframe/v1/registration_service_pb.js';
import { RewardsService } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import { RouterService } from '../../../common/gen/headframe/v1/router_service_pb.js';
import { SecretService } from '../../../common/gen/headframe/v1/secret_service_pb.js';
import { StakeService } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { WalletService } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { DescService } from '@bufbuild/protobuf';
import { WATCHED } from './binding.js';
import type { Binding, Bindings, Unbound } from './binding.js';
import { INTENTS, MODULES, NETWORKS, REGISTRATION, REWARDS, STAKE } from './table-chain.js';
import { MACHINES } from './table-machines.js';
import { PLOTS } from './table-plots.js';
import { ACCESS, AUDIT, COORDINATORS, SECRETS, WALLETS } from './table-trust.js';

const TALKED: Unbound = { unbound: 'both sides speak at once, which HTTP/1.1 cannot carry: call it over gRPC' };
/** A challenge takes minutes, and waits for others. */
const CHALLENGE_MS = 20 * 60_000;
/** What a model is built of may have to be fetched first. */
const APPLY_MS = 10 * 60_000;
const miner = '/v1/miners/:name';
const host = '/v1/hosts/:host';
const lease = '/v1/leases/:id';

const FLEET: Bindings<typeof FleetService> = {
  applyMiners: {
    ...{ verb: 'POST', path: '/v1/miners', isMatched: true, timeoutMs: APPLY_MS },
    summary: 'Applies miners, all or none',
  },
  planMiners: {
    ...{ verb: 'POST', path: '/v1/plan', timeoutMs: APPLY_MS },
    summary: 'Tells what applying miners would do',
  },
  getMiner: { verb: 'GET', path: miner, summary: 'Shows a miner' },
  listMiners: { verb: 'GET', path: '/v1/miners', summary: 'Lists miners' },
  scaleMiner: { verb: 'POST', path: `${miner}/scale`, summary: 'Sets the number of replicas', isMatched: true },
  restartMiner: {
    ...{ verb: 'POST', path: `${miner}/restart`, isMatched: true },
    summary: 'Replaces the instances a few at a time, and starts a stopped miner',
  },
  stopMiner: { verb: 'POST', path: `${miner}/stop`, summary: 'Stops all instances, keeps the miner', isMatched: true },
  deleteMiner: { verb: 'DELETE', path: miner, summary: 'Deletes a miner', isMatched: true },
  getMinerHistory: { verb: 'GET', path: `${miner}/history`, summary: 'Lists revisions of a miner, the newest first' },
  rollbackMiner: { verb: 'POST', path: `${miner}/rollback`, summary: 'Goes back to a revision', isMatched: true },
  pauseMiner: { verb: 'POST', path: `${miner}/pause`, summary: 'Pauses a rollout', isMatched: true },
  resumeMiner: { verb: 'POST', path: `${miner}/resume`, summary: 'Goes on with a rollout', isMatched: true },
  releaseMiner: { verb: 'POST', path: `${miner}/release`, summary: 'Ends a quarantine', isMatched: true },
  getInstance: { verb: 'GET', path: '/v1/instances/:id', summary: 'Shows an instance' },
  listInstances: { verb: 'GET', path: '/v1/instances', summary: 'Lists instances' },
  watchFleet: WATCHED,
  streamEvents: {
    ...{ verb: 'GET', path: '/v1/events', without: ['follow'] },
    summary: 'Tells events up to now; those to come are told over the WebSocket',
  },
  streamLogs: {
    ...{ verb: 'GET', path: '/v1/instances/:instance/logs', without: ['follow'] },
    summary: 'Tells the log of an instance up to now; what is to come is told over the WebSocket',
  },
  exec: TALKED,
  listUsage: { verb: 'GET', path: '/v1/usage', summary: 'Lists what hosts and instances use' },
  getFleetStatus: { verb: 'GET', path: '/v1/status', summary: 'Shows how the fleet stands' },
  getAlerts: {
    verb: 'GET',
    path: '/v1/alerts',
    summary: 'Shows what is wrong, who is told of it, and what was told last',
  },
  applyNamespace: { verb: 'POST', path: '/v1/namespaces', summary: 'Creates a namespace or changes it' },
  getNamespace: { verb: 'GET', path: '/v1/namespaces/:name', summary: 'Shows a namespace' },
  listNamespaces: { verb: 'GET', path: '/v1/namespaces', summary: 'Lists namespaces' },
  deleteNamespace: { verb: 'DELETE', path: '/v1/namespaces/:name', summary: 'Deletes a namespace' },
  planRebalance: { verb: 'POST', path: '/v1/rebalance/plan', summary: 'Tells what would level the fleet' },
  applyRebalance: { verb: 'POST', path: '/v1/rebalance', summary: 'Begins to level the fleet' },
  getRebalance: { verb: 'GET', path: '/v1/rebalance', summary: 'Shows the rebalance under way, or the last' },
  cancelRebalance: { verb: 'DELETE', path: '/v1/rebalance', summary: 'Begins no further move' },
};

const HOSTS: Bindings<typeof HostService> = {
  listHosts: { verb: 'GET', path: '/v1/hosts', summary: 'Lists hosts' },
  getHost: { verb: 'GET', path: host, summary: 'Shows a host' },
  watchHosts: WATCHED,
  labelHost: { verb: 'PATCH', path: `${host}/labels`, summary: 'Changes the labels of a host', isMatched: true },
  cordonHost: { verb: 'POST', path: `${host}/cordon`, summary: 'Has nothing new placed on a host', isMatched: true },
  uncordonHost: { verb: 'POST', path: `${host}/uncordon`, summary: 'Opens a host again', isMatched: true },
  drainHost: { verb: 'POST', path: `${host}/drain`, summary: 'Moves away what runs on a host', isMatched: true },
  setHostMaintenance: {
    ...{ verb: 'PUT', path: `${host}/maintenance`, isMatched: true },
    summary: 'Sets the maintenance windows of a host',
  },
  rebootHost: { verb: 'POST', path: `${host}/reboot`, summary: 'Empties a host and reboots it', isMatched: true },
  removeHost: { verb: 'DELETE', path: host, summary: 'Removes a host', isMatched: true },
  releaseBrake: { verb: 'POST', path: '/v1/brake/release', summary: 'Gives up the hosts that were lost at once' },
};

const LEASES: Bindings<typeof LeaseService> = {
  createLease: { verb: 'POST', path: '/v1/leases', summary: 'Leases a part of a host' },
  getLease: { verb: 'GET', path: lease, summary: 'Shows a lease' },
  listLeases: { verb: 'GET', path: '/v1/leases', summary: 'Lists leases, the newest first' },
  watchLease: WATCHED,
  extendLease: { verb: 'POST', path: `${lease}/extend`, summary: 'Makes the term of a lease longer' },
  releaseLease: { verb: 'DELETE', path: lease, summary: 'Ends a lease' },
  getLeaseLedger: { verb: 'GET', path: `${lease}/ledger`, summary: 'Shows what of a lease counts for its price' },
  challengeLease: {
    ...{ verb: 'POST', path: `${lease}/challenges`, timeoutMs: CHALLENGE_MS },
    summary: 'Has the host of a lease prove CPU or memory in its exact limits; takes minutes',
  },
};

const LEASE_ACCESS: Bindings<typeof LeaseAccessService> = {
  issueCertificate: {
    ...{ verb: 'POST', path: '/v1/leases/:lease/certificate' },
    summary: 'Certifies a key for a lease, and tells how to come in',
  },
  dial: TALKED,
  runCommand: TALKED,
};

const CHALLENGES: Bindings<typeof ChallengeService> = {
  runChallenge: {
    ...{ verb: 'POST', path: `${host}/challenges`, timeoutMs: CHALLENGE_MS },
    summary: 'Has a host prove something now; takes minutes',
  },
  listVerdicts: { verb: 'GET', path: '/v1/verdicts', summary: 'Lists verdicts, the newest first' },
  getVerdict: { verb: 'GET', path: '/v1/verdicts/:id', summary: 'Shows a verdict' },
  listScores: { verb: 'GET', path: '/v1/scores', summary: 'Lists scores of hosts, the best first' },
  clearVerification: {
    ...{ verb: 'POST', path: `${host}/clear-verification` },
    summary: 'Ends the quarantine of a host that failed a challenge',
  },
};

/** A model may take five minutes for each of three answers. */
const CHECK_MS = 16 * 60_000;
const MODEL_SCORES: Bindings<typeof ModelScoreService> = {
  listModelScores: { verb: 'GET', path: '/v1/model-scores', summary: 'Lists scores of models, the best first' },
  listCanaryRounds: {
    ...{ verb: 'GET', path: '/v1/miners/:miner/canaries' },
    summary: 'Lists what a model was asked and how that went, the newest first',
  },
  checkModel: {
    ...{ verb: 'POST', path: '/v1/miners/:miner/check', timeoutMs: CHECK_MS },
    summary: 'Checks how the replicas of a model meet the contract',
  },
};

const MODELS: Bindings<typeof ModelService> = {
  uploadModel: { unbound: 'the file itself is the body of `POST /v1/models/uploads`' },
};

const ROUTER: Bindings<typeof RouterService> = {
  askModel: {
    unbound: 'bodies go through as they are: /models/{name}/chat, /models/{name}/info, /models/{name}/health',
  },
  listModels: { verb: 'GET', path: '/v1/models', summary: 'Lists models' },
  getModel: { verb: 'GET', path: '/v1/models/:name', summary: 'Shows a model, and how its instances answer' },
};

/** A service and where each of its methods is called. */
export interface BoundService {
  readonly service: DescService;
  readonly bindings: Readonly<Record<string, Binding | Unbound>>;
}

/** All services but that of agents, and what of them is called over HTTP as it is. */
export const CONTRACT: readonly BoundService[] = [
  { service: FleetService, bindings: FLEET },
  { service: HostService, bindings: HOSTS },
  { service: LeaseService, bindings: LEASES },
  { service: LeaseAccessService, bindings: LEASE_ACCESS },
  { service: ChallengeService, bindings: CHALLENGES },
  { service: ModelScoreService, bindings: MODEL_SCORES },
  { service: PlotService, bindings: PLOTS },
  { service: MachineService, bindings: MACHINES },
  { service: NetworkService, bindings: NETWORKS },
  { service: RegistrationService, bindings: REGISTRATION },
  { service: RewardsService, bindings: REWARDS },
  { service: StakeService, bindings: STAKE },
  { service: IntentService, bindings: INTENTS },
  { service: ModuleService, bindings: MODULES },
  { service: ModelService, bindings: MODELS },
  { service: AccessService, bindings: ACCESS },
  { service: AuditService, bindings: AUDIT },
  { service: CoordinatorService, bindings: COORDINATORS },
  { service: RouterService, bindings: ROUTER },
  { service: SecretService, bindings: SECRETS },
  { service: WalletService, bindings: WALLETS },
];
