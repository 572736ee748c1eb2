/** Network mode of the containers that are started. */
export type Network = 'bridge' | 'host';

/** One way to start many containers of the same image on the same engine. */
export interface Contender {
  readonly name: string;
  /** Milliseconds from the order until all are running. */
  start(count: number, network: Network): Promise<number>;
  /** Takes all of them away again; not measured. */
  clear(): Promise<void>;
}

/** What every contender's containers run. */
export const COMMAND = ['sleep', '100000'];
/** Limits of every contender's containers; a tighter CPU limit would slow the start itself, which runs inside of it. */
export const LIMITS = { nanoCpus: 500_000_000, memoryBytes: 16 * 2 ** 20, pids: 32 };
