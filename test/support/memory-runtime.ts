import { HeadframeError } from '../../common/model/error.js';
import type { Assignment } from '../../common/model/workload.js';
import type {
  ExecSession,
  ObservedInstance,
  OutputChunk,
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
  /** While set, `prepare` does not end by itself. */
  holdPrepare = false;
  readonly #containers = new Map<number, ObservedInstance>();
  #clockMs = 1_000;

  info(): Promise<RuntimeInfo> {
    return Promise.resolve({
      kind: 'docker',
      version: '0',
      isolates: true,
      dataRoot: '',
      cgroupVersion: '1',
      capabilities: [],
    });
  }

  list(): Promise<readonly ObservedInstance[]> {
    return Promise.resolve([...this.#containers.values()]);
  }

  inspect(serial: number): Promise<ObservedInstance | undefined> {
    return Promise.resolve(this.#containers.get(serial));
  }

  // eslint-disable-next-line require-yield -- an engine whose containers end only when a test says so has no events of its own
  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
  }

  async prepare(assignment: Assignment, _onProgress: unknown, signal: AbortSignal): Promise<void> {
    this.#called('prepare', assignment.serial);
    if (!this.holdPrepare) return;
    await new Promise((_resolve, reject) => {
      signal.addEventListener(
        'abort',
        () => {
          reject(new Error('aborted'));
        },
        { once: true },
      );
    });
  }

  create({ serial }: Assignment): Promise<string> {
    this.#called('create', serial);
    if (!this.#containers.has(serial)) this.#containers.set(serial, container(serial));
    return Promise.resolve(`c${String(serial)}`);
  }

  start(serial: number): Promise<void> {
    this.#called('start', serial);
    this.#clockMs += 1;
    const before = this.#containers.get(serial) ?? container(serial);
    if (before.status === 'running') return Promise.resolve();
    this.#containers.set(serial, { ...container(serial), status: 'running', pid: 1, startedAtMs: this.#clockMs });
    return Promise.resolve();
  }

  stop(serial: number): Promise<void> {
    this.#called('stop', serial);
    this.end(serial, 143);
    return Promise.resolve();
  }

  remove(serial: number): Promise<void> {
    this.#called('remove', serial);
    this.#containers.delete(serial);
    return Promise.resolve();
  }

  // eslint-disable-next-line require-yield -- these containers print nothing
  async *logs(): AsyncIterable<OutputChunk> {
    await Promise.resolve();
  }

  exec(): Promise<ExecSession> {
    return Promise.reject(new HeadframeError({ code: 'unimplemented', reason: 'not_supported', message: 'no exec' }));
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

  /** Somebody removes the container behind the agent's back. */
  vanish(serial: number): void {
    this.#containers.delete(serial);
  }

  #called(verb: string, serial: number): void {
    this.calls.push(`${verb} ${String(serial)}`);
    const index = this.failures.findIndex((failure) => failure.verb === verb);
    const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
    if (failure) throw new HeadframeError({ code: 'internal', reason: failure.reason, message: failure.reason });
  }
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
