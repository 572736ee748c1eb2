import { HeadframeError } from '../../common/model/error.js';
import type { CredentialRecord, TokenRecord } from '../../common/model/access.js';
import type { FleetEvent } from '../../common/model/event.js';
import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { IntentRecord } from '../../common/model/intent.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { ModelRecord } from '../../common/model/model-record.js';
import type { ModuleRecord } from '../../common/model/module.js';
import type { NamespaceRecord } from '../../common/model/namespace.js';
import type { NetworkRecord } from '../../common/model/network.js';
import { rewardKey, subnetKey } from '../../common/model/reward.js';
import type { RewardDay, SubnetRecord } from '../../common/model/reward.js';
import type { MinerHistory } from '../../common/model/revision.js';
import type { SecretRecord } from '../../common/model/secret.js';
import type { StakePolicyRecord } from '../../common/model/stake-policy.js';
import { keepVerdict, verdictKey } from '../../common/model/verdict.js';
import type { VerdictRecord } from '../../common/model/verdict.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import { weightCommitKey } from '../../common/model/weight-commit.js';
import type { WeightCommitPlace, WeightCommitRecord } from '../../common/model/weight-commit.js';
import { severityOf } from '../../common/model/reason.js';
import type { Workload } from '../../common/model/workload.js';
import type { StoreCommit } from '../store/store.js';
import { changeInstance } from './instance-change.js';
import { NOTHING, newInstance } from './new-instance.js';
import type { InstancePatch, InstancePlacement, InstanceStatus, NewEvent, ReportVerdict, Transaction } from './port.js';
import type { Records } from './records.js';
import { inUse, missing } from './refusals.js';
import { FleetView, secretKey } from './view.js';

/** Writes into the records and remembers how to undo it. Open → sealed or undone; after that it refuses writes. */
export class FleetTransaction extends FleetView implements Transaction {
  readonly atMs: number;
  readonly #records: Records;
  readonly #firstSerial: number;
  readonly #events: FleetEvent[] = [];
  #open = true;

  constructor(records: Records, atMs: number) {
    super(records);
    this.#records = records;
    this.#firstSerial = records.nextSerial;
    this.atMs = atMs;
  }

  override get revision(): number {
    return this.#records.revision + (this.#open ? 1 : 0);
  }

  putMiner(record: MinerRecord): void {
    this.#writing().miners.put(record.spec.name, record);
  }

  removeMiner(name: string): void {
    const { instances, miners, histories, modelRecords } = this.#writing();
    for (const { serial } of instances.table.ofMiner(name)) throw inUse('miner_in_use', `miner ${name}`, serial);
    miners.remove(name);
    histories.remove(name);
    modelRecords.remove(name);
  }

  putWorkload(workload: Workload): void {
    this.#writing().workloads.put(workload.id, workload);
  }

  removeWorkload(id: number): void {
    const { instances, workloads } = this.#writing();
    const users = instances.table.countOfWorkload(id);
    if (users > 0) throw inUse('workload_in_use', `workload ${String(id)}`, users);
    workloads.remove(id);
  }

  putHost(record: HostRecord): void {
    this.#writing().hosts.put(record.id, record);
  }

  removeHost(id: string): void {
    const { hosts, verdicts } = this.#writing();
    hosts.remove(id);
    for (const history of this.verdictsOf(id)) verdicts.remove(verdictKey(history));
  }

  putNamespace(record: NamespaceRecord): void {
    this.#writing().namespaces.put(record.name, record);
  }

  removeNamespace(name: string): void {
    this.#writing().namespaces.remove(name);
  }

  putToken(record: TokenRecord): void {
    this.#writing().tokens.put(record.id, record);
  }

  removeToken(id: string): void {
    this.#writing().tokens.remove(id);
  }

  putCredential(record: CredentialRecord): void {
    this.#writing().credentials.put(record.serial, record);
  }

  removeCredential(serial: string): void {
    this.#writing().credentials.remove(serial);
  }

  putSecret(record: SecretRecord): void {
    this.#writing().secrets.put(secretKey(record.namespace, record.name), record);
  }

  removeSecret(namespace: string, name: string): void {
    this.#writing().secrets.remove(secretKey(namespace, name));
  }

  putWallet(record: WalletRecord): void {
    this.#writing().wallets.put(record.name, record);
  }

  removeWallet(name: string): void {
    this.#writing().wallets.remove(name);
  }

  putModule(record: ModuleRecord): void {
    this.#writing().modules.put(record.name, record);
  }

  removeModule(name: string): void {
    this.#writing().modules.remove(name);
  }

  putIntent(record: IntentRecord): void {
    this.#writing().intents.put(record.id, record);
  }

  removeIntent(id: string): void {
    this.#writing().intents.remove(id);
  }

  putNetwork(record: NetworkRecord): void {
    this.#writing().networks.put(record.name, record);
  }

  removeNetwork(name: string): void {
    this.#writing().networks.remove(name);
  }

  putStakePolicy(record: StakePolicyRecord): void {
    this.#writing().stakePolicies.put(record.spec.name, record);
  }

  removeStakePolicy(name: string): void {
    this.#writing().stakePolicies.remove(name);
  }

  putSubnet(record: SubnetRecord): void {
    this.#writing().subnets.put(subnetKey(record.network, record.netuid), record);
  }

  removeSubnet(network: string, netuid: number): void {
    this.#writing().subnets.remove(subnetKey(network, netuid));
  }

  putReward(record: RewardDay): void {
    this.#writing().rewards.put(rewardKey(record), record);
  }

  removeReward(key: string): void {
    this.#writing().rewards.remove(key);
  }

  putWeightCommit(record: WeightCommitRecord): void {
    this.#writing().weightCommits.put(weightCommitKey(record), record);
  }

  removeWeightCommit(place: WeightCommitPlace): void {
    this.#writing().weightCommits.remove(weightCommitKey(place));
  }

  putLease(record: LeaseRecord): void {
    this.#writing().leases.put(record.id, record);
  }

  removeLease(id: string): void {
    this.#writing().leases.remove(id);
  }

  addVerdict(verdict: VerdictRecord): void {
    const { hosts, verdicts } = this.#writing();
    if (hosts.get(verdict.hostId) === undefined) throw missing('host_not_found', `host ${verdict.hostId}`);
    const key = verdictKey(verdict);
    verdicts.put(key, keepVerdict(verdicts.get(key), verdict));
  }

  putModelRecord(record: ModelRecord): void {
    this.#writing().modelRecords.put(record.miner, record);
  }

  putHistory(miner: string, history: MinerHistory): void {
    this.#writing().histories.put(miner, history);
  }

  putSetting(key: string, value: object): void {
    this.#writing().settings.put(key, value);
  }

  createInstances(
    miner: string,
    workloadId: number,
    count: number,
    why: { readonly reason: string; readonly text: string },
  ): number {
    const records = this.#writing();
    if (records.miners.get(miner) === undefined) throw missing('miner_not_found', `miner ${miner}`);
    if (records.workloads.get(workloadId)?.miner !== miner)
      throw missing('workload_not_found', `workload ${String(workloadId)} of ${miner}`);
    const first = records.drawSerials(count);
    const common = { miner, workloadId, ...why, atMs: this.atMs };
    if (count > 0) records.instances.addRun(newInstance(first, common), count);
    return first;
  }

  updateInstance(serial: number, patch: InstancePatch): InstanceRecord {
    const { instances } = this.#writing();
    const before = this.#existing(serial);
    const after = changeInstance(before, patch, this.atMs);
    if (after !== before) instances.replace(before, after);
    return after;
  }

  assignInstances(placement: InstancePlacement): void {
    const { instances } = this.#writing();
    if (instances.place(placement, this.atMs)) return;
    const { hostId, serials, hostPorts, gpuIds, reason, text } = placement;
    serials.forEach((serial, at) => {
      const grant = { hostPorts: hostPorts?.[at] ?? NOTHING, gpuIds: gpuIds?.[at] ?? NOTHING };
      this.updateInstance(serial, { state: 'assigned', hostId, reason, text, ...grant });
    });
  }

  reportInstances(hostId: string, statuses: readonly InstanceStatus[]): ReadonlyMap<ReportVerdict, number> {
    const { instances } = this.#writing();
    const counts = new Map<ReportVerdict, number>();
    const single = ({ serial, ...patch }: InstanceStatus): unknown => this.updateInstance(serial, patch);
    const intake = instances.intake({ hostId, atMs: this.atMs }, single);
    for (const status of statuses) {
      const verdict = intake.take(status);
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    }
    return counts;
  }

  removeInstance(serial: number): void {
    const records = this.#writing();
    records.instances.remove(this.#existing(serial));
    records.keepSerials();
  }

  event(event: NewEvent): void {
    this.#writing();
    this.#events.push({
      revision: this.revision,
      atMs: this.atMs,
      severity: severityOf(event.reason),
      miner: event.subject === 'miner' ? event.id : '',
      hostId: event.subject === 'host' ? event.id : '',
      state: '',
      ...event,
    });
  }

  /** Open → undone: the records are as they were before. */
  undo(): void {
    this.#open = false;
    this.#records.undo(this.#firstSerial);
  }

  /** Open → sealed: what is to be stored, or undefined when nothing changed. */
  seal(): StoreCommit | undefined {
    const revision = this.revision;
    this.#open = false;
    const changes = this.#records.takeChanges();
    if (changes.length === 0 && this.#events.length === 0) return undefined;
    this.#records.revision = revision;
    return { revision, atMs: this.atMs, changes, events: this.#events };
  }

  #writing(): Records {
    if (this.#open) return this.#records;
    throw new HeadframeError({ code: 'internal', reason: 'transaction_ended', message: 'the transaction has ended' });
  }

  #existing(serial: number): InstanceRecord {
    const found = this.instance(serial);
    if (found === undefined) throw missing('instance_not_found', `instance ${String(serial)}`);
    return found;
  }
}
