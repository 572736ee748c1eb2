import type { CredentialRecord, TokenRecord } from '../../common/model/access.js';
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
import { subnetKey } from '../../common/model/reward.js';
import type { RewardDay, SubnetRecord } from '../../common/model/reward.js';
import type { MinerHistory } from '../../common/model/revision.js';
import type { SecretRecord } from '../../common/model/secret.js';
import type { StakePolicyRecord } from '../../common/model/stake-policy.js';
import { CHALLENGE_TYPES, verdictKey } from '../../common/model/verdict.js';
import type { VerdictHistory } from '../../common/model/verdict.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import { weightCommitKey } from '../../common/model/weight-commit.js';
import type { WeightCommitPlace, WeightCommitRecord } from '../../common/model/weight-commit.js';
import type { Workload } from '../../common/model/workload.js';
import type { FleetReader, InstanceCounts, InstanceHolding, InstanceWhereabouts } from './port.js';
import type { Records } from './records.js';

const NO_HISTORY: MinerHistory = Object.freeze({ revisions: [] });

/** The reading side that the fleet and its transactions share. */
export class FleetView implements FleetReader {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  get revision(): number {
    return this.#records.revision;
  }

  get epoch(): number {
    return this.#records.epoch;
  }

  miner(name: string): MinerRecord | undefined {
    return this.#records.miners.get(name);
  }

  miners(): Iterable<MinerRecord> {
    return this.#records.miners.values();
  }

  revisionOfMiner(name: string): number {
    return this.#records.lastRevisions.of('miner', name);
  }

  revisionOfHost(id: string): number {
    return this.#records.lastRevisions.of('host', id);
  }

  workload(id: number): Workload | undefined {
    return this.#records.workloads.get(id);
  }

  host(id: string): HostRecord | undefined {
    return this.#records.hosts.get(id);
  }

  hosts(): Iterable<HostRecord> {
    return this.#records.hosts.values();
  }

  instance(serial: number): InstanceRecord | undefined {
    return this.#records.instances.table.get(serial);
  }

  whereaboutsOf(serial: number): InstanceWhereabouts | undefined {
    return this.#records.instances.table.whereaboutsOf(serial);
  }

  instances(): Iterable<InstanceRecord> {
    return this.#records.instances.table.all();
  }

  holdings(): Iterable<InstanceHolding> {
    return this.#records.instances.table.holdings();
  }

  instancesOf(miner: string): Iterable<InstanceRecord> {
    return this.#records.instances.table.ofMiner(miner);
  }

  instancesOn(hostId: string): Iterable<InstanceRecord> {
    return this.#records.instances.table.onHost(hostId);
  }

  instancesOfWorkload(workloadId: number): number {
    return this.#records.instances.table.countOfWorkload(workloadId);
  }

  countsOf(miner: string): InstanceCounts {
    return this.#records.instances.table.countsOfMiner(miner);
  }

  countsOn(hostId: string): InstanceCounts {
    return this.#records.instances.table.countsOnHost(hostId);
  }

  holderOf(identity: string): InstanceRecord | undefined {
    return this.#records.instances.holderOf(identity);
  }

  namespace(name: string): NamespaceRecord | undefined {
    return this.#records.namespaces.get(name);
  }

  namespaces(): Iterable<NamespaceRecord> {
    return this.#records.namespaces.values();
  }

  token(id: string): TokenRecord | undefined {
    return this.#records.tokens.get(id);
  }

  tokens(): Iterable<TokenRecord> {
    return this.#records.tokens.values();
  }

  credential(serial: string): CredentialRecord | undefined {
    return this.#records.credentials.get(serial);
  }

  credentials(): Iterable<CredentialRecord> {
    return this.#records.credentials.values();
  }

  secret(namespace: string, name: string): SecretRecord | undefined {
    return this.#records.secrets.get(secretKey(namespace, name));
  }

  secrets(): Iterable<SecretRecord> {
    return this.#records.secrets.values();
  }

  wallet(name: string): WalletRecord | undefined {
    return this.#records.wallets.get(name);
  }

  wallets(): Iterable<WalletRecord> {
    return this.#records.wallets.values();
  }

  module(name: string): ModuleRecord | undefined {
    return this.#records.modules.get(name);
  }

  modules(): Iterable<ModuleRecord> {
    return this.#records.modules.values();
  }

  intent(id: string): IntentRecord | undefined {
    return this.#records.intents.get(id);
  }

  intents(): Iterable<IntentRecord> {
    return this.#records.intents.values();
  }

  network(name: string): NetworkRecord | undefined {
    return this.#records.networks.get(name);
  }

  networks(): Iterable<NetworkRecord> {
    return this.#records.networks.values();
  }

  stakePolicy(name: string): StakePolicyRecord | undefined {
    return this.#records.stakePolicies.get(name);
  }

  stakePolicies(): Iterable<StakePolicyRecord> {
    return this.#records.stakePolicies.values();
  }

  subnet(network: string, netuid: number): SubnetRecord | undefined {
    return this.#records.subnets.get(subnetKey(network, netuid));
  }

  subnets(): Iterable<SubnetRecord> {
    return this.#records.subnets.values();
  }

  reward(key: string): RewardDay | undefined {
    return this.#records.rewards.get(key);
  }

  rewards(): Iterable<RewardDay> {
    return this.#records.rewards.values();
  }

  weightCommit(place: WeightCommitPlace): WeightCommitRecord | undefined {
    return this.#records.weightCommits.get(weightCommitKey(place));
  }

  weightCommits(): Iterable<WeightCommitRecord> {
    return this.#records.weightCommits.values();
  }

  lease(id: string): LeaseRecord | undefined {
    return this.#records.leases.get(id);
  }

  leases(): Iterable<LeaseRecord> {
    return this.#records.leases.values();
  }

  verdictsOf(hostId: string): readonly VerdictHistory[] {
    return CHALLENGE_TYPES.flatMap((type) => this.#records.verdicts.get(verdictKey({ hostId, type })) ?? []);
  }

  verdicts(): Iterable<VerdictHistory> {
    return this.#records.verdicts.values();
  }

  modelRecord(miner: string): ModelRecord | undefined {
    return this.#records.modelRecords.get(miner);
  }

  machine(id: string): MachineRecord | undefined {
    return this.#records.machines.get(id);
  }

  machines(): Iterable<MachineRecord> {
    return this.#records.machines.values();
  }

  keyedAnswer(id: string): KeyedAnswerRecord | undefined {
    return this.#records.keyedAnswers.get(id);
  }

  keyedAnswers(): Iterable<KeyedAnswerRecord> {
    return this.#records.keyedAnswers.values();
  }

  historyOf(miner: string): MinerHistory {
    return this.#records.histories.get(miner) ?? NO_HISTORY;
  }

  setting(key: string): object | undefined {
    return this.#records.settings.get(key);
  }
}

/** Key of a secret among the records; a namespace has no slash in its name. */
export function secretKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
