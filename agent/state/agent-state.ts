import { join } from 'node:path';
import { Low } from 'lowdb';
import { HeadframeError } from '../../common/model/error.js';
import type { Assignment, Workload } from '../../common/model/workload.js';
import type { InstanceRecord } from '../reconcile/record.js';
import { DurableJsonAdapter } from './durable-adapter.js';

/** What the coordinator last assigned to this host. */
export interface HeldAssignments {
  /** Highest coordinator epoch seen; messages of a lower one are refused. */
  readonly epoch: number;
  readonly revision: number;
  readonly assignments: readonly Assignment[];
  /** Ended instances whose containers are kept for their logs. */
  readonly retained: readonly number[];
}

/** The host lease as last renewed, on the boot clock of one boot. */
export interface StoredLease {
  readonly bootId: string;
  readonly expiresAtBootMs: number;
}

interface Stored {
  readonly version: 1;
  readonly hostId: string;
  readonly epoch: number;
  readonly revision: number;
  readonly workloads: readonly Workload[];
  readonly assignments: readonly (Omit<Assignment, 'workload'> & { readonly workloadId: number })[];
  readonly retained: readonly number[];
  readonly records: Readonly<Record<string, InstanceRecord>>;
  readonly lease: StoredLease | undefined;
}

const SAVE_DELAY_MS = 200;

/**
 * The agent's memory on disk: its id, what it holds, and what it learnt of each instance. Assignments are on stable
 * storage before they are acted on; records and the lease follow within 200 ms, for losing those costs a counter only.
 */
export class AgentState {
  readonly #low: Low<Stored>;
  readonly #setTimer: (fn: () => void, delayMs: number) => () => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #records: Map<number, InstanceRecord>;
  #held: HeldAssignments;
  #lease: StoredLease | undefined;
  #cancelSave: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(low: Low<Stored>, options: AgentStateOptions) {
    this.#low = low;
    this.#setTimer = options.setTimer;
    this.#onFailure = options.onFailure;
    this.#records = new Map(Object.entries(low.data.records).map(([serial, record]) => [Number(serial), record]));
    this.#held = unpack(low.data);
    this.#lease = low.data.lease;
  }

  /** This host's id, drawn at the first start. */
  get hostId(): string {
    return this.#low.data.hostId;
  }

  get held(): HeldAssignments {
    return this.#held;
  }

  get lease(): StoredLease | undefined {
    return this.#lease;
  }

  record(serial: number): InstanceRecord | undefined {
    return this.#records.get(serial);
  }

  serials(): Iterable<number> {
    return this.#records.keys();
  }

  /** Resolves once the assignments are on stable storage. */
  async saveHeld(held: HeldAssignments): Promise<void> {
    this.#held = held;
    await this.#save();
  }

  setRecord(serial: number, record: InstanceRecord | undefined): void {
    if (record === undefined) this.#records.delete(serial);
    else this.#records.set(serial, record);
    this.#saveSoon();
  }

  setLease(lease: StoredLease): void {
    this.#lease = lease;
    this.#saveSoon();
  }

  /** Writes what is still only in memory. */
  async close(): Promise<void> {
    this.#cancelSave?.();
    await this.#save();
  }

  #saveSoon(): void {
    this.#cancelSave ??= this.#setTimer(() => {
      this.#cancelSave = undefined;
      this.#save().catch(this.#onFailure);
    }, SAVE_DELAY_MS);
  }

  /** One write at a time, each of the newest state. */
  #save(): Promise<void> {
    const next = this.#saving
      .catch(() => undefined)
      .then(async () => {
        this.#low.data = this.#packed();
        await this.#low.write();
      });
    this.#saving = next;
    return next;
  }

  #packed(): Stored {
    const workloads = new Map(this.#held.assignments.map(({ workload }) => [workload.id, workload]));
    return {
      version: 1,
      hostId: this.hostId,
      epoch: this.#held.epoch,
      revision: this.#held.revision,
      workloads: [...workloads.values()],
      assignments: this.#held.assignments.map(({ workload, ...rest }) => ({ ...rest, workloadId: workload.id })),
      retained: this.#held.retained,
      records: Object.fromEntries(this.#records),
      lease: this.#lease,
    };
  }
}

/** What opening the state needs from outside. */
export interface AgentStateOptions {
  /** Id for a host that has none yet. */
  readonly newHostId: string;
  readonly setTimer: (fn: () => void, delayMs: number) => () => void;
  /** Told of writes that failed in the background. */
  readonly onFailure: (error: unknown) => void;
}

/** Opens `<folder>/agent.json`, creating it with the new host id. Throws `HeadframeError` (data_loss) when damaged. */
export async function openAgentState(folder: string, options: AgentStateOptions): Promise<AgentState> {
  const path = join(folder, 'agent.json');
  const empty: Stored = {
    version: 1,
    hostId: options.newHostId,
    epoch: 0,
    revision: 0,
    workloads: [],
    assignments: [],
    retained: [],
    records: {},
    lease: undefined,
  };
  const low = new Low<Stored>(new DurableJsonAdapter<Stored>(path), empty);
  await low.read();
  if (!isStored(low.data)) {
    throw new HeadframeError({
      code: 'data_loss',
      reason: 'state_damaged',
      message: `${path} is not an agent state of version 1`,
      remedy: 'Move the file away and start again: running containers are adopted by their labels.',
    });
  }
  await low.write();
  return new AgentState(low, options);
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null) return false;
  const stored: Partial<Record<keyof Stored, unknown>> = value;
  return (
    stored.version === 1 &&
    typeof stored.hostId === 'string' &&
    Array.isArray(stored.workloads) &&
    Array.isArray(stored.assignments) &&
    Array.isArray(stored.retained) &&
    typeof stored.records === 'object'
  );
}

function unpack(stored: Stored): HeldAssignments {
  const workloads = new Map(stored.workloads.map((workload) => [workload.id, workload]));
  const assignments = stored.assignments.flatMap(({ workloadId, ...rest }) => {
    const workload = workloads.get(workloadId);
    return workload ? [{ ...rest, workload }] : [];
  });
  return { epoch: stored.epoch, revision: stored.revision, assignments, retained: stored.retained };
}
