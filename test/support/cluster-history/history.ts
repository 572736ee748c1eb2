/** A change that a client asked for: this value under this key, which no other client writes. */
export interface Write {
  readonly kind: 'write';
  readonly key: string;
  readonly value: number;
  readonly startMs: number;
  readonly endMs: number;
  /** `unknown` for whatever was not acknowledged: it may have been done, or be done yet. */
  readonly outcome: 'acknowledged' | 'unknown';
  /** Of the fleet, as acknowledged; 0 where it was not. */
  readonly revision: number;
  /** It was there already, as when an earlier try had done it: then the revision need not be its own. */
  readonly isRepeat: boolean;
}

/** All values that a coordinator told at once. */
export interface Read {
  readonly kind: 'read';
  readonly startMs: number;
  readonly endMs: number;
  /** Of the fleet, that holds all that was told. */
  readonly revision: number;
  /** How old, at the most, it was said to be; 0 where what is told is promised to be new. */
  readonly ageMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A coordinator said that it leads. */
export interface Lead {
  readonly kind: 'lead';
  readonly coordinator: string;
  readonly epoch: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** An agent has taken a coordinator's word, of this epoch. */
export interface Dispatch {
  readonly kind: 'dispatch';
  readonly host: string;
  readonly epoch: number;
  readonly atMs: number;
}

/** A container began to run. */
export interface Began {
  readonly kind: 'began';
  readonly host: string;
  /** No two containers of a history have the same. */
  readonly container: string;
  readonly serial: number;
  readonly miner: string;
  /** '' for an instance that may run twice. */
  readonly identity: string;
  readonly atMs: number;
}

/** A container runs no more. */
export interface Ended {
  readonly kind: 'ended';
  readonly host: string;
  readonly container: string;
  /** The agent's reason code; '' where it had none. */
  readonly reason: string;
  readonly atMs: number;
}

/** A client asked for a payment, under a key of its own for each. */
export interface Asked {
  readonly kind: 'asked';
  readonly intent: string;
  readonly startMs: number;
  readonly endMs: number;
  /** `unknown` for whatever was not acknowledged: it may be on record, or come to be yet. */
  readonly outcome: 'acknowledged' | 'unknown';
  /** Why it was not acknowledged; for people. */
  readonly reason?: string;
}

/** A block of the chain holds a call that pays, and that went well. */
export interface Paid {
  readonly kind: 'paid';
  readonly intent: string;
  /** No two calls of a chain have the same. */
  readonly call: string;
}

/** What became of a payment, as told when all was over. */
export interface Told {
  readonly kind: 'told';
  readonly intent: string;
  readonly isPaid: boolean;
}

/** Something was done to the cluster; for people who read the history. */
export interface Fault {
  readonly kind: 'fault';
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What was seen of a cluster from outside. Times are of one clock, in milliseconds: see `historyMs`. */
export type HistoryEvent = Write | Read | Lead | Dispatch | Began | Ended | Asked | Paid | Told | Fault;

/** Now, on the clock of a history: that of the machine which no one sets, the same in all of its processes. */
export function historyMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
