import type { InstanceRecord, InstanceState } from '../../common/model/instance.js';
import { holdsCapacity, isEnded } from '../../common/model/instance.js';
import type { Assignment, Workload } from '../../common/model/workload.js';
import type { StopOrder } from '../../common/wire/agent.js';
import type { FleetReader } from '../fleet/port.js';

/** What a host's agent has been told of an instance in this session. */
type Told = 'run' | 'stop' | 'retained';

/** Changes for one host, ready to be put on the wire. */
export interface HostDelta {
  readonly workloads: readonly Workload[];
  readonly runs: readonly Assignment[];
  readonly stops: readonly StopOrder[];
  readonly forget: readonly number[];
}

/** All that a host is to hold. */
export interface HostSnapshot extends Omit<HostDelta, 'forget'> {
  readonly retained: readonly number[];
}

interface Draft {
  readonly workloads: Workload[];
  readonly runs: Assignment[];
  readonly stops: StopOrder[];
  readonly forget: number[];
}

/**
 * Whether an ended instance's container is worth keeping on its host until its record goes: those that ended by
 * themselves are, for their logs; those that were asked to stop are not.
 */
function isKeptForLogs(record: InstanceRecord): boolean {
  return record.state === 'failed' || (record.state === 'stopped' && record.reason === 'completed');
}

/**
 * What one host's agent holds as far as it has been told in one session. Turns the fleet's records into one snapshot and
 * then into the smallest deltas; what the agent itself reported leads to nothing.
 */
export class HostDispatch {
  readonly #hostId: string;
  readonly #fleet: Pick<FleetReader, 'instancesOn' | 'workload'>;
  readonly #told = new Map<number, Told>();
  /** Live instances told of, by workload: an agent need not keep a workload that none of its instances runs. */
  readonly #liveByWorkload = new Map<number, number>();

  constructor(hostId: string, fleet: Pick<FleetReader, 'instancesOn' | 'workload'>) {
    this.#hostId = hostId;
    this.#fleet = fleet;
  }

  /** Everything the host is to hold now; begins the telling anew. */
  snapshot(): HostSnapshot {
    this.#told.clear();
    this.#liveByWorkload.clear();
    const { workloads, runs, stops } = this.#tell(this.#fleet.instancesOn(this.#hostId));
    const retained = [...this.#told].flatMap(([serial, told]) => (told === 'retained' ? [serial] : []));
    return { workloads, runs, stops, retained };
  }

  /** Whether an instance in this state may mean anything for the host: mostly its agent reported the change itself. */
  isNews(serial: number, state: InstanceState): boolean {
    const told = this.#told.get(serial);
    return told === undefined || isEnded(state) || (state === 'stopping' && told !== 'stop');
  }

  /** What these changed and removed records mean for the host; undefined when nothing is to be told. */
  delta(changed: Iterable<InstanceRecord>, removed: Iterable<InstanceRecord>): HostDelta | undefined {
    const delta = this.#tell(changed);
    for (const record of removed) this.#forget(record, delta.forget);
    return delta.runs.length + delta.stops.length + delta.forget.length > 0 ? delta : undefined;
  }

  #tell(records: Iterable<InstanceRecord>): Draft {
    const delta: Draft = { workloads: [], runs: [], stops: [], forget: [] };
    for (const record of records) {
      if (record.hostId !== this.#hostId) continue;
      if (isEnded(record.state)) this.#tellEnded(record, delta.forget);
      else if (holdsCapacity(record.state)) this.#tellLive(record, delta);
    }
    return delta;
  }

  #tellEnded(record: InstanceRecord, forget: number[]): void {
    if (!isKeptForLogs(record)) {
      this.#forget(record, forget);
      return;
    }
    this.#release(record);
    this.#told.set(record.serial, 'retained');
  }

  #forget(record: InstanceRecord, forget: number[]): void {
    this.#release(record);
    if (this.#told.delete(record.serial)) forget.push(record.serial);
  }

  #tellLive(record: InstanceRecord, delta: Draft): void {
    const { serial, reason, text, hostPorts, gpuIds } = record;
    const workload = this.#fleet.workload(record.workloadId);
    // Gone with its last instance in a later transaction, whose commit comes next.
    if (workload === undefined) return;
    if (!this.#told.has(serial)) {
      if (this.#retain(workload.id)) delta.workloads.push(workload);
      this.#told.set(serial, 'run');
      delta.runs.push({ serial, workload, hostPorts, gpuIds, stop: undefined });
    }
    if (record.state !== 'stopping' || this.#told.get(serial) === 'stop') return;
    this.#told.set(serial, 'stop');
    delta.stops.push({ serial, reason, text });
  }

  /** Counts one more live instance of the workload; true for the first. */
  #retain(workloadId: number): boolean {
    const live = this.#liveByWorkload.get(workloadId) ?? 0;
    this.#liveByWorkload.set(workloadId, live + 1);
    return live === 0;
  }

  /** Counts one live instance less of its workload, if it was counted. */
  #release({ serial, workloadId }: InstanceRecord): void {
    const told = this.#told.get(serial);
    if (told === undefined || told === 'retained') return;
    const live = (this.#liveByWorkload.get(workloadId) ?? 1) - 1;
    if (live > 0) this.#liveByWorkload.set(workloadId, live);
    else this.#liveByWorkload.delete(workloadId);
  }
}
