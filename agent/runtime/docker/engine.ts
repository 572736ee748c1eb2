import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { ContainerCreateOptions, ContainerInfo, ImageInfo } from 'dockerode';
import type { ImageInspectOptions } from 'dockerode';
import type { Clock } from '../../../common/model/clock.js';
import type { RegistryCredentials } from '../../images/index.js';
import type { EngineInfo } from '../../host/index.js';
import type { ExecRequest, LogQuery } from '../runtime.js';
import { tieToSignal } from './deadline.js';
import { BuildCalls } from './build-calls.js';
import { BuildSteps } from './build-steps.js';
import { ProverCalls } from './prover-calls.js';
import type { EngineEndpoint } from './endpoint.js';
import { EngineCalls } from './engine-calls.js';
import { TerseAgent, clientOf, dialled, transferred, unless } from './engine-client.js';
import { faultOf, hasStatus } from './engine-error.js';
import type { EnginePhase } from './engine-error.js';
import type { EngineFacts } from './engine-facts.js';
import { EVENT_ACTIONS } from './event.js';
import type { ExecState } from './exec-session.js';
import { labelFilter } from './labels.js';
import { LeaseObjects } from './lease-objects.js';
import type { Docker } from './light-dockerode.js';
import { logParameters } from './log-parameters.js';
import type { Inspected } from './observed.js';

const READ_MS = 15_000;
const FACTS_MS = 1_000;
/** A start on a busy machine takes up to 6 s, so a shorter deadline would fail in vain. */
const START_MS = 60_000;
/** What a stop may take beyond its grace. */
const KILL_MS = 30_000;
/** A remove may meet the kernel's whole connection table, 0.3 s of it each. */
const REMOVE_MS = 60_000;
const EXEC_MS = 30_000;

/** How the engine is reached and how much is asked of it at once. */
export interface EngineOptions {
  readonly endpoint: EngineEndpoint;
  /** Creates and starts at once; about twice the cores is best, more only adds latency. */
  readonly concurrency: number;
  readonly clock: Clock;
}

/** The one client of the engine: every call bounded in time and number, every failure a HeadframeError. */
export class DockerEngine {
  readonly #docker: Docker;
  readonly #agent = new TerseAgent({ keepAlive: true });
  readonly #calls: EngineCalls;
  readonly #clock: Clock;
  #told: { readonly facts: EngineFacts; readonly atMs: number } | undefined;
  /** Builds, and what they leave. */
  readonly builds: BuildCalls;
  /** What the engine's builder runs while it builds. */
  readonly buildSteps: BuildSteps;
  /** What it is asked for the sake of provers. */
  readonly provers: ProverCalls;
  /** What leases have beside their containers. */
  readonly leaseObjects: LeaseObjects;

  constructor(options: EngineOptions) {
    this.#docker = clientOf(options.endpoint, this.#agent);
    this.#calls = new EngineCalls(options.clock, options.concurrency);
    this.#clock = options.clock;
    this.builds = new BuildCalls(this.#docker, this.#calls);
    this.buildSteps = new BuildSteps(this.#docker, this.#calls);
    this.provers = new ProverCalls(this.#docker, this.#calls);
    this.leaseObjects = new LeaseObjects(this.#docker, this.#calls);
  }

  /** What it says of itself, at most a second ago: it has to run programs for that, and one launch wants it twice. */
  async facts(signal: AbortSignal): Promise<EngineFacts> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#told !== undefined && nowMs - this.#told.atMs < FACTS_MS) return this.#told.facts;
    // The library leaves this answer untyped; only fields of the stable API are named.
    const facts = await this.#read(signal, 'read', async () => (await this.#docker.info()) as EngineFacts);
    this.#told = { facts, atMs: nowMs };
    return facts;
  }

  async versions(signal: AbortSignal): Promise<Pick<EngineInfo, 'apiVersion' | 'runcVersion'>> {
    const { ApiVersion, Components } = await this.#read(signal, 'read', () => this.#docker.version());
    // Engines before 18.06 have none, whatever the library's types say.
    const parts = Components as typeof Components | undefined;
    return { apiVersion: ApiVersion, runcVersion: parts?.find(({ Name }) => Name === 'runc')?.Version ?? '' };
  }

  /** Whether containers on the default bridge reach each other; undefined when the engine has none. */
  async bridgeIcc(signal: AbortSignal): Promise<boolean | undefined> {
    const bridge = await this.#read(signal, 'read', () => unless([404], this.#docker.getNetwork('bridge').inspect()));
    return bridge && bridge.Options?.['com.docker.network.bridge.enable_icc'] !== 'false';
  }

  /** Resolves when the engine answers at all. */
  async ping(signal: AbortSignal): Promise<void> {
    const request = { path: '/_ping', method: 'GET', statusCodes: { 200: true } };
    await this.#read(signal, 'read', (abortSignal) => dialled(this.#docker, { ...request, abortSignal }));
  }

  async list(labels: string[], signal: AbortSignal): Promise<ContainerInfo[]> {
    const filters = { label: labels };
    return this.#read(signal, 'read', (abortSignal) =>
      this.#docker.listContainers({ all: true, filters, abortSignal }),
    );
  }

  /** By id or name; undefined when there is none. */
  async inspect(container: string, signal: AbortSignal): Promise<Inspected | undefined> {
    return this.#read(signal, 'read', (abortSignal) =>
      unless([404], this.#docker.getContainer(container).inspect({ abortSignal })),
    );
  }

  /** Returns the id, or undefined when the name is taken. */
  async create(spec: ContainerCreateOptions, signal: AbortSignal): Promise<string | undefined> {
    const call = { phase: 'create', lane: 'start', deadlineMs: START_MS, signal } as const;
    const container = await this.#calls.run(call, (abortSignal) =>
      unless([409], this.#docker.createContainer({ ...spec, abortSignal })),
    );
    return container?.id;
  }

  /** Starting what runs is no error. */
  async start(containerId: string, signal: AbortSignal): Promise<void> {
    // What is created runs before more is created: the first instances are up while the last still wait.
    const call = { phase: 'start', lane: 'start', deadlineMs: START_MS, signal, turn: 'ahead' } as const;
    await this.#calls.run(call, (abortSignal) =>
      unless([304], this.#docker.getContainer(containerId).start({ abortSignal })),
    );
  }

  /** Asks, waits `graceSeconds`, kills. What does not run or is gone counts as stopped. */
  async stop(containerId: string, graceSeconds: number, signal: AbortSignal): Promise<void> {
    const call = { phase: 'stop', lane: 'stop', deadlineMs: graceSeconds * 1000 + KILL_MS, signal } as const;
    await this.#calls.run(call, (abortSignal) =>
      unless([304, 404, 409], this.#docker.getContainer(containerId).stop({ t: graceSeconds, abortSignal })),
    );
  }

  /** Signals the main process; one that does not run or is gone hears nothing. */
  async kill(containerId: string, name: string, signal: AbortSignal): Promise<void> {
    const call = { phase: 'stop', lane: 'stop', deadlineMs: KILL_MS, signal } as const;
    await this.#calls.run(call, (abortSignal) =>
      unless([404, 409], this.#docker.getContainer(containerId).kill({ signal: name, abortSignal })),
    );
  }

  /** Removes with anonymous volumes, never by force. What is gone or going counts as removed. */
  async remove(containerId: string, signal: AbortSignal): Promise<void> {
    const call = { phase: 'remove', lane: 'remove', deadlineMs: REMOVE_MS, signal } as const;
    await this.#calls.run(call, async (abortSignal) => {
      try {
        await this.#docker.getContainer(containerId).remove({ v: true, abortSignal });
      } catch (error) {
        if (!hasStatus(error, 404) && !isRemovalUnderWay(error)) throw error;
      }
    });
  }

  /** Events of a host's containers from a time in unix seconds on; the stream ends with the signal. */
  async events(hostId: string, sinceSeconds: string, signal: AbortSignal): Promise<Readable> {
    const filters = { type: ['container'], label: labelFilter(hostId), event: EVENT_ACTIONS };
    return this.#stream('/events?', { since: sinceSeconds, filters: JSON.stringify(filters) }, signal);
  }

  /** The multiplexed log; the library's own call would hold a log that is not followed in memory whole. */
  async logs(containerId: string, query: LogQuery, signal: AbortSignal): Promise<Readable> {
    return this.#stream(`/containers/${containerId}/logs?`, logParameters(query), signal);
  }

  /** Makes an exec, which runs from `startExec` on. Returns its id. */
  async createExec(containerId: string, request: ExecRequest, signal: AbortSignal): Promise<string> {
    const options = {
      Cmd: [...request.command],
      Tty: request.tty,
      AttachStdin: request.stdin,
      AttachStdout: true,
      AttachStderr: true,
      ...(request.tty ? { Env: ['TERM=xterm-256color'] } : {}),
    };
    const exec = await this.#exec(signal, (abortSignal) =>
      this.#docker.getContainer(containerId).exec({ ...options, abortSignal }),
    );
    return exec.id;
  }

  /** The exec's connection; it ends with the signal. */
  async startExec(execId: string, request: ExecRequest, signal: AbortSignal): Promise<Duplex> {
    const socket = await this.#exec(signal, (abortSignal) =>
      this.#docker.getExec(execId).start({ hijack: true, stdin: true, Tty: request.tty, abortSignal }),
    );
    return tieToSignal(socket, signal);
  }

  async resizeExec(execId: string, columns: number, rows: number, signal: AbortSignal): Promise<void> {
    await this.#exec(signal, (abortSignal) =>
      this.#docker.getExec(execId).resize({ w: columns, h: rows, abortSignal }),
    );
  }

  async inspectExec(execId: string, signal: AbortSignal): Promise<ExecState> {
    const info = await this.#read(signal, 'exec', (abortSignal) =>
      this.#docker.getExec(execId).inspect({ abortSignal }),
    );
    return { running: info.Running, exitCode: info.ExitCode ?? undefined, pid: info.Pid };
  }

  /** Id of an image on the host, by reference or id; undefined when it is not there. */
  async imageId(reference: string, signal: AbortSignal): Promise<string | undefined> {
    const info = await this.#read(signal, 'create', (abortSignal) => {
      // The library takes the signal here too, which its types leave out.
      const options: ImageInspectOptions & { readonly abortSignal: AbortSignal } = { abortSignal };
      return unless([404], this.#docker.getImage(reference).inspect(options));
    });
    return info?.Id;
  }

  /** Every image but those that only others build on. */
  async images(signal: AbortSignal): Promise<ImageInfo[]> {
    return this.#read(signal, 'read', (abortSignal) => this.#docker.listImages({ digests: true, abortSignal }));
  }

  /** Removes an image by one of its names, or by its id; never by force. False when the engine still needs it. */
  async removeImage(reference: string, signal: AbortSignal): Promise<boolean> {
    const call = { phase: 'remove', lane: 'remove', deadlineMs: REMOVE_MS, signal } as const;
    return this.#calls.run(call, async (abortSignal) => {
      // The library takes the signal here too, which its types leave out.
      const options: { readonly force: boolean; readonly abortSignal: AbortSignal } = { force: false, abortSignal };
      try {
        await this.#docker.getImage(reference).remove(options);
      } catch (error) {
        if (hasStatus(error, 409)) return false;
        if (!hasStatus(error, 404)) throw error;
      }
      return true;
    });
  }

  /** The engine's messages while it pulls; ends with the signal. No deadline: the engine answers with its first message. */
  async pull(reference: string, credentials: RegistryCredentials | undefined, signal: AbortSignal): Promise<Readable> {
    const options = { fromImage: reference, abortSignal: signal };
    return transferred('pull', signal, () => this.#docker.createImage(credentials, options));
  }

  /** Lets go of the connections. */
  close(): void {
    this.#agent.destroy();
  }

  #read<T>(signal: AbortSignal, phase: EnginePhase, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#calls.run({ phase, lane: 'read', deadlineMs: READ_MS, signal }, call);
  }

  #exec<T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#calls.run({ phase: 'exec', lane: 'exec', deadlineMs: EXEC_MS, signal }, call);
  }

  async #stream(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Readable> {
    const options = { path, method: 'GET', options: { ...query }, isStream: true, statusCodes: { 200: true } };
    const open = async (abortSignal: AbortSignal): Promise<Readable> =>
      // With `isStream` the answer is the response itself.
      (await dialled(this.#docker, { ...options, abortSignal })) as IncomingMessage;
    return tieToSignal(await this.#read(signal, 'read', open), signal);
  }
}

function isRemovalUnderWay(error: unknown): boolean {
  return hasStatus(error, 409) && /already in progress/i.test(faultOf(error)?.text ?? '');
}
