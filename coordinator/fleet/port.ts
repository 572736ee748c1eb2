import type { CredentialRecord, TokenRecord } from '../../common/model/access.js';
import type { FleetEvent } from '../../common/model/event.js';
import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { IntentRecord } from '../../common/model/intent.js';
import type { KeyedAnswerRecord } from '../../common/model/keyed-answer.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';
import type { MachineRecord } from '../../common/model/machine.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { ModelRecord } from '../../common/model/model-record.js';
import type { ModuleRecord } from '../../common/model/module.js';
import type { NamespaceRecord } from '../../common/model/namespace.js';
import type { NetworkRecord } from '../../common/model/network.js';
import type { RewardDay, SubnetRecord } from '../../common/model/reward.js';
import type { MinerHistory } from '../../common/model/revision.js';
import type { SecretRecord } from '../../common/model/secret.js';
import type { StakePolicyRecord } from '../../common/model/stake-policy.js';
import type { VerdictHistory, VerdictRecord } from '../../common/model/verdict.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import type { WeightCommitPlace, WeightCommitRecord } from '../../common/model/weight-commit.js';
import type { Workload } from '../../common/model/workload.js';
import type { StoreCommit } from '../store/store.js';

/** Instances of a miner or host, counted by state as they change. */
export interface InstanceCounts {
  readonly pending: number;
  readonly assigned: number;
  readonly preparing: number;
  readonly starting: number;
  readonly running: number;
  readonly stopping: number;
  readonly stopped: number;
  readonly failed: number;
  readonly lost: number;
  /** Of those running: with health `healthy` or `none`. */
  readonly healthy: number;
}

/** Whose an instance is, where, and how far it has come. */
export type InstanceWhereabouts = Pick<InstanceRecord, 'miner' | 'hostId' | 'state'>;

/** What an instance holds of its host, or that it waits for one. */
export type InstanceHolding = Pick<
  InstanceRecord,
  'serial' | 'miner' | 'workloadId' | 'hostId' | 'state' | 'reason' | 'hostPorts' | 'gpuIds' | 'changedAtMs'
>;

/** The fleet's records as of the last transaction, durable or about to be. Reads are synchronous and cheap. */
export interface FleetReader {
  readonly revision: number;
  readonly epoch: number;
  miner(name: string): MinerRecord | undefined;
  miners(): Iterable<MinerRecord>;
  /** Of the last change of a miner that is there, the transaction under way left out; the same at all coordinators. */
  revisionOfMiner(name: string): number;
  workload(id: number): Workload | undefined;
  host(id: string): HostRecord | undefined;
  hosts(): Iterable<HostRecord>;
  /** As `revisionOfMiner`. */
  revisionOfHost(id: string): number;
  instance(serial: number): InstanceRecord | undefined;
  /** Of `instance` what most ask for, at a fraction of its cost. */
  whereaboutsOf(serial: number): InstanceWhereabouts | undefined;
  instances(): Iterable<InstanceRecord>;
  /** Of all `instances` what they hold or wait for, at a fraction of the cost. */
  holdings(): Iterable<InstanceHolding>;
  /** In the order of their serials. While it is read, only the instance just given may be removed. */
  instancesOf(miner: string): Iterable<InstanceRecord>;
  /** In the order they came. While it is read, only the instance just given may be removed or change its host. */
  instancesOn(hostId: string): Iterable<InstanceRecord>;
  countsOf(miner: string): InstanceCounts;
  countsOn(hostId: string): InstanceCounts;
  /** The live (assigned and not ended) instance that holds an exclusive identity, if any. */
  holderOf(identity: string): InstanceRecord | undefined;
  /** Records of instances that run a workload, ended ones included. */
  instancesOfWorkload(workloadId: number): number;
  /** The namespace `default` is always there. */
  namespace(name: string): NamespaceRecord | undefined;
  namespaces(): Iterable<NamespaceRecord>;
  token(id: string): TokenRecord | undefined;
  tokens(): Iterable<TokenRecord>;
  /** By the serial of a certificate. */
  credential(serial: string): CredentialRecord | undefined;
  credentials(): Iterable<CredentialRecord>;
  secret(namespace: string, name: string): SecretRecord | undefined;
  secrets(): Iterable<SecretRecord>;
  wallet(name: string): WalletRecord | undefined;
  wallets(): Iterable<WalletRecord>;
  module(name: string): ModuleRecord | undefined;
  modules(): Iterable<ModuleRecord>;
  /** Calls of chains, by their ids. */
  intent(id: string): IntentRecord | undefined;
  intents(): Iterable<IntentRecord>;
  network(name: string): NetworkRecord | undefined;
  networks(): Iterable<NetworkRecord>;
  stakePolicy(name: string): StakePolicyRecord | undefined;
  stakePolicies(): Iterable<StakePolicyRecord>;
  /** Subnets that are read once a tempo. */
  subnet(network: string, netuid: number): SubnetRecord | undefined;
  subnets(): Iterable<SubnetRecord>;
  /** What hotkeys earned, by `rewardKey`. */
  reward(key: string): RewardDay | undefined;
  rewards(): Iterable<RewardDay>;
  /** The weights that a hotkey committed last in a subnet. */
  weightCommit(place: WeightCommitPlace): WeightCommitRecord | undefined;
  weightCommits(): Iterable<WeightCommitRecord>;
  /** By id, those that have ended a while ago included. */
  lease(id: string): LeaseRecord | undefined;
  leases(): Iterable<LeaseRecord>;
  /** What challenges found of a host: a history for each type that it was asked. */
  verdictsOf(hostId: string): readonly VerdictHistory[];
  verdicts(): Iterable<VerdictHistory>;
  /** How a model has served; undefined for one that never did. */
  modelRecord(miner: string): ModelRecord | undefined;
  /** What providers gave, by id. */
  machine(id: string): MachineRecord | undefined;
  machines(): Iterable<MachineRecord>;
  /** Requests that carried a key, by their ids. */
  keyedAnswer(id: string): KeyedAnswerRecord | undefined;
  keyedAnswers(): Iterable<KeyedAnswerRecord>;
  /** The revisions of a miner that are kept; none for one that is not there. */
  historyOf(miner: string): MinerHistory;
  setting(key: string): object | undefined;
}

/** What an instance's change may touch; the rest is fixed at creation. What is undefined stays as it was. */
export type InstancePatch = Partial<
  Pick<
    InstanceRecord,
    | 'hostId'
    | 'state'
    | 'health'
    | 'reason'
    | 'text'
    | 'restarts'
    | 'exitCode'
    | 'hostPorts'
    | 'gpuIds'
    | 'containerId'
    | 'startedAtMs'
  >
>;

/** Places for pending instances, on one host. */
export interface InstancePlacement {
  readonly hostId: string;
  readonly serials: readonly number[];
  /** The host ports of each, in the order of the serials; undefined when none has any. */
  readonly hostPorts: readonly (readonly number[])[] | undefined;
  /** The GPUs of each, likewise. */
  readonly gpuIds: readonly (readonly string[])[] | undefined;
  readonly reason: string;
  readonly text: string;
}

/** What an agent says of one instance that it holds; an exit code that is undefined stays as it was. */
export type InstanceStatus = Pick<
  InstanceRecord,
  'serial' | 'state' | 'health' | 'reason' | 'text' | 'restarts' | 'exitCode' | 'containerId' | 'startedAtMs'
>;

/** What became of a status: all but `taken` changed nothing. */
export const REPORT_VERDICTS = ['taken', 'unchanged', 'unknown', 'foreign', 'outdated'] as const;

/** What became of a status. */
export type ReportVerdict = (typeof REPORT_VERDICTS)[number];

/** An event as its author gives it; revision and time come from the transaction. */
export type NewEvent = Pick<FleetEvent, 'subject' | 'id' | 'reason' | 'text'> &
  Partial<Pick<FleetEvent, 'miner' | 'hostId' | 'state' | 'severity'>>;

/**
 * Writes of one transaction. They show in its reads at once and are undone when the transaction's function throws.
 * Its `revision` is the one that its changes will have. It is of no use once its function has returned.
 */
export interface Transaction extends FleetReader {
  /** Unix milliseconds; the same for the whole transaction. */
  readonly atMs: number;
  putMiner(record: MinerRecord): void;
  /** Throws `HeadframeError` (failed_precondition) while it has instances; so does `removeWorkload`. */
  removeMiner(name: string): void;
  putWorkload(workload: Workload): void;
  removeWorkload(id: number): void;
  putHost(record: HostRecord): void;
  /** Its verdicts go with it. */
  removeHost(id: string): void;
  putNamespace(record: NamespaceRecord): void;
  removeNamespace(name: string): void;
  putToken(record: TokenRecord): void;
  removeToken(id: string): void;
  putCredential(record: CredentialRecord): void;
  removeCredential(serial: string): void;
  putSecret(record: SecretRecord): void;
  removeSecret(namespace: string, name: string): void;
  putWallet(record: WalletRecord): void;
  removeWallet(name: string): void;
  putModule(record: ModuleRecord): void;
  removeModule(name: string): void;
  putIntent(record: IntentRecord): void;
  removeIntent(id: string): void;
  putNetwork(record: NetworkRecord): void;
  removeNetwork(name: string): void;
  putStakePolicy(record: StakePolicyRecord): void;
  removeStakePolicy(name: string): void;
  putSubnet(record: SubnetRecord): void;
  removeSubnet(network: string, netuid: number): void;
  putReward(record: RewardDay): void;
  removeReward(key: string): void;
  putWeightCommit(record: WeightCommitRecord): void;
  removeWeightCommit(place: WeightCommitPlace): void;
  putLease(record: LeaseRecord): void;
  removeLease(id: string): void;
  /**
   * Keeps a verdict with the last ones of its host and type, and forgets those that are too old beside it. Throws
   * `HeadframeError`: already_exists when one of them has its id, not_found when there is no such host.
   */
  addVerdict(verdict: VerdictRecord): void;
  /** Goes with the miner. */
  putModelRecord(record: ModelRecord): void;
  putMachine(record: MachineRecord): void;
  removeMachine(id: string): void;
  putKeyedAnswer(record: KeyedAnswerRecord): void;
  removeKeyedAnswer(id: string): void;
  /** Goes with the miner. */
  putHistory(miner: string, history: MinerHistory): void;
  putSetting(key: string, value: object): void;
  /** Creates `count` pending instances with consecutive serials and returns the first serial. */
  createInstances(miner: string, workloadId: number, count: number, why: { reason: string; text: string }): number;
  /**
   * Throws `HeadframeError` (failed_precondition) when the state would go backwards (common/model/instance.ts mayFollow),
   * when the host would change, and when another live instance holds the exclusive identity it would take.
   * A patch that changes nothing is no change, also of an ended instance. `changedAtMs` moves with state, health,
   * reason, restarts and host.
   */
  updateInstance(serial: number, patch: InstancePatch): InstanceRecord;
  /** Has pending instances assigned, as `updateInstance` would one by one, and throws what that throws; many at once cost a tenth. */
  assignInstances(placement: InstancePlacement): void;
  /**
   * Takes in what a host's agent says of its instances, in order, as far as it may be so; counts how many of each verdict.
   * What may not be so is no error: agents lag behind. Calls for several hosts may share a transaction; each call makes
   * one change of all rows that come to the same standing.
   */
  reportInstances(hostId: string, statuses: readonly InstanceStatus[]): ReadonlyMap<ReportVerdict, number>;
  removeInstance(serial: number): void;
  event(event: NewEvent): void;
}

/** A transaction's outcome: its value at once, and a promise that it is on stable storage. */
export interface Committed<T> {
  readonly value: T;
  readonly revision: number;
  /** Rejects only when the store has failed for good; the coordinator then ends. Ignoring it is safe. */
  readonly durable: Promise<void>;
}

/** The only writer of the fleet's records. */
export interface FleetPort extends FleetReader {
  /**
   * Runs `fn` synchronously; without changes no revision is used. Rethrows what `fn` throws after undoing its changes.
   * Tell clients and agents only after `durable`.
   */
  transact<T>(fn: (tx: Transaction) => T): Committed<T>;
  /** Called synchronously after each transaction, before it is durable: for indices and loops. Returns the unsubscriber. */
  onApplied(listener: (commit: StoreCommit) => void): () => void;
  /** Called once each commit is durable, in order: for dispatch, watches and acknowledgements. Returns the unsubscriber. */
  onDurable(listener: (commit: StoreCommit) => void): () => void;
  /**
   * Durable commits after `afterRevision`, then those to come, until the signal. Bounded: a reader too slow for the ring
   * gets `HeadframeError` (out_of_range, reason 'revision_compacted'), as does one that asks for what is no longer kept.
   */
  watch(afterRevision: number, signal: AbortSignal): AsyncIterable<StoreCommit>;
  /** Resolves with the cause when the store has failed; the coordinator must then end. */
  readonly failed: Promise<Error>;
}
