import type { CredentialRecord, TokenRecord } from '../../common/model/access.js';
import type { HostRecord } from '../../common/model/host.js';
import type { IntentRecord } from '../../common/model/intent.js';
import type { KeyedAnswerRecord } from '../../common/model/keyed-answer.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';
import type { MachineRecord } from '../../common/model/machine.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { ModelRecord } from '../../common/model/model-record.js';
import type { ModuleRecord } from '../../common/model/module.js';
import { DEFAULT_NAMESPACE, NO_QUOTA } from '../../common/model/namespace.js';
import type { NamespaceRecord } from '../../common/model/namespace.js';
import type { NetworkRecord } from '../../common/model/network.js';
import type { RewardDay, SubnetRecord } from '../../common/model/reward.js';
import type { MinerHistory } from '../../common/model/revision.js';
import type { SecretRecord } from '../../common/model/secret.js';
import type { StakePolicyRecord } from '../../common/model/stake-policy.js';
import type { VerdictHistory } from '../../common/model/verdict.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import type { WeightCommitRecord } from '../../common/model/weight-commit.js';
import type { Workload } from '../../common/model/workload.js';
import { atOnce, inTurns } from '../in-turns.js';
import { FENCE_EPOCHS } from '../store/store.js';
import type { DocumentTable, StoreChange, StoreCommit, StoredFleet } from '../store/store.js';
import { Documents } from './documents.js';
import { Instances } from './instances.js';
import { LastRevisions } from './last-revisions.js';
import { upgradeMiner } from './upgrade.js';

const NEXT_SERIAL = 'fleet.nextSerial';
/** Serials skipped each time the store was set back: more than a fleet could have drawn since the backup. */
const FENCE_SERIALS = 1_000_000_000;

/** Where the documents of a table are, by its name. */
const DOCUMENTS = {
  host: 'hosts',
  setting: 'settings',
  history: 'histories',
  namespace: 'namespaces',
  token: 'tokens',
  credential: 'credentials',
  secret: 'secrets',
  wallet: 'wallets',
  module: 'modules',
  intent: 'intents',
  network: 'networks',
  stakePolicy: 'stakePolicies',
  subnet: 'subnets',
  reward: 'rewards',
  weightCommit: 'weightCommits',
  lease: 'leases',
  verdict: 'verdicts',
  modelRecord: 'modelRecords',
  machine: 'machines',
  keyedAnswer: 'keyedAnswers',
} as const satisfies Record<Exclude<DocumentTable, 'miner' | 'workload'>, keyof Records>;

/** What holds of the default namespace until somebody says otherwise. */
const DEFAULT_RECORD: NamespaceRecord = Object.freeze({
  name: DEFAULT_NAMESPACE,
  description: 'Miners that name no other.',
  labels: {},
  quota: NO_QUOTA,
  createdAtMs: 0,
  updatedAtMs: 0,
});

/** All records of the fleet, the transaction under way included. */
export class Records {
  epoch: number;
  revision: number;
  readonly miners: Documents<MinerRecord>;
  readonly workloads: Documents<Workload, number>;
  readonly hosts: Documents<HostRecord>;
  readonly settings: Documents<object>;
  readonly histories: Documents<MinerHistory>;
  readonly namespaces: Documents<NamespaceRecord>;
  readonly tokens: Documents<TokenRecord>;
  readonly credentials: Documents<CredentialRecord>;
  readonly secrets: Documents<SecretRecord>;
  readonly wallets: Documents<WalletRecord>;
  readonly modules: Documents<ModuleRecord>;
  readonly intents: Documents<IntentRecord>;
  readonly networks: Documents<NetworkRecord>;
  readonly stakePolicies: Documents<StakePolicyRecord>;
  readonly subnets: Documents<SubnetRecord>;
  readonly rewards: Documents<RewardDay>;
  readonly weightCommits: Documents<WeightCommitRecord>;
  readonly leases: Documents<LeaseRecord>;
  readonly verdicts: Documents<VerdictHistory>;
  readonly modelRecords: Documents<ModelRecord>;
  readonly machines: Documents<MachineRecord>;
  readonly keyedAnswers: Documents<KeyedAnswerRecord>;
  readonly instances: Instances;
  readonly lastRevisions: LastRevisions;
  #nextSerial: number;

  /** For `of` and `open`, which read the instances, too: of what is stored, all but those. */
  constructor(stored: StoredFleet) {
    this.epoch = stored.epoch + 1;
    this.revision = stored.revision;
    this.lastRevisions = new LastRevisions(stored);
    const miners = documentsOf<MinerRecord>(stored, 'miner').map(
      ([name, miner]) => [name, upgradeMiner(miner)] as const,
    );
    this.miners = new Documents('miner', miners);
    const workloads = documentsOf<Workload>(stored, 'workload').map(([, value]) => [value.id, value] as const);
    this.workloads = new Documents('workload', workloads);
    this.hosts = new Documents('host', documentsOf<HostRecord>(stored, 'host'));
    this.histories = new Documents('history', documentsOf<MinerHistory>(stored, 'history'));
    this.settings = new Documents('setting', documentsOf<object>(stored, 'setting'));
    this.namespaces = new Documents('namespace', [
      [DEFAULT_NAMESPACE, DEFAULT_RECORD],
      ...documentsOf<NamespaceRecord>(stored, 'namespace'),
    ]);
    this.tokens = new Documents('token', documentsOf<TokenRecord>(stored, 'token'));
    this.credentials = new Documents('credential', documentsOf<CredentialRecord>(stored, 'credential'));
    this.secrets = new Documents('secret', documentsOf<SecretRecord>(stored, 'secret'));
    this.wallets = new Documents('wallet', documentsOf<WalletRecord>(stored, 'wallet'));
    this.modules = new Documents('module', documentsOf<ModuleRecord>(stored, 'module'));
    this.intents = new Documents('intent', documentsOf<IntentRecord>(stored, 'intent'));
    this.networks = new Documents('network', documentsOf<NetworkRecord>(stored, 'network'));
    this.stakePolicies = new Documents('stakePolicy', documentsOf<StakePolicyRecord>(stored, 'stakePolicy'));
    this.subnets = new Documents('subnet', documentsOf<SubnetRecord>(stored, 'subnet'));
    this.rewards = new Documents('reward', documentsOf<RewardDay>(stored, 'reward'));
    this.weightCommits = new Documents('weightCommit', documentsOf<WeightCommitRecord>(stored, 'weightCommit'));
    this.leases = new Documents('lease', documentsOf<LeaseRecord>(stored, 'lease'));
    this.verdicts = new Documents('verdict', documentsOf<VerdictHistory>(stored, 'verdict'));
    this.modelRecords = new Documents('modelRecord', documentsOf<ModelRecord>(stored, 'modelRecord'));
    this.machines = new Documents('machine', documentsOf<MachineRecord>(stored, 'machine'));
    this.keyedAnswers = new Documents('keyedAnswer', documentsOf<KeyedAnswerRecord>(stored, 'keyedAnswer'));
    this.instances = new Instances((id) => this.workloads.get(id)?.identity ?? '');
    this.#nextSerial = Math.max(this.#reservedSerial(), fencedSerial(this.epoch));
  }

  /** What is stored, read in turns of the event loop: a million instances take most of a second. */
  static open(stored: StoredFleet): Promise<Records> {
    return inTurns(Records.#reading(stored));
  }

  /** What is stored, read at once. */
  static of(stored: StoredFleet): Records {
    return atOnce(Records.#reading(stored));
  }

  static *#reading(stored: StoredFleet): Generator<void, Records> {
    const records = new Records(stored);
    const { instances } = records;
    yield* instances.loading(stored.instances);
    records.#nextSerial = Math.max(records.#nextSerial, instances.table.highestSerial + 1);
    return records;
  }

  /** The serial that the next instance gets. */
  get nextSerial(): number {
    return this.#nextSerial;
  }

  /** Draws `count` consecutive serials and returns the first. */
  drawSerials(count: number): number {
    this.#nextSerial += count;
    return this.#nextSerial - count;
  }

  /**
   * Keeps the counter where a restart finds it. After a restart it continues behind the highest serial there is, so it
   * need be written only when an instance goes, which could have been the highest.
   */
  keepSerials(): void {
    if (this.#reservedSerial() < this.#nextSerial) this.settings.put(NEXT_SERIAL, { next: this.#nextSerial });
  }

  /** Brings back what was before the transaction; `nextSerial` as it was then. */
  undo(nextSerial: number): void {
    // Instances last: who holds an identity is looked up in the workloads.
    for (const documents of this.#documents()) documents.undo();
    this.instances.undo();
    this.#nextSerial = nextSerial;
  }

  /** Ends the transaction: its changes, one for each record. */
  takeChanges(): StoreChange[] {
    const changes: StoreChange[] = [];
    for (const documents of this.#documents()) documents.takeChanges(changes);
    this.instances.takeChanges(changes);
    return changes;
  }

  /** Takes over a commit of another coordinator; the answer tells also of what it removed. */
  adopt(commit: StoreCommit): StoreCommit {
    for (const change of commit.changes) if ('table' in change) this.#adoptDocument(change);
    const changes = this.instances.adopt(commit.changes);
    this.revision = commit.revision;
    this.lastRevisions.take(commit);
    return { ...commit, changes };
  }

  #adoptDocument(change: Extract<StoreChange, { readonly table: DocumentTable }>): void {
    const value = change.kind === 'document' ? change.value : undefined;
    const { table, key } = change;
    // The fleet alone writes these tables, here as at the start.
    if (table === 'workload') this.workloads.adopt(Number(key), value as Workload | undefined);
    // As above.
    else if (table === 'miner') this.miners.adopt(key, value && upgradeMiner(value as MinerRecord));
    // As above; which table it is the compiler does not know.
    else this[DOCUMENTS[table]].adopt(key, value as never);
  }

  #documents(): Pick<Documents<object>, 'undo' | 'takeChanges'>[] {
    return [
      this.miners,
      this.workloads,
      this.hosts,
      this.settings,
      this.histories,
      this.namespaces,
      this.tokens,
      this.credentials,
      this.secrets,
      this.wallets,
      this.modules,
      this.intents,
      this.networks,
      this.stakePolicies,
      this.subnets,
      this.rewards,
      this.weightCommits,
      this.leases,
      this.verdicts,
      this.modelRecords,
      this.machines,
      this.keyedAnswers,
    ];
  }

  #reservedSerial(): number {
    const reserved = this.settings.get(NEXT_SERIAL);
    return reserved !== undefined && 'next' in reserved && typeof reserved.next === 'number' ? reserved.next : 1;
  }
}

/** First serial that no coordinator of before the store was set back has drawn; agents may still hold such instances. */
function fencedSerial(epoch: number): number {
  return Math.floor(epoch / FENCE_EPOCHS) * FENCE_SERIALS + 1;
}

function documentsOf<V extends object>(stored: StoredFleet, table: DocumentTable): (readonly [string, V])[] {
  // The fleet alone writes these tables, and the store vouches for what it gives back.
  return [...(stored.documents.get(table) ?? [])].map(([key, value]) => [key, value as V] as const);
}
