import type { FleetPort, FleetReader } from '../fleet/port.js';
import { instancesIn, minersIn } from '../instances/instance-rows.js';
import type { StoreChange, StoreCommit } from '../store/store.js';
import { notAsked } from './ask-errors.js';
import type { AskFigures } from './figures.js';
import { ReplicaSet } from './replica-set.js';
import type { ReplicaSetParts } from './replica-set.js';
import { askedPort } from './standing.js';

/** What it works with. */
interface RouteTableParts extends Omit<ReplicaSetParts, 'fleet'> {
  readonly fleet: FleetPort;
}

/** The instances of all models that somebody has asked, as of the fleet's last transaction. */
export class RouteTable {
  readonly #parts: RouteTableParts;
  readonly #sets = new Map<string, ReplicaSet>();
  readonly #forget: () => void;
  readonly #onDropped: ((model: string) => void)[] = [];

  constructor(parts: RouteTableParts) {
    this.#parts = parts;
    this.#forget = parts.fleet.onApplied((commit) => {
      if (this.#sets.size > 0) this.#follow(commit);
    });
  }

  /** The instances of a model. Throws `HeadframeError` (failed_precondition, 'not_a_model'). */
  of(model: string): ReplicaSet {
    const known = this.#sets.get(model);
    if (known !== undefined) return known;
    const { fleet } = this.#parts;
    if (!isModel(fleet, model)) throw notAsked(model);
    const set = new ReplicaSet(this.#parts);
    for (const record of fleet.instancesOf(model)) set.take(record);
    this.#sets.set(model, set);
    return set;
  }

  /** How the questions to a model were answered; undefined when nobody has asked any. */
  figuresOf(model: string): AskFigures | undefined {
    return this.#sets.get(model)?.figures.read(this.#parts.nowMs());
  }

  /** The same of one of its instances. */
  figuresOfInstance(model: string, serial: number): AskFigures | undefined {
    return this.#sets.get(model)?.find(serial)?.figures.read(this.#parts.nowMs());
  }

  /** The figures of all models that somebody has asked. */
  *figures(): Generator<readonly [string, AskFigures]> {
    const nowMs = this.#parts.nowMs();
    for (const [model, set] of this.#sets) yield [model, set.figures.read(nowMs)];
  }

  /** Questions a second to a model in the last minute. */
  perSecond(model: string): number {
    return this.#sets.get(model)?.figures.perSecond(this.#parts.nowMs()) ?? 0;
  }

  /**
   * Milliseconds in which an instance answers 95 of 100 questions; where it was asked none of late, the same of its model, and 0 where
   * nobody was.
   */
  latencyMs(model: string, serial: number): number {
    const own = this.figuresOfInstance(model, serial)?.latency ?? this.figuresOf(model)?.latency;
    return own?.p95Ms ?? 0;
  }

  /** Has it told when a model is none any more. */
  onDropped(listener: (model: string) => void): void {
    this.#onDropped.push(listener);
  }

  /** Asks nobody any more. */
  close(): void {
    this.#forget();
    for (const name of [...this.#sets.keys()]) this.#drop(name);
  }

  #follow({ changes }: StoreCommit): void {
    for (const change of changes) {
      if (change.kind === 'document' || change.kind === 'documentRemoved') this.#followDocument(change);
      else if (change.kind === 'instanceRemoved') for (const set of this.#sets.values()) set.remove(change.serial);
      else if (minersIn(change).some((miner) => this.#sets.has(miner)))
        for (const record of instancesIn(change)) this.#sets.get(record.miner)?.take(record);
    }
  }

  #followDocument({ kind, table, key }: Extract<StoreChange, { readonly table: string }>): void {
    if (table === 'host') this.#followHost(key);
    else if (table === 'miner' && (kind === 'documentRemoved' || !isModel(this.#parts.fleet, key))) this.#drop(key);
  }

  #followHost(hostId: string): void {
    const { fleet } = this.#parts;
    for (const set of this.#sets.values())
      for (const { identity } of [...set.replicas]) {
        const record = identity.hostId === hostId ? fleet.instance(identity.serial) : undefined;
        if (record !== undefined) set.take(record);
      }
  }

  #drop(name: string): void {
    const set = this.#sets.get(name);
    for (const { identity } of [...(set?.replicas ?? [])]) set?.remove(identity.serial);
    if (this.#sets.delete(name)) for (const listener of this.#onDropped) listener(name);
  }
}

/** Whether a miner is asked questions. */
export function isModel(fleet: Pick<FleetReader, 'miner' | 'workload'>, name: string): boolean {
  const miner = fleet.miner(name);
  const workload = miner && fleet.workload(miner.workloadId);
  return workload !== undefined && askedPort(workload) !== undefined;
}
