/** A prover to be started: a program of Node with no network, which speaks over its streams. */
export interface ProverRequest {
  /** Node's arguments, the program first. */
  readonly args: readonly string[];
  /** Folder of our own release, with all that the program reads; paths inside are as outside. */
  readonly release: readonly string[];
  /** Folder that the program may write labels to. */
  readonly labels: string;
  readonly limits: ProverLimits;
  /** Calls of native code at once. */
  readonly threads: number;
}

/** Hard limits of a prover. */
export interface ProverLimits {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pids: number;
}

/** A prover that runs. */
export interface ProverProcess {
  /** Whether it runs in a container with the limits that were asked for. */
  readonly isContained: boolean;
  readonly output: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  /** Ends it, with whatever it does. */
  close(): Promise<void>;
}

/** Starts provers; what a runtime that walls things off offers. */
export type OpenProver = (request: ProverRequest, signal: AbortSignal) => Promise<ProverProcess>;

/** Folder of labels as the prover sees it. */
export const LABELS_TARGET = '/labels';
