import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import { HeadframeError } from '../../../common/model/error.js';
import { onAbort } from '../on-abort.js';
import type { GpuProverRequest, NodeProverRequest, ProverProcess, ProverRequest } from '../prover.js';
import { tieToSignal } from './deadline.js';
import type { DockerEngine } from './engine.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { leaseConfinement } from './lease-spec.js';
import { runtimeError } from '../runtime-error.js';
import { demultiplex } from './multiplexed.js';
import { EMPTY_IMAGE, PROVER_LABEL, gpuProverSpecOf, proverSpecOf } from './prover-spec.js';

/** An archive of no files is two blocks of zeros (POSIX.1-2017, pax, ustar). */
const EMPTY_ARCHIVE = Buffer.alloc(1024);
/** Whoever the prover is in its container has to write there. */
const ANYBODY = 0o777;
const CLOSE_MS = 30_000;
const MOST_ERROR_CHARACTERS = 2_000;

/** Runs provers in containers of the engine, of which nothing is left once they have ended. */
export class ProverContainers {
  readonly #engine: DockerEngine;
  readonly #hostId: string;
  readonly #leases: LeaseKeeper | undefined;
  #swept: Promise<void> | undefined;

  /** Without a keeper of leases there are no provers in their limits. */
  constructor(engine: DockerEngine, hostId: string, leases: LeaseKeeper | undefined) {
    this.#engine = engine;
    this.#hostId = hostId;
    this.#leases = leases;
  }

  /** Starts a prover. Throws `HeadframeError` with the engine's refusal, and (failed_precondition, 'lease_not_possible'). */
  async open(request: ProverRequest, signal: AbortSignal): Promise<ProverProcess> {
    await this.#sweepOnce(signal);
    const spec = request.kind === 'gpu' ? await this.#gpuSpec(request, signal) : await this.#nodeSpec(request, signal);
    const id = await this.#engine.create(spec, signal);
    if (id === undefined) throw runtimeError('engine_error', 'the engine made no container for a prover');
    try {
      const socket = tieToSignal(await this.#engine.provers.attach(id, signal), signal);
      await this.#engine.start(id, signal);
      return new ContainedProver(this.#engine, id, socket, signal);
    } catch (error) {
      await this.#engine.provers.discard(id, AbortSignal.timeout(CLOSE_MS)).catch(() => undefined);
      throw error;
    }
  }

  /** Of the lease that it works for; undefined for none. The disk is no part of it: a prover has nothing to write to. */
  async #confinementOf({ lease }: NodeProverRequest, signal: AbortSignal): Promise<HostConfig | undefined> {
    if (lease === undefined) return undefined;
    const { workload } = lease;
    if (this.#leases === undefined || workload.lease === undefined)
      throw runtimeError('lease_not_possible', 'this host holds no such lease', { code: 'failed_precondition' });
    const facts = this.#leases.confinementFacts(await this.#engine.facts(signal));
    return leaseConfinement(workload.resources, workload.lease, { ...facts, diskLimit: false });
  }

  /** Ends what an agent before this one left behind, whose engine was started again under it. Before the first of this one's own. */
  async #sweepOnce(signal: AbortSignal): Promise<void> {
    this.#swept ??= this.#sweep(signal);
    await this.#swept.catch((error: unknown) => {
      this.#swept = undefined;
      throw error;
    });
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { provers } = this.#engine;
    for (const id of await provers.labelled(`${PROVER_LABEL}=${this.#hostId}`, signal))
      await provers.discard(id, signal);
  }

  async #nodeSpec(request: NodeProverRequest, signal: AbortSignal): Promise<ContainerCreateOptions> {
    await mkdir(request.labels, { recursive: true });
    await chmod(request.labels, ANYBODY);
    await this.#ensureImage(signal);
    const host = { hostId: this.#hostId, node: process.execPath, exists: existsSync };
    return proverSpecOf(request, host, await this.#confinementOf(request, signal));
  }

  async #gpuSpec(request: GpuProverRequest, signal: AbortSignal): Promise<ContainerCreateOptions> {
    if ((await this.#engine.imageId(request.image, signal)) === undefined) throw noImage(request.image);
    return gpuProverSpecOf(request, this.#hostId, await this.#engine.facts(signal));
  }

  async #ensureImage(signal: AbortSignal): Promise<void> {
    if ((await this.#engine.imageId(EMPTY_IMAGE, signal)) !== undefined) return;
    await this.#engine.provers.importImage(EMPTY_IMAGE, Readable.from([EMPTY_ARCHIVE]), signal);
  }
}

function noImage(image: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'challenge_no_gpu_prover',
    message: `the image ${image} of challenges.gpuImage is not on this host, and none is pulled for a challenge`,
    remedy: 'Make it by deploy/challenge/gpu/image.sh, or name the one that is there.',
  });
}

class ContainedProver implements ProverProcess {
  readonly isContained = true;
  readonly #engine: DockerEngine;
  readonly #id: string;
  readonly #socket: Duplex;
  readonly #letGo: () => void;
  #closing: Promise<void> | undefined;

  constructor(engine: DockerEngine, id: string, socket: Duplex, signal: AbortSignal) {
    this.#engine = engine;
    this.#id = id;
    this.#socket = socket;
    this.#letGo = onAbort(signal, () => void this.close());
  }

  get output(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#letGo();
    this.#closing ??= this.#engine.provers.discard(this.#id, AbortSignal.timeout(CLOSE_MS)).finally(() => {
      this.#socket.destroy();
    });
    return this.#closing;
  }

  /** What it complains of tells why it ended before its time. */
  async *#read(): AsyncGenerator<Uint8Array> {
    let complaint = '';
    for await (const { stream, data } of demultiplex(this.#socket)) {
      if (stream === 'stdout') yield data;
      else complaint = (complaint + Buffer.from(data).toString()).slice(0, MOST_ERROR_CHARACTERS);
    }
    if (complaint !== '') throw runtimeError('challenge_prover_failed', `the prover ended: ${complaint.trim()}`);
  }
}
