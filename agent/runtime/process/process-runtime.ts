import { release } from 'node:os';
import type { Clock } from '../../../common/model/clock.js';
import type { Assignment } from '../../../common/model/workload.js';
import type { Logger } from '../../../common/observe/logger.js';
import { runtimeError } from '../runtime-error.js';
import type {
  ExecRequest,
  ExecSession,
  GuardTarget,
  LogQuery,
  ObservedInstance,
  OutputChunk,
  Runtime,
  RuntimeEvent,
  RuntimeInfo,
} from '../runtime.js';
import type { RuntimeStorage } from '../storage.js';
import { InstanceFolder, listFolders } from './instance-folder.js';
import type { ProcessSpec } from './instance-folder.js';
import { rotateLog } from './log-files.js';
import { readLog } from './log-reader.js';
import { eventsBetween } from './events-between.js';
import { containerIdOf, isRunning, observeFolder } from './observe.js';
import { openProcessExec } from './process-exec.js';
import { processSpecOf, resolveCommand } from './process-spec.js';
import { ProcessStorage } from './process-storage.js';
import { Pulse } from './pulse.js';
import { awaitStart, spawnSupervisor, stopRun } from './supervision.js';
import { SUPERVISOR_FILES } from './supervisor-script.js';

/** How the process runtime works. */
export interface ProcessRuntimeOptions {
  readonly hostId: string;
  /** Folder that is this host's alone; made when missing. */
  readonly root: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ends of processes that an earlier agent started are only found by looking. */
const LOOK_EVERY_MS = 1_000;
const ROTATE_EVERY_MS = 5_000;

/**
 * Runs instances as plain processes of this host, for hosts without Docker: nothing walls them off and no limit is
 * applied. Each has a supervisor that outlives the agent; a folder per instance is all that is known of it, so that
 * any later agent finds it again.
 */
export class ProcessRuntime implements Runtime {
  readonly storage: RuntimeStorage;
  readonly #options: ProcessRuntimeOptions;
  readonly #pulse: Pulse;
  readonly #closing = new AbortController();
  readonly #busy = new Map<number, Promise<unknown>>();
  readonly #rotation: Promise<void>;

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.storage = new ProcessStorage(options.root);
    this.#pulse = new Pulse(options.clock);
    this.#rotation = this.#keepRotating();
  }

  async info(): Promise<RuntimeInfo> {
    const dataRoot = this.#options.root;
    return { kind: 'process', version: release(), isolates: false, dataRoot, cgroupVersion: '', capabilities: [] };
  }

  async list(signal: AbortSignal): Promise<readonly ObservedInstance[]> {
    signal.throwIfAborted();
    const folders = await listFolders(this.#options.root);
    return folders.map(observeFolder).filter((instance) => instance !== undefined);
  }

  async inspect(serial: number, signal: AbortSignal): Promise<ObservedInstance | undefined> {
    signal.throwIfAborted();
    return observeFolder(this.#folder(serial));
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    // Looked now and not when the first event is asked for: what happens in between is told.
    const before = this.#look();
    before.catch(() => undefined); // whoever iterates hears of it
    return this.#events(before, signal);
  }

  async prepare(assignment: Assignment): Promise<void> {
    processSpecOf(assignment, this.#options.hostId);
  }

  create(assignment: Assignment, signal: AbortSignal): Promise<string> {
    const { serial, workload } = assignment;
    return this.#alone(serial, signal, async () => {
      const spec = processSpecOf(assignment, this.#options.hostId);
      const folder = this.#folder(serial);
      const kept = folder.readSpec();
      if (kept !== undefined && kept.workloadId !== workload.id && folder.readRun() !== undefined)
        throw runtimeError('engine_error', `instance ${String(serial)} was made for another workload`, {
          code: 'already_exists',
        });
      if (kept?.workloadId !== workload.id) await folder.writeSpec(spec);
      return containerIdOf(serial, workload.id);
    });
  }

  start(serial: number, signal: AbortSignal): Promise<void> {
    return this.#alone(serial, signal, async () => {
      const folder = this.#folder(serial);
      const spec = this.#existing(folder);
      const last = folder.readRun();
      if (last !== undefined && isRunning(last)) return;
      const command = await resolveCommand(spec.command, spec);
      await folder.clearRun();
      const supervisor = await spawnSupervisor(folder, spec, command);
      supervisor.on('error', (error) => this.#options.logger.warn({ error }, 'a supervisor could not be started'));
      supervisor.once('exit', () => this.#pulse.beat());
      // Past this point it may run, so no signal ends the wait: its folder has to tell.
      await awaitStart(folder, this.#options.clock);
      this.#pulse.beat();
    });
  }

  stop(serial: number, graceMs: number, signal: AbortSignal): Promise<void> {
    // Not in turn with the rest: a shorter grace must not wait for the end of a longer one.
    return stopRun(this.#folder(serial), graceMs, this.#options.clock, signal).finally(() => this.#pulse.beat());
  }

  remove(serial: number, signal: AbortSignal): Promise<void> {
    return this.#alone(serial, signal, async () => {
      const folder = this.#folder(serial);
      const run = folder.readRun();
      if (run !== undefined && isRunning(run))
        throw runtimeError('engine_error', `instance ${String(serial)} runs`, { code: 'failed_precondition' });
      await folder.remove();
      this.#pulse.beat();
    });
  }

  async *logs(serial: number, query: LogQuery, signal: AbortSignal): AsyncGenerator<OutputChunk> {
    const folder = this.#folder(serial);
    this.#existing(folder);
    const source = {
      stdout: folder.file(SUPERVISOR_FILES.stdout),
      stderr: folder.file(SUPERVISOR_FILES.stderr),
      isRunning: () => observeFolder(folder)?.status === 'running',
    };
    yield* readLog(source, query, this.#options.clock, signal);
  }

  async exec(serial: number, request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
    const folder = this.#folder(serial);
    const spec = this.#existing(folder);
    const run = folder.readRun();
    if (run === undefined || !isRunning(run))
      throw runtimeError('engine_error', `instance ${String(serial)} does not run`, { code: 'failed_precondition' });
    return openProcessExec(spec, request, signal);
  }

  guardTarget(serial: number): GuardTarget {
    return { kind: 'process', target: this.#folder(serial).path };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#rotation;
  }

  async *#events(first: Promise<Looked>, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    let before = await first;
    while (!signal.aborted) {
      const seen = this.#pulse.count;
      const after = await this.#look();
      for (const serial of new Set([...before.keys(), ...after.keys()]))
        yield* eventsBetween(before.get(serial), after.get(serial));
      before = after;
      await this.#pulse.next(seen, LOOK_EVERY_MS, signal);
    }
  }

  async #look(): Promise<Looked> {
    const instances = await this.list(this.#closing.signal);
    return new Map(instances.map((instance) => [instance.serial, instance]));
  }

  async #keepRotating(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for (const folder of await listFolders(this.#options.root)) await rotateLogs(folder);
      } catch (error) {
        this.#options.logger.warn({ error }, 'logs could not be rotated');
      }
      await this.#options.clock.sleep(ROTATE_EVERY_MS, signal).catch(() => undefined);
    }
  }

  /** One change of an instance at a time, in the order asked. */
  async #alone<T>(serial: number, signal: AbortSignal, change: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const before = this.#busy.get(serial) ?? Promise.resolve();
    const turn = before.then(() => {
      signal.throwIfAborted();
      return change();
    });
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#busy.get(serial) === settled) this.#busy.delete(serial);
      });
    this.#busy.set(serial, settled);
    return turn;
  }

  #folder(serial: number): InstanceFolder {
    return new InstanceFolder(this.#options.root, serial);
  }

  #existing(folder: InstanceFolder): ProcessSpec {
    const spec = folder.readSpec();
    if (spec === undefined) throw runtimeError('container_gone', `there is no instance ${String(folder.serial)}`);
    return spec;
  }
}

type Looked = ReadonlyMap<number, ObservedInstance>;

async function rotateLogs(folder: InstanceFolder): Promise<void> {
  for (const log of [SUPERVISOR_FILES.stdout, SUPERVISOR_FILES.stderr]) await rotateLog(folder.file(log));
}
