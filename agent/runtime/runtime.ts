import type { Assignment } from '../../common/model/workload.js';
import type { OpenProver } from './prover.js';
import type { RuntimeStorage } from './storage.js';

/** An instance as the runtime finds it. Times are unix milliseconds; 0 means never. */
export interface ObservedInstance {
  readonly serial: number;
  readonly containerId: string;
  readonly status: 'created' | 'running' | 'exited';
  /** Main process while running, else 0. */
  readonly pid: number;
  readonly exitCode: number | undefined;
  /** The kernel killed the main process for want of memory. */
  readonly outOfMemory: boolean;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** Address that probes reach it at; '' when it has none. */
  readonly address: string;
  /** Verdict of the image's own health check, if it has one. */
  readonly imageHealth: 'none' | 'starting' | 'healthy' | 'unhealthy';
}

/** How far a pull is; bytes are 0 while unknown. */
export interface PrepareProgress {
  readonly activity: 'pull' | 'build';
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly text: string;
}

/** What can be known of a change without listing; the reconciler observes the instance anew in any case. */
export interface RuntimeEvent {
  readonly serial: number;
  readonly kind: 'started' | 'ended' | 'removed' | 'health' | 'outOfMemory';
}

/** One piece of an instance's output. The bytes are the receiver's to keep. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** Which part of the log to read; `tail` undefined means all that is kept. */
export interface LogQuery {
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly sinceMs: number;
  readonly timestamps: boolean;
}

/** A command to run inside a running instance. */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** A command running inside an instance. */
export interface ExecSession {
  readonly output: AsyncIterable<OutputChunk>;
  write(data: Uint8Array): Promise<void>;
  end(): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Exit code, after `output` has ended. */
  exitCode(): Promise<number>;
}

/** How an instance's processes are found without its runtime: by a container's id in their cgroup, or by a run's folder. */
export interface GuardTarget {
  readonly kind: 'container' | 'process';
  readonly target: string;
}

/** The user that a container was made with, by id or name with or without a group, '' for the first; and the id that its user 0 has on the host. */
export interface ContainerOwner {
  readonly user: string;
  readonly firstUid: number;
}

/** What a runtime can and cannot do, found at start. */
export interface RuntimeInfo {
  readonly kind: 'docker' | 'process';
  readonly version: string;
  /** Whether instances are walled off from the host and each other. */
  readonly isolates: boolean;
  /** Root folder of the runtime's data, for disk facts; '' when unknown. */
  readonly dataRoot: string;
  readonly cgroupVersion: string;
  readonly capabilities: readonly string[];
}

/**
 * Runs instances on this host. Every call is idempotent by serial and safe to repeat after an unknown outcome.
 * Failures are `HeadframeError`s whose `reason` is a code of common/model/reason.ts. Only instances labelled with this
 * agent's host id are ever seen or touched.
 */
export interface Runtime {
  info(signal: AbortSignal): Promise<RuntimeInfo>;
  /** Every instance of this host, ended ones included. */
  list(signal: AbortSignal): Promise<readonly ObservedInstance[]>;
  /** One instance; undefined when there is none. */
  inspect(serial: number, signal: AbortSignal): Promise<ObservedInstance | undefined>;
  /** Changes from now on; ends with the signal, throws when the engine goes away. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /** Makes the image present as the pull policy says. */
  prepare(assignment: Assignment, onProgress: (progress: PrepareProgress) => void, signal: AbortSignal): Promise<void>;
  /** Creates without starting; an existing container of this serial and workload is kept. Returns its id. */
  create(assignment: Assignment, signal: AbortSignal): Promise<string>;
  /** Starts, or starts again. Starting what runs is no error. */
  start(serial: number, signal: AbortSignal): Promise<void>;
  /** Stops with grace, then kills. Stopping what has ended or is gone is no error. */
  stop(serial: number, graceMs: number, signal: AbortSignal): Promise<void>;
  /** Removes the ended instance and its anonymous volumes. Removing what is gone is no error. */
  remove(serial: number, signal: AbortSignal): Promise<void>;
  /**
   * Keeps the walls of leases and frees what no instance of `held` owns; those are all that are assigned, kept or found. Undefined
   * where no leases are held.
   */
  keepLeases?(held: () => ReadonlySet<number>, signal: AbortSignal): Promise<void>;
  /** Sends a signal, such as SIGHUP, to the main process. What does not run, or is gone, is told nothing, and that is no error. */
  signal?(serial: number, name: string, signal: AbortSignal): Promise<void>;
  /** Who the instance, once created, runs as. */
  ownerOf?(serial: number, signal: AbortSignal): Promise<ContainerOwner>;
  /** What it keeps on disk and can do without; undefined where it keeps nothing such. */
  readonly storage?: RuntimeStorage | undefined;
  /** Starts a prover in a container with hard limits; undefined where there are no containers. */
  readonly openProver?: OpenProver | undefined;
  /** Resolves when the engine answers at all; undefined where there is none to fall silent. */
  answers?(signal: AbortSignal): Promise<void>;
  logs(serial: number, query: LogQuery, signal: AbortSignal): AsyncIterable<OutputChunk>;
  /** What the last build of an image said; undefined where none are built. Throws HeadframeError ('build_log_unknown'). */
  buildLog?(image: string, follow: boolean, signal: AbortSignal): AsyncIterable<OutputChunk> | undefined;
  exec(serial: number, request: ExecRequest, signal: AbortSignal): Promise<ExecSession>;
  /** How the instance, once created, can be ended by others. */
  guardTarget(serial: number, containerId: string): GuardTarget;
  close(): Promise<void>;
}
