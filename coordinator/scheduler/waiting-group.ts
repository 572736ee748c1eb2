import type { Why } from '../../common/model/event.js';
import { Account } from './account.js';
import type { Demand } from './demand.js';
import { PendingList } from './pending-list.js';

/** Where a group is: nothing to place, waiting for its turn, for capacity, for its exclusive identity, or for its quota. */
export type GroupStatus = 'idle' | 'ready' | 'blocked' | 'identity' | 'quota';

/** The instances of one workload as the scheduler sees them: those that wait, and how many hold capacity. */
export class WaitingGroup {
  readonly workloadId: number;
  readonly miner: string;
  /** Changes with the miner's placement policy; what an instance holds does not. */
  demand: Demand;
  /** Whether the miner wants instances at all: it exists and is neither stopped nor being deleted. */
  wanted: boolean;
  /** What its namespace holds and may hold. */
  account: Account;
  readonly pending = new PendingList();
  #holding = 0;
  #booked = 0;
  /** Why it waits, as last found out. */
  why: Why | undefined;
  /** What was last written into the records of its first instances, and when, in monotonic milliseconds. */
  told: { readonly reason: string; readonly text: string; readonly atMs: number } | undefined;
  /** Whether its first instances may be others than those that were told. */
  hasUntold = false;

  /** Without an account it has one of its own, without limits. */
  constructor(workloadId: number, demand: Demand, wanted: boolean, account = new Account(demand.namespace)) {
    this.workloadId = workloadId;
    this.miner = demand.miner;
    this.demand = demand;
    this.wanted = wanted;
    this.account = account;
  }

  /** Instances that hold capacity. */
  get holding(): number {
    return this.#holding;
  }

  /** Counts `copies` more that hold capacity, or with a number below zero fewer, also in the namespace's account. */
  hold(copies: number): void {
    this.#holding += copies;
    this.account.charge(this.demand, copies);
  }

  /** Instances that wait for a place booked for them. */
  get booked(): number {
    return this.#booked;
  }

  /** Counts `copies` more that have a place booked, or with a number below zero fewer; their quota is kept for them too. */
  book(copies: number): void {
    this.#booked += copies;
    this.account.charge(this.demand, copies);
  }

  /** Moves what is held to another account. */
  moveTo(account: Account): void {
    if (account === this.account) return;
    this.account.charge(this.demand, -this.#holding - this.#booked);
    account.charge(this.demand, this.#holding + this.#booked);
    this.account = account;
  }
}
