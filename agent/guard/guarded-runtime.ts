import type { Assignment } from '../../common/model/workload.js';
import { isExclusive } from '../reconcile/plan.js';
import type {
  ContainerOwner,
  ExecRequest,
  ExecSession,
  GuardTarget,
  LogQuery,
  ObservedInstance,
  OutputChunk,
  PrepareProgress,
  Runtime,
  RuntimeEvent,
  RuntimeInfo,
} from '../runtime/runtime.js';
import type { OpenProver } from '../runtime/prover.js';
import type { RuntimeStorage } from '../runtime/storage.js';
import type { Guard } from './guard.js';

/** A runtime that starts nothing exclusive before its guard knows of it. */
export class GuardedRuntime implements Runtime {
  readonly #inner: Runtime;
  readonly #guard: Guard;

  constructor(inner: Runtime, guard: Guard) {
    this.#inner = inner;
    this.#guard = guard;
  }

  get storage(): RuntimeStorage | undefined {
    return this.#inner.storage;
  }

  get openProver(): OpenProver | undefined {
    return this.#inner.openProver;
  }

  answers(signal: AbortSignal): Promise<void> {
    return this.#inner.answers?.(signal) ?? Promise.resolve();
  }

  info(signal: AbortSignal): Promise<RuntimeInfo> {
    return this.#inner.info(signal);
  }

  async list(signal: AbortSignal): Promise<readonly ObservedInstance[]> {
    const list = await this.#inner.list(signal);
    await this.#guard.keepOnly(new Set(list.map(({ serial }) => serial)));
    return list;
  }

  inspect(serial: number, signal: AbortSignal): Promise<ObservedInstance | undefined> {
    return this.#inner.inspect(serial, signal);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.#inner.events(signal);
  }

  prepare(assignment: Assignment, onProgress: (progress: PrepareProgress) => void, signal: AbortSignal): Promise<void> {
    return this.#inner.prepare(assignment, onProgress, signal);
  }

  async create(assignment: Assignment, signal: AbortSignal): Promise<string> {
    const { serial, workload } = assignment;
    const containerId = await this.#inner.create(assignment, signal);
    if (isExclusive(assignment))
      await this.#guard.cover({ ...this.guardTarget(serial, containerId), serial, graceMs: workload.stopGraceMs });
    return containerId;
  }

  async start(serial: number, signal: AbortSignal): Promise<void> {
    await this.#guard.ensure(serial);
    await this.#inner.start(serial, signal);
  }

  async stop(serial: number, graceMs: number, signal: AbortSignal): Promise<void> {
    void this.#guard.asked(serial);
    await this.#inner.stop(serial, graceMs, signal);
  }

  async remove(serial: number, signal: AbortSignal): Promise<void> {
    await this.#inner.remove(serial, signal);
    await this.#guard.release(serial);
  }

  async keepLeases(held: () => ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    await this.#inner.keepLeases?.(held, signal);
  }

  async signal(serial: number, name: string, signal: AbortSignal): Promise<void> {
    await this.#inner.signal?.(serial, name, signal);
  }

  ownerOf(serial: number, signal: AbortSignal): Promise<ContainerOwner> {
    return this.#inner.ownerOf?.(serial, signal) ?? Promise.resolve({ user: '', firstUid: 0 });
  }

  logs(serial: number, query: LogQuery, signal: AbortSignal): AsyncIterable<OutputChunk> {
    return this.#inner.logs(serial, query, signal);
  }

  buildLog(image: string, follow: boolean, signal: AbortSignal): AsyncIterable<OutputChunk> | undefined {
    return this.#inner.buildLog?.(image, follow, signal);
  }

  exec(serial: number, request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
    return this.#inner.exec(serial, request, signal);
  }

  guardTarget(serial: number, containerId: string): GuardTarget {
    return this.#inner.guardTarget(serial, containerId);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
