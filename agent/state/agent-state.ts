import { join } from 'node:path';
import { Low } from 'lowdb';
import { HeadframeError } from '../../common/model/error.js';
import type { Assignment, Workload } from '../../common/model/workload.js';
import type { StoredTerm } from '../kinds/lease/terms.js';
import { NEW_RECORD } from '../reconcile/record.js';
import type { InstanceRecord } from '../reconcile/record.js';
import { DAMAGED_REMEDY, DurableJsonAdapter } from './durable-adapter.js';

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
  /** From the sending of the heartbeat that renewed it. */
  readonly lengthMs: number;
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
  /** Absent in files of before there were leases. */
  readonly terms?: readonly StoredTerm[];
  /** Absent until a coordinator has told of others. */
  readonly coordinators?: readonly string[];
}

const SAVE_DELAY_MS = 200;
/** A disk that is full or ailing is tried again this soon. */
const RETRY_DELAY_MS = 5_000;

/**
 * The agent's memory on disk: its id, what it holds, and what it learnt of each instance. Assignments are on stable
 * storage before they are held; records and the lease follow within 200 ms, for losing those costs a counter only.
 */
export class AgentState {
  readonly #low: Low<Stored>;
  readonly #setTimer: (fn: () => void, delayMs: number) => () => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #records: Map<number, InstanceRecord>;
  #held: HeldAssignments;
  #lease: StoredLease | undefined;
  #terms: readonly StoredTerm[];
  #coordinators: readonly string[];
  #cancelSave: (() => void) | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #waitingWrite: Promise<void> | undefined;
  /** Changes of records and lease so far, and how many of them are on disk. */
  #changes = 0;
  #savedChanges = 0;
  #closed = false;

  constructor(low: Low<Stored>, options: AgentStateOptions) {
    this.#low = low;
    this.#setTimer = options.setTimer;
    this.#onFailure = options.onFailure;
    this.#records = new Map(
      Object.entries(low.data.records).map(([serial, record]) => [Number(serial), { ...NEW_RECORD, ...record }]),
    );
    this.#held = unpack(low.data);
    this.#lease = low.data.lease;
    this.#terms = low.data.terms ?? [];
    this.#coordinators = low.data.coordinators ?? [];
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

  /** Of the host's leases, as the coordinator said last. */
  get terms(): readonly StoredTerm[] {
    return this.#terms;
  }

  /** Where the coordinators of the cluster are, as one of them said last. */
  get coordinators(): readonly string[] {
    return this.#coordinators;
  }

  record(serial: number): InstanceRecord | undefined {
    return this.#records.get(serial);
  }

  serials(): Iterable<number> {
    return this.#records.keys();
  }

  /** Resolves once the assignments are on stable storage, and holds them from then on; until then the older ones are held. */
  async saveHeld(held: HeldAssignments): Promise<void> {
    await this.#inTurn(async () => {
      await this.#write(held);
      this.#held = held;
    });
  }

  /** Resolves once the records and the lease are on stable storage as they are now. */
  saved(): Promise<void> {
    if (this.#savedChanges === this.#changes) return Promise.resolve();
    this.#waitingWrite ??= this.#inTurn(() => {
      this.#waitingWrite = undefined;
      return this.#write(this.#held);
    });
    return this.#waitingWrite;
  }

  setRecord(serial: number, record: InstanceRecord | undefined): void {
    if (record === undefined) this.#records.delete(serial);
    else this.#records.set(serial, record);
    this.#changed();
  }

  setLease(lease: StoredLease): void {
    this.#lease = lease;
    this.#changed();
  }

  setTerms(terms: readonly StoredTerm[]): void {
    this.#terms = terms;
    this.#changed();
  }

  setCoordinators(addresses: readonly string[]): void {
    this.#coordinators = addresses;
    this.#changed();
  }

  /** Writes what is still only in memory. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSave?.();
    await this.#lastWrite;
    await this.saved();
  }

  #changed(): void {
    this.#changes += 1;
    this.#saveIn(SAVE_DELAY_MS);
  }

  #saveIn(delayMs: number): void {
    if (this.#closed) return;
    this.#cancelSave ??= this.#setTimer(() => {
      this.#cancelSave = undefined;
      this.saved().catch((error: unknown) => {
        this.#onFailure(error);
        this.#saveIn(RETRY_DELAY_MS);
      });
    }, delayMs);
  }

  /** One write at a time, in the order they were asked for. */
  #inTurn(write: () => Promise<void>): Promise<void> {
    const next = this.#lastWrite.then(write);
    this.#lastWrite = next.catch(() => undefined);
    return next;
  }

  async #write(held: HeldAssignments): Promise<void> {
    const changes = this.#changes;
    this.#low.data = this.#packed(held);
    await this.#low.write();
    this.#savedChanges = changes;
  }

  #packed(held: HeldAssignments): Stored {
    const workloads = new Map(held.assignments.map(({ workload }) => [workload.id, workload]));
    return {
      version: 1,
      hostId: this.hostId,
      epoch: held.epoch,
      revision: held.revision,
      workloads: [...workloads.values()],
      assignments: held.assignments.map(({ workload, ...rest }) => ({ ...rest, workloadId: workload.id })),
      retained: held.retained,
      records: Object.fromEntries(this.#records),
      lease: this.#lease,
      terms: this.#terms,
      coordinators: this.#coordinators,
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
  const adapter = new DurableJsonAdapter<Stored>(path);
  const stored = await adapter.read();
  const low = new Low<Stored>(adapter, stored ?? empty);
  if (!isStored(low.data)) {
    throw new HeadframeError({
      code: 'data_loss',
      reason: 'state_damaged',
      message: `${path} is not an agent state of version 1`,
      remedy: DAMAGED_REMEDY,
    });
  }
  // Only a new host id has to be written before it is told to anybody: a full disk keeps no known host away.
  if (stored === null) await low.write();
  return new AgentState(low, options);
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null) return false;
  const stored: Partial<Record<keyof Stored, unknown>> = value;
  return (
    stored.version === 1 &&
    typeof stored.hostId === 'string' &&
    typeof stored.epoch === 'number' &&
    typeof stored.revision === 'number' &&
    Array.isArray(stored.workloads) &&
    Array.isArray(stored.assignments) &&
    Array.isArray(stored.retained) &&
    typeof stored.records === 'object' &&
    stored.records !== null
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
