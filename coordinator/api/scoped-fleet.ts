import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { NamespaceRecord } from '../../common/model/namespace.js';
import type { MinerHistory } from '../../common/model/revision.js';
import type { SecretRecord } from '../../common/model/secret.js';
import type { Workload } from '../../common/model/workload.js';
import type { FleetReader, InstanceCounts, InstanceWhereabouts } from '../fleet/port.js';

/** What handlers read of the fleet for those who call. */
export type FleetSight = Omit<
  FleetReader,
  | 'revisionOfMiner'
  | 'revisionOfHost'
  | 'instances'
  | 'holdings'
  | 'holderOf'
  | 'token'
  | 'tokens'
  | 'credential'
  | 'credentials'
  | 'wallet'
  | 'wallets'
  | 'module'
  | 'modules'
  | 'intent'
  | 'intents'
  | 'network'
  | 'networks'
  | 'stakePolicy'
  | 'stakePolicies'
  | 'subnet'
  | 'subnets'
  | 'reward'
  | 'rewards'
  | 'weightCommit'
  | 'weightCommits'
  | 'lease'
  | 'leases'
  | 'verdictsOf'
  | 'verdicts'
  | 'modelRecord'
  | 'machine'
  | 'machines'
  | 'keyedAnswer'
  | 'keyedAnswers'
  | 'setting'
>;

/** The fleet as if there were no other namespaces than these; hosts are everybody's. */
export class ScopedFleet implements FleetSight {
  readonly #fleet: FleetSight;
  readonly #namespaces: ReadonlySet<string>;

  constructor(fleet: FleetSight, namespaces: ReadonlySet<string>) {
    this.#fleet = fleet;
    this.#namespaces = namespaces;
  }

  get revision(): number {
    return this.#fleet.revision;
  }

  get epoch(): number {
    return this.#fleet.epoch;
  }

  miner(name: string): MinerRecord | undefined {
    const found = this.#fleet.miner(name);
    return found !== undefined && this.#namespaces.has(found.spec.namespace) ? found : undefined;
  }

  *miners(): Generator<MinerRecord> {
    for (const miner of this.#fleet.miners()) if (this.#namespaces.has(miner.spec.namespace)) yield miner;
  }

  secret(namespace: string, name: string): SecretRecord | undefined {
    return this.#namespaces.has(namespace) ? this.#fleet.secret(namespace, name) : undefined;
  }

  *secrets(): Generator<SecretRecord> {
    for (const secret of this.#fleet.secrets()) if (this.#namespaces.has(secret.namespace)) yield secret;
  }

  workload(id: number): Workload | undefined {
    return this.#fleet.workload(id);
  }

  host(id: string): HostRecord | undefined {
    return this.#fleet.host(id);
  }

  hosts(): Iterable<HostRecord> {
    return this.#fleet.hosts();
  }

  instance(serial: number): InstanceRecord | undefined {
    const found = this.#fleet.instance(serial);
    return found !== undefined && this.#sees(found.miner) ? found : undefined;
  }

  whereaboutsOf(serial: number): InstanceWhereabouts | undefined {
    const found = this.#fleet.whereaboutsOf(serial);
    return found !== undefined && this.#sees(found.miner) ? found : undefined;
  }

  instancesOf(miner: string): Iterable<InstanceRecord> {
    return this.#sees(miner) ? this.#fleet.instancesOf(miner) : [];
  }

  *instancesOn(hostId: string): Generator<InstanceRecord> {
    for (const record of this.#fleet.instancesOn(hostId)) if (this.#sees(record.miner)) yield record;
  }

  countsOf(miner: string): InstanceCounts {
    return this.#sees(miner) ? this.#fleet.countsOf(miner) : NONE;
  }

  countsOn(hostId: string): InstanceCounts {
    const counts = { ...NONE };
    for (const { state, health } of this.instancesOn(hostId)) {
      counts[state] += 1;
      if (state === 'running' && (health === 'healthy' || health === 'none')) counts.healthy += 1;
    }
    return counts;
  }

  instancesOfWorkload(workloadId: number): number {
    return this.#fleet.instancesOfWorkload(workloadId);
  }

  namespace(name: string): NamespaceRecord | undefined {
    return this.#namespaces.has(name) ? this.#fleet.namespace(name) : undefined;
  }

  *namespaces(): Generator<NamespaceRecord> {
    for (const record of this.#fleet.namespaces()) if (this.#namespaces.has(record.name)) yield record;
  }

  historyOf(miner: string): MinerHistory {
    return this.#fleet.historyOf(this.#sees(miner) ? miner : '');
  }

  #sees(miner: string): boolean {
    return this.miner(miner) !== undefined;
  }
}

const NONE = {
  ...{ pending: 0, assigned: 0, preparing: 0, starting: 0, running: 0 },
  ...{ stopping: 0, stopped: 0, failed: 0, lost: 0, healthy: 0 },
};
