import type { Assignment } from '../../common/model/workload.js';

/** A prover to be started: a program with no network, which speaks over its streams. */
export type ProverRequest = NodeProverRequest | GpuProverRequest;

/** A program of Node. */
export interface NodeProverRequest {
  readonly kind: 'node';
  /** Node's arguments, the program first. */
  readonly args: readonly string[];
  /** Folder of our own release, with all that the program reads; paths inside are as outside. */
  readonly release: readonly string[];
  /** Folder that the program may write labels to. */
  readonly labels: string;
  readonly limits: ProverLimits;
  /** The lease whose container's limits and walls it gets, in place of `limits`. */
  readonly lease?: Assignment | undefined;
  /** Calls of native code at once. */
  readonly threads: number;
}

/** What an image has for its entry point, with GPUs. */
export interface GpuProverRequest {
  readonly kind: 'gpu';
  /** Is on the host; nothing is pulled. */
  readonly image: string;
  /** As the host reports them. */
  readonly gpuIds: readonly string[];
  readonly limits: ProverLimits;
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
