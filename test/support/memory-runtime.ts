import { HeadframeError } from '../../common/model/error.js';
import type { Assignment } from '../../common/model/workload.js';
import type {
  ExecSession,
  GuardTarget,
  ObservedInstance,
  OutputChunk,
  PrepareProgress,
  Runtime,
  RuntimeEvent,
  RuntimeInfo,
} from '../../agent/runtime/runtime.js';

/** A runtime in memory: a small true engine whose containers start at once and end when a test says so. */
export class MemoryRuntime implements Runtime {
  /** What was asked of the engine, in order, as `verb serial`. */
  readonly calls: string[] = [];
  /** Reasons that the next calls of a verb fail with. */
  readonly failures: { readonly verb: string; readonly reason: string }[] = [];
  /** Calls that do not end until they are aborted or let go: a verb, or `verb serial`. */
  readonly held = new Set<string>();
  /** Calls that the engine does not answer: a verb, or `verb serial`. */
  readonly broken = new Set<string>();
  /** Set by the last `prepare`: what it tells its progress to. */
  onProgress: ((progress: PrepareProgress) => void) | undefined;
  /** What the image's own health check says of a container that starts. */
  imageHealth: ObservedInstance['imageHealth'] = 'none';
  /** Grace of each stop, in milliseconds, in order. */
  readonly graces: number[] = [];
  /** Whether an answer to `inspect` that was held is as old as its question. */
  staleInspect = false;
  readonly #releases = new Set<() => void>();
  readonly #subscribers = new Set<(event: RuntimeEvent) => void>();
  readonly #containers = new Map<number, ObservedInstance>();
  #clockMs = 1_000;

  async info(signal?: AbortSignal): Promise<RuntimeInfo> {
    await this.#answer('info', undefined, signal);
    return { kind: 'docker', version: '0', isolates: true, dataRoot: '', cgroupVersion: '1', capabilities: [] };
  }

  async answers(signal?: AbortSignal): Promise<void> {
    await this.#answer('answers', undefined, signal);
  }

  async list(signal?: AbortSignal): Promise<readonly ObservedInstance[]> {
    await this.#answer('list', undefined, signal);
    return [...this.#containers.values()];
  }

  async inspect(serial: number, signal?: AbortSignal): Promise<ObservedInstance | undefined> {
    const seen = this.#containers.get(serial);
    await this.#answer('inspect', serial, signal);
    return this.staleInspect ? seen : this.#containers.get(serial);
  }

  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake: () => void = () => undefined;
    const poke = (): void => {
      wake();
    };
    const subscriber = (event: RuntimeEvent): void => {
      queue.push(event);
      poke();
    };
    this.#subscribers.add(subscriber);
    signal.addEventListener('abort', poke, { once: true });
    try {
      while (!signal.aborted) {
        if (this.broken.has('events')) throw away();
        const next = queue.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#subscribers.delete(subscriber);
    }
  }

  async prepare(
    assignment: Assignment,
    onProgress: (progress: PrepareProgress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.onProgress = onProgress;
    await this.#called('prepare', assignment.serial, signal);
  }

  async create({ serial }: Assignment, signal?: AbortSignal): Promise<string> {
    await this.#called('create', serial, signal);
    if (!this.#containers.has(serial)) this.#containers.set(serial, container(serial));
    return `c${String(serial)}`;
  }

  async start(serial: number, signal?: AbortSignal): Promise<void> {
    await this.#called('start', serial, signal);
    this.#clockMs += 1;
    const before = this.#containers.get(serial) ?? container(serial);
    if (before.status === 'running') return;
    const running = { status: 'running', pid: 1, startedAtMs: this.#clockMs, imageHealth: this.imageHealth } as const;
    this.#containers.set(serial, { ...container(serial), ...running });
  }

  async stop(serial: number, graceMs: number, signal?: AbortSignal): Promise<void> {
    this.graces.push(graceMs);
    await this.#called('stop', serial, signal);
    this.end(serial, 143);
  }

  async remove(serial: number, signal?: AbortSignal): Promise<void> {
    await this.#called('remove', serial, signal);
    this.#containers.delete(serial);
  }

  // eslint-disable-next-line require-yield -- these containers print nothing
  async *logs(): AsyncIterable<OutputChunk> {
    await Promise.resolve();
  }

  exec(): Promise<ExecSession> {
    return Promise.reject(new HeadframeError({ code: 'unimplemented', reason: 'not_supported', message: 'no exec' }));
  }

  guardTarget(_serial: number, containerId: string): GuardTarget {
    return { kind: 'container', target: containerId };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The container ends by itself. */
  end(serial: number, exitCode: number, finishedAtMs = 0): void {
    const running = this.#containers.get(serial);
    if (running?.status === 'running')
      this.#containers.set(serial, { ...running, status: 'exited', pid: 0, exitCode, finishedAtMs });
  }

  /** The image's own health check comes to a verdict. */
  setImageHealth(serial: number, imageHealth: ObservedInstance['imageHealth']): void {
    const known = this.#containers.get(serial);
    if (known) this.#containers.set(serial, { ...known, imageHealth });
  }

  /** Somebody removes the container behind the agent's back. */
  vanish(serial: number): void {
    this.#containers.delete(serial);
  }

  /** Lets the held calls go on; later ones are not held any more. */
  release(): void {
    this.held.clear();
    for (const release of this.#releases) release();
  }

  /** Tells of a change, as an engine does. */
  emit(event: RuntimeEvent): void {
    for (const subscriber of this.#subscribers) subscriber(event);
  }

  /** The engine goes away: nothing is answered, and the event streams break. */
  goAway(): void {
    for (const verb of ['answers', 'info', 'list', 'inspect', 'events', 'prepare', 'create', 'start', 'stop', 'remove'])
      this.broken.add(verb);
    for (const subscriber of this.#subscribers) subscriber({ serial: 0, kind: 'ended' });
  }

  /** The engine is back. */
  comeBack(): void {
    this.broken.clear();
  }

  async #called(verb: string, serial: number, signal: AbortSignal | undefined): Promise<void> {
    this.calls.push(`${verb} ${String(serial)}`);
    const index = this.failures.findIndex((failure) => failure.verb === verb);
    const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
    if (failure) throw new HeadframeError({ code: 'internal', reason: failure.reason, message: failure.reason });
    await this.#answer(verb, serial, signal);
  }

  async #answer(verb: string, serial: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const call = `${verb} ${String(serial)}`;
    if (this.broken.has(verb) || this.broken.has(call)) throw away();
    if (!this.held.has(verb) && !this.held.has(call)) return;
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        reject(new Error('aborted'));
      };
      this.#releases.add(resolve);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted === true) abort();
    });
  }
}

function away(): HeadframeError {
  return new HeadframeError({ code: 'unavailable', reason: 'engine_unavailable', message: 'the engine is away' });
}

function container(serial: number): ObservedInstance {
  return {
    serial,
    containerId: `c${String(serial)}`,
    status: 'created',
    pid: 0,
    exitCode: undefined,
    outOfMemory: false,
    startedAtMs: 0,
    finishedAtMs: 0,
    address: '127.0.0.1',
    imageHealth: 'none',
  };
}
