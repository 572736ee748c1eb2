import type { CredentialRecord, TokenRecord } from '../../common/model/access.js';
import type { IntentRecord } from '../../common/model/intent.js';
import type { KeyedAnswerRecord } from '../../common/model/keyed-answer.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';
import type { MachineRecord } from '../../common/model/machine.js';
import type { ModelRecord } from '../../common/model/model-record.js';
import type { ModuleRecord } from '../../common/model/module.js';
import type { NamespaceRecord } from '../../common/model/namespace.js';
import type { NetworkRecord } from '../../common/model/network.js';
import type { MinerHistory } from '../../common/model/revision.js';
import { rewardKey, subnetKey } from '../../common/model/reward.js';
import type { RewardDay, SubnetRecord } from '../../common/model/reward.js';
import type { SecretRecord } from '../../common/model/secret.js';
import type { StakePolicyRecord } from '../../common/model/stake-policy.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import { weightCommitKey } from '../../common/model/weight-commit.js';
import type { WeightCommitPlace, WeightCommitRecord } from '../../common/model/weight-commit.js';
import type { Records } from './records.js';
import { FleetView, secretKey } from './view.js';

/** Of a transaction what puts and removes whole documents, of which none has to do with another. */
export abstract class DocumentWrites extends FleetView {
  putNamespace(record: NamespaceRecord): void {
    this.writing().namespaces.put(record.name, record);
  }

  removeNamespace(name: string): void {
    this.writing().namespaces.remove(name);
  }

  putToken(record: TokenRecord): void {
    this.writing().tokens.put(record.id, record);
  }

  removeToken(id: string): void {
    this.writing().tokens.remove(id);
  }

  putCredential(record: CredentialRecord): void {
    this.writing().credentials.put(record.serial, record);
  }

  removeCredential(serial: string): void {
    this.writing().credentials.remove(serial);
  }

  putSecret(record: SecretRecord): void {
    this.writing().secrets.put(secretKey(record.namespace, record.name), record);
  }

  removeSecret(namespace: string, name: string): void {
    this.writing().secrets.remove(secretKey(namespace, name));
  }

  putWallet(record: WalletRecord): void {
    this.writing().wallets.put(record.name, record);
  }

  removeWallet(name: string): void {
    this.writing().wallets.remove(name);
  }

  putModule(record: ModuleRecord): void {
    this.writing().modules.put(record.name, record);
  }

  removeModule(name: string): void {
    this.writing().modules.remove(name);
  }

  putIntent(record: IntentRecord): void {
    this.writing().intents.put(record.id, record);
  }

  removeIntent(id: string): void {
    this.writing().intents.remove(id);
  }

  putNetwork(record: NetworkRecord): void {
    this.writing().networks.put(record.name, record);
  }

  removeNetwork(name: string): void {
    this.writing().networks.remove(name);
  }

  putStakePolicy(record: StakePolicyRecord): void {
    this.writing().stakePolicies.put(record.spec.name, record);
  }

  removeStakePolicy(name: string): void {
    this.writing().stakePolicies.remove(name);
  }

  putSubnet(record: SubnetRecord): void {
    this.writing().subnets.put(subnetKey(record.network, record.netuid), record);
  }

  removeSubnet(network: string, netuid: number): void {
    this.writing().subnets.remove(subnetKey(network, netuid));
  }

  putReward(record: RewardDay): void {
    this.writing().rewards.put(rewardKey(record), record);
  }

  removeReward(key: string): void {
    this.writing().rewards.remove(key);
  }

  putWeightCommit(record: WeightCommitRecord): void {
    this.writing().weightCommits.put(weightCommitKey(record), record);
  }

  removeWeightCommit(place: WeightCommitPlace): void {
    this.writing().weightCommits.remove(weightCommitKey(place));
  }

  putLease(record: LeaseRecord): void {
    this.writing().leases.put(record.id, record);
  }

  removeLease(id: string): void {
    this.writing().leases.remove(id);
  }

  putModelRecord(record: ModelRecord): void {
    this.writing().modelRecords.put(record.miner, record);
  }

  putMachine(record: MachineRecord): void {
    this.writing().machines.put(record.id, record);
  }

  removeMachine(id: string): void {
    this.writing().machines.remove(id);
  }

  putKeyedAnswer(record: KeyedAnswerRecord): void {
    this.writing().keyedAnswers.put(record.id, record);
  }

  removeKeyedAnswer(id: string): void {
    this.writing().keyedAnswers.remove(id);
  }

  putHistory(miner: string, history: MinerHistory): void {
    this.writing().histories.put(miner, history);
  }

  putSetting(key: string, value: object): void {
    this.writing().settings.put(key, value);
  }

  /** The records while the transaction is open; throws afterwards. */
  protected abstract writing(): Records;
}
