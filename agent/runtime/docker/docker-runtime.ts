import type { Clock } from '../../../common/model/clock.js';
import type { Assignment } from '../../../common/model/workload.js';
import type { ModuleBuilder } from '../../builds/index.js';
import { BUILD_CAPABILITY } from '../../../common/model/host.js';
import type { EngineInfo } from '../../host/index.js';
import type { ImageEngine, ImagePuller, ProgressListener } from '../../images/index.js';
import { runtimeError } from '../runtime-error.js';
import type {
  ContainerOwner,
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
import type { OpenProver } from '../prover.js';
import type { RuntimeStorage } from '../storage.js';
import type { ContainerCreator } from './container-creator.js';
import type { LeaseKeeper } from './lease-keeper.js';
import type { DockerEngine } from './engine.js';
import { engineInfoOf, firstUidOf, runtimeInfoOf } from './engine-facts.js';
import { engineEventOf } from './event.js';
import { openExec } from './exec-session.js';
import { jsonLines } from './json-lines.js';
import { engineSeconds } from './log-parameters.js';
import { demultiplex } from './multiplexed.js';
import type { Observer } from './observer.js';

/** What the runtime is made of. */
export interface DockerRuntimeParts {
  readonly hostId: string;
  readonly engine: DockerEngine;
  readonly observer: Observer;
  readonly creator: ContainerCreator;
  readonly images: ImageEngine;
  readonly puller: ImagePuller;
  /** Undefined where no images are built. */
  readonly builder: Pick<ModuleBuilder, 'ensure' | 'log'> | undefined;
  readonly storage: RuntimeStorage;
  /** Undefined where the engine does not see this machine's files. */
  readonly openProver: OpenProver | undefined;
  /** Undefined where no leases are held. */
  readonly leases: LeaseKeeper | undefined;
  readonly clock: Clock;
}

/** Runs instances as containers of a Docker Engine, which keeps them and their labels while the agent is away. */
export class DockerRuntime implements Runtime {
  readonly #parts: DockerRuntimeParts;
  readonly #kills = new Set<Promise<void>>();

  constructor(parts: DockerRuntimeParts) {
    this.#parts = parts;
  }

  get storage(): RuntimeStorage {
    return this.#parts.storage;
  }

  get openProver(): OpenProver | undefined {
    return this.#parts.openProver;
  }

  answers(signal: AbortSignal): Promise<void> {
    return this.#parts.engine.ping(signal);
  }

  /** Builds images on the same engine. */
  get images(): ImageEngine {
    return this.#parts.images;
  }

  async info(signal: AbortSignal): Promise<RuntimeInfo> {
    const facts = await this.#parts.engine.facts(signal);
    const info = runtimeInfoOf(facts, this.#parts.creator.diskLimitFor(facts));
    const builds = this.#parts.builder === undefined ? [] : [BUILD_CAPABILITY];
    return { ...info, capabilities: [...info.capabilities, ...builds, ...(await this.#leaseCapabilities(signal))] };
  }

  /** What the doctor judges. */
  async engineInfo(signal: AbortSignal): Promise<EngineInfo> {
    const { engine } = this.#parts;
    const asked = [engine.facts(signal), engine.versions(signal), engine.bridgeIcc(signal)] as const;
    const [facts, versions, icc] = await Promise.all(asked);
    return engineInfoOf(facts, { ...versions, icc });
  }

  list(signal: AbortSignal): Promise<readonly ObservedInstance[]> {
    return this.#parts.observer.list(signal);
  }

  inspect(serial: number, signal: AbortSignal): Promise<ObservedInstance | undefined> {
    return this.#parts.observer.inspect(serial, signal);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    // Noted now and not when the first event is asked for: what happens in between is replayed.
    const since = engineSeconds(this.#parts.clock.nowMs());
    return this.#events(since, signal);
  }

  async prepare(assignment: Assignment, onProgress: ProgressListener, signal: AbortSignal): Promise<void> {
    const { container, pullPolicy, build } = assignment.workload;
    if (build !== undefined) {
      if (this.#parts.builder === undefined) throw runtimeError('not_supported', 'this agent builds no images');
      await this.#parts.builder.ensure({ container, build }, onProgress, signal);
      return;
    }
    await this.#parts.puller.ensure(container.image, pullPolicy, onProgress, signal);
  }

  async create(assignment: Assignment, signal: AbortSignal): Promise<string> {
    const { creator, observer, puller } = this.#parts;
    try {
      const containerId = await creator.create(assignment, signal);
      observer.learn(assignment.serial, containerId);
      return containerId;
    } catch (error) {
      puller.forget(assignment.workload.container.image);
      throw error;
    }
  }

  async start(serial: number, signal: AbortSignal): Promise<void> {
    const containerId = await this.#existing(serial, signal);
    await this.#parts.leases?.beforeStart(serial);
    try {
      await this.#parts.engine.start(containerId, signal);
    } finally {
      this.#parts.observer.doubt(containerId);
    }
  }

  async stop(serial: number, graceMs: number, signal: AbortSignal): Promise<void> {
    const containerId = await this.#parts.observer.containerId(serial, signal);
    if (containerId === undefined) return;
    try {
      await this.#parts.engine.stop(containerId, Math.ceil(graceMs / 1000), signal);
    } finally {
      this.#parts.observer.doubt(containerId);
    }
  }

  async remove(serial: number, signal: AbortSignal): Promise<void> {
    const containerId = await this.#parts.observer.containerId(serial, signal);
    const { leases } = this.#parts;
    if (containerId !== undefined) {
      await leases?.beforeRemove(serial);
      await this.#parts.engine.remove(containerId, signal);
    }
    // Before the container is forgotten: what fails here has to be asked for again.
    await leases?.release(serial, signal);
    if (containerId !== undefined) this.#parts.observer.forget(serial, containerId);
  }

  async keepLeases(held: () => ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    await this.#parts.leases?.keepOnly(held, signal);
  }

  async signal(serial: number, name: string, signal: AbortSignal): Promise<void> {
    const containerId = await this.#parts.observer.containerId(serial, signal);
    if (containerId !== undefined) await this.#parts.engine.kill(containerId, name, signal);
  }

  async ownerOf(serial: number, signal: AbortSignal): Promise<ContainerOwner> {
    const { engine } = this.#parts;
    const containerId = await this.#existing(serial, signal);
    const [found, facts] = await Promise.all([engine.inspect(containerId, signal), engine.facts(signal)]);
    return { user: found?.Config.User ?? '', firstUid: firstUidOf(facts) };
  }

  buildLog(image: string, follow: boolean, signal: AbortSignal): AsyncIterable<OutputChunk> | undefined {
    return this.#parts.builder?.log(image, follow, signal);
  }

  async *logs(serial: number, query: LogQuery, signal: AbortSignal): AsyncGenerator<OutputChunk> {
    const stream = await this.#parts.engine.logs(await this.#existing(serial, signal), query, signal);
    yield* untilAborted(demultiplex(stream), signal);
  }

  async exec(serial: number, request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
    const { engine, clock } = this.#parts;
    const containerId = await this.#existing(serial, signal);
    const onKill = (killing: Promise<void>): void => {
      const kill = killing.finally(() => this.#kills.delete(kill));
      this.#kills.add(kill);
    };
    return openExec({ engine, clock, containerId, request, signal, onKill });
  }

  guardTarget(_serial: number, containerId: string): GuardTarget {
    return { kind: 'container', target: containerId };
  }

  async close(): Promise<void> {
    // A command whose caller has gone would run on for ever.
    await Promise.all(this.#kills);
    this.#parts.engine.close();
  }

  async *#events(since: string, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const { engine, hostId, observer } = this.#parts;
    const stream = await engine.events(hostId, since, signal);
    const distrust = observer.trustEvents();
    try {
      for await (const message of untilAborted(jsonLines(stream), signal)) {
        const found = engineEventOf(message);
        if (found === undefined) continue;
        observer.doubt(found.containerId);
        yield found.event;
      }
    } finally {
      distrust();
    }
    if (!signal.aborted) throw runtimeError('engine_unavailable', 'the container engine ended its event stream');
  }

  async #leaseCapabilities(signal: AbortSignal): Promise<readonly string[]> {
    const { leases } = this.#parts;
    return leases === undefined ? [] : leases.capabilities(await this.engineInfo(signal));
  }

  async #existing(serial: number, signal: AbortSignal): Promise<string> {
    const containerId = await this.#parts.observer.containerId(serial, signal);
    if (containerId === undefined) throw runtimeError('container_gone', `instance ${String(serial)} has no container`);
    return containerId;
  }
}

/** Iterates until the signal: its abort is an end and no failure; any other break is the engine's. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    if (signal.aborted) return;
    throw runtimeError('engine_unavailable', 'the connection to the container engine broke', { cause: error });
  }
}
