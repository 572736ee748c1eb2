import { HeadframeError } from '../../common/model/error.js';
import type { FleetEvent } from '../../common/model/event.js';
import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import { keepVerdict, verdictKey } from '../../common/model/verdict.js';
import type { VerdictRecord } from '../../common/model/verdict.js';
import { severityOf } from '../../common/model/reason.js';
import type { Workload } from '../../common/model/workload.js';
import type { StoreCommit } from '../store/store.js';
import { changeInstance } from './instance-change.js';
import { NOTHING, newInstance } from './new-instance.js';
import type { InstancePatch, InstancePlacement, InstanceStatus, NewEvent, ReportVerdict, Transaction } from './port.js';
import type { Records } from './records.js';
import { inUse, missing } from './refusals.js';
import { DocumentWrites } from './document-writes.js';

/** Writes into the records and remembers how to undo it. Open → sealed or undone; after that it refuses writes. */
export class FleetTransaction extends DocumentWrites implements Transaction {
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
    this.writing().miners.put(record.spec.name, record);
  }

  removeMiner(name: string): void {
    const { instances, miners, histories, modelRecords } = this.writing();
    for (const { serial } of instances.table.ofMiner(name)) throw inUse('miner_in_use', `miner ${name}`, serial);
    miners.remove(name);
    histories.remove(name);
    modelRecords.remove(name);
  }

  putWorkload(workload: Workload): void {
    this.writing().workloads.put(workload.id, workload);
  }

  removeWorkload(id: number): void {
    const { instances, workloads } = this.writing();
    const users = instances.table.countOfWorkload(id);
    if (users > 0) throw inUse('workload_in_use', `workload ${String(id)}`, users);
    workloads.remove(id);
  }

  putHost(record: HostRecord): void {
    this.writing().hosts.put(record.id, record);
  }

  removeHost(id: string): void {
    const { hosts, verdicts } = this.writing();
    hosts.remove(id);
    for (const history of this.verdictsOf(id)) verdicts.remove(verdictKey(history));
  }

  addVerdict(verdict: VerdictRecord): void {
    const { hosts, verdicts } = this.writing();
    if (hosts.get(verdict.hostId) === undefined) throw missing('host_not_found', `host ${verdict.hostId}`);
    const key = verdictKey(verdict);
    verdicts.put(key, keepVerdict(verdicts.get(key), verdict));
  }

  createInstances(
    miner: string,
    workloadId: number,
    count: number,
    why: { readonly reason: string; readonly text: string },
  ): number {
    const records = this.writing();
    if (records.miners.get(miner) === undefined) throw missing('miner_not_found', `miner ${miner}`);
    if (records.workloads.get(workloadId)?.miner !== miner)
      throw missing('workload_not_found', `workload ${String(workloadId)} of ${miner}`);
    const first = records.drawSerials(count);
    const common = { miner, workloadId, ...why, atMs: this.atMs };
    if (count > 0) records.instances.addRun(newInstance(first, common), count);
    return first;
  }

  updateInstance(serial: number, patch: InstancePatch): InstanceRecord {
    const { instances } = this.writing();
    const before = this.#existing(serial);
    const after = changeInstance(before, patch, this.atMs);
    if (after !== before) instances.replace(before, after);
    return after;
  }

  assignInstances(placement: InstancePlacement): void {
    const { instances } = this.writing();
    if (instances.place(placement, this.atMs)) return;
    const { hostId, serials, hostPorts, gpuIds, reason, text } = placement;
    serials.forEach((serial, at) => {
      const grant = { hostPorts: hostPorts?.[at] ?? NOTHING, gpuIds: gpuIds?.[at] ?? NOTHING };
      this.updateInstance(serial, { state: 'assigned', hostId, reason, text, ...grant });
    });
  }

  reportInstances(hostId: string, statuses: readonly InstanceStatus[]): ReadonlyMap<ReportVerdict, number> {
    const { instances } = this.writing();
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
    const records = this.writing();
    records.instances.remove(this.#existing(serial));
    records.keepSerials();
  }

  event(event: NewEvent): void {
    this.writing();
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
    const commit = { revision, atMs: this.atMs, changes, events: this.#events };
    this.#records.lastRevisions.take(commit);
    return commit;
  }

  protected override writing(): Records {
    if (this.#open) return this.#records;
    throw new HeadframeError({ code: 'internal', reason: 'transaction_ended', message: 'the transaction has ended' });
  }

  #existing(serial: number): InstanceRecord {
    const found = this.instance(serial);
    if (found === undefined) throw missing('instance_not_found', `instance ${String(serial)}`);
    return found;
  }
}
