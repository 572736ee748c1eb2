import { X509Certificate, createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { signAnswer } from '../../common/challenge/answer.js';
import type { AnswerKind } from '../../common/challenge/answer.js';
import { encodeFrame, readFrames } from '../../common/challenge/frames.js';
import { checkParameters } from '../../common/challenge/parameters.js';
import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import { seedOf } from '../../common/challenge/seed.js';
import { parametersFromWire, parametersToWire } from '../../common/challenge/wire.js';
import {
  ChallengeCommitSchema,
  ChallengeOpenSchema,
  ChallengeRevealSchema,
  ChallengeStartSchema,
  ProverFailureSchema,
  ProverReadySchema,
  ProverWorkSchema,
  SignedAnswerSchema,
} from '../../common/gen/headframe/v1/challenge_pb.js';
import type { ChallengeOrder } from '../../common/gen/headframe/v1/challenge_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Assignment } from '../../common/model/workload.js';
import type { Certificates } from '../../common/rpc/index.js';
import { openChildProver } from './child-prover.js';
import { openGpuProver } from './gpu/gpu-prover.js';
import type { NodeProverRequest, OpenProver, ProverLimits, ProverProcess } from '../runtime/prover.js';
import { nextPayload } from './link.js';
import type { VerifierLink } from './link.js';
import { echoAndReceive, sendStream } from './network.js';
import { proverProgram } from './prover-program.js';

/** What a desk works with. */
export interface DeskParts {
  readonly hostId: string;
  /** Folder of the agent's own state. */
  readonly dataDir: string;
  /** What the host proves itself with; undefined where it speaks in clear, and then nothing is signed. */
  readonly identity?: { current(): Pick<Certificates, 'certificate' | 'key'> } | undefined;
  /** Starts provers in containers; undefined where there are none. */
  readonly openProver: OpenProver | undefined;
  /** Image of the program that proves GPUs; '' for none. */
  readonly gpuImage?: string;
  /** What an instance is to be on this host; undefined for one that it does not hold. */
  readonly assignmentOf: (serial: number) => Assignment | undefined;
}

/** Of one challenge, once its start has come. */
interface Asked {
  readonly id: string;
  readonly seed: Buffer;
  /** What the prover works on: the seed, or that of a label which is kept. */
  readonly workSeed: Uint8Array;
  /** By when the commit is to be there; 0 where it is not to be given up. */
  readonly withinMs: bigint;
  readonly parameters: ChallengeParameters;
}

/** What a challenge is to be done for. */
interface Order {
  readonly id: string;
  readonly parameters: ChallengeParameters;
  /** Begins the subject of its seed; '' where it is done for no lease. */
  readonly lease: string;
}

/** Challenges at once: a sweep asks for one of each type. */
const MOST_AT_ONCE = 5;
/** Ids that are remembered; an agent that was restarted is told a new seed in any case. */
const REMEMBERED = 1_000;
const LEAST_MEMORY_BYTES = 64 * 2 ** 20;
const LABELS_FOLDER = 'labels';

/** Answers challenges: has a prover work, and puts the host's name under what it says. One of each id, ever. */
export class ChallengeDesk {
  readonly #parts: DeskParts;
  readonly #seen = new Set<string>();
  #open = 0;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Serves one challenge to its end. Rejects with what ended it before. */
  async serve(order: ChallengeOrder, link: VerifierLink, signal: AbortSignal): Promise<void> {
    const parameters = parametersFromWire(order.parameters);
    checkParameters(parameters);
    this.#enter(order.challengeId);
    try {
      if (parameters.type === 'network') await this.#serveNetwork(order.challengeId, parameters, link);
      else await this.#serveProver(order, parameters, link, signal);
    } finally {
      this.#open -= 1;
    }
  }

  #enter(id: string): void {
    if (this.#seen.has(id)) throw refusal('challenge_replayed', `challenge ${id} was answered before`);
    if (this.#open >= MOST_AT_ONCE)
      throw refusal('challenge_host_busy', `${String(MOST_AT_ONCE)} challenges are under way on this host`);
    this.#seen.add(id);
    this.#open += 1;
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
  }

  async #serveProver(
    order: ChallengeOrder,
    parameters: ChallengeParameters,
    link: VerifierLink,
    signal: AbortSignal,
  ): Promise<void> {
    const lease = this.#leaseOf(order);
    const prover = await this.#openProver(parameters, { limits: limitsOf(order), lease }, signal);
    try {
      const answers = readFrames(prover.output);
      await nextPayload(answers, 'ready');
      const wanted = { id: order.challengeId, parameters, lease: lease?.workload.lease?.lease ?? '' };
      const asked = await this.#begin(wanted, link, prover.isContained);
      await prover.write(encodeFrame('work', workOf(asked)));
      await this.#answer('commit', asked, await answerOf(answers, 'commit'), link);
      await prover.write(encodeFrame('reveal', await nextPayload(link.frames, 'reveal')));
      await this.#answer('open', asked, await answerOf(answers, 'open'), link);
    } finally {
      await prover.close();
    }
  }

  /** Nothing of it would be true behind the walls of a container: the agent itself answers. */
  async #serveNetwork(
    id: string,
    parameters: Extract<ChallengeParameters, { readonly type: 'network' }>,
    link: VerifierLink,
  ): Promise<void> {
    const asked = await this.#begin({ id, parameters, lease: '' }, link, false);
    const receipt = await echoAndReceive(link, parameters);
    const commit = create(ChallengeCommitSchema, { challengeId: id, roots: [receipt] });
    await this.#answer('commit', asked, toBinary(ChallengeCommitSchema, commit), link);
    const { nonce } = fromBinary(ChallengeRevealSchema, await nextPayload(link.frames, 'reveal'));
    await sendStream(link, parameters, { seed: asked.seed, reveal: nonce });
    const open = create(ChallengeOpenSchema, { challengeId: id });
    await this.#answer('open', asked, toBinary(ChallengeOpenSchema, open), link);
  }

  /** The lease that it is done for, whose limits are its own and not the coordinator's to say. */
  #leaseOf({ leaseSerial }: ChallengeOrder): Assignment | undefined {
    if (leaseSerial === 0n) return undefined;
    const assignment = this.#parts.assignmentOf(Number(leaseSerial));
    if (assignment?.workload.lease !== undefined) return assignment;
    throw refusal('lease_not_held', `instance ${String(leaseSerial)} is no lease that this host holds`);
  }

  async #openProver(
    parameters: ChallengeParameters,
    confined: Pick<NodeProverRequest, 'limits' | 'lease'>,
    signal: AbortSignal,
  ): Promise<ProverProcess> {
    const { dataDir, openProver = openChildProver, gpuImage: image = '' } = this.#parts;
    if (parameters.type === 'gpu') {
      if (image === '') throw noGpuImage();
      const gpuIds = parameters.devices.map(({ id }) => id);
      return openGpuProver(openProver, { kind: 'gpu', image, gpuIds, limits: confined.limits }, signal);
    }
    const labels = join(dataDir, LABELS_FOLDER);
    const threads = parameters.type === 'cpu' ? Math.min(1024, parameters.chains + 1) : 4;
    return openProver({ kind: 'node', ...proverProgram(), labels, ...confined, threads }, signal);
  }

  /** Says that all is ready, and takes what the seed is made of. */
  async #begin({ id, parameters, lease }: Order, link: VerifierLink, isContained: boolean): Promise<Asked> {
    const certificate = this.#certificate();
    const ready = create(ProverReadySchema, { isContained, certificate: certificate?.raw ?? new Uint8Array() });
    await link.send('ready', toBinary(ProverReadySchema, ready));
    const start = fromBinary(ChallengeStartSchema, await nextPayload(link.frames, 'start'));
    if (start.challengeId !== id) throw refusal('challenge_frame_invalid', 'the start is of another challenge');
    const { nonce, subject, labelSeed } = start;
    if (lease !== '' && !subject.startsWith(`${lease}/`))
      throw refusal('challenge_frame_invalid', `the start is not for the lease ${lease}`);
    const hostKey = certificate?.publicKey.export({ type: 'spki', format: 'der' }) ?? Buffer.from(this.#parts.hostId);
    const seed = seedOf({ nonce, hostKey, parameters, subject, epoch: Number(start.epoch) });
    return { id, seed, parameters, workSeed: labelSeed.length > 0 ? labelSeed : seed, withinMs: start.commitWithinMs };
  }

  #certificate(): X509Certificate | undefined {
    const { identity } = this.#parts;
    return identity && new X509Certificate(identity.current().certificate);
  }

  async #answer(kind: AnswerKind, { seed }: Asked, payload: Uint8Array, link: VerifierLink): Promise<void> {
    const { identity } = this.#parts;
    const signature =
      identity === undefined
        ? new Uint8Array()
        : signAnswer({ kind, seed, payload }, createPrivateKey(identity.current().key));
    await link.send(kind, toBinary(SignedAnswerSchema, create(SignedAnswerSchema, { payload, signature })));
  }
}

function workOf({ id, parameters, workSeed, withinMs: commitWithinMs }: Asked): Uint8Array {
  const work = { challengeId: id, parameters: parametersToWire(parameters), seed: workSeed, commitWithinMs };
  return toBinary(ProverWorkSchema, create(ProverWorkSchema, work));
}

/** A prover that cannot says why in place of its answer. */
async function answerOf(answers: ReturnType<typeof readFrames>, kind: AnswerKind): Promise<Uint8Array> {
  const next = await answers.next();
  if (next.done !== true && next.value.kind === kind) return next.value.payload;
  if (next.done === true || next.value.kind !== 'failure')
    throw refusal('challenge_prover_failed', `the prover ended before its '${kind}'`);
  const { reason, text } = fromBinary(ProverFailureSchema, next.value.payload);
  throw refusal(reason, text);
}

function limitsOf({ limits }: ChallengeOrder): ProverLimits {
  const memoryBytes = Number(limits?.memoryBytes ?? 0n);
  const { cpuMillis = 0, pids = 0 } = limits ?? {};
  if (cpuMillis < 10 || memoryBytes < LEAST_MEMORY_BYTES || pids < 16)
    throw refusal(
      'challenge_invalid',
      `a prover of ${String(cpuMillis)} thousandths of a CPU, ${String(memoryBytes)} bytes and ${String(pids)} processes is too ` +
        'small: 10, 64 MiB and 16 are the least',
    );
  return { cpuMillis, memoryBytes, pids };
}

function noGpuImage(): HeadframeError {
  return refusal(
    'challenge_no_gpu_prover',
    'challenges.gpuImage of the agent names no image, so that there is no program to prove GPUs with',
  );
}

function refusal(reason: string, message: string): HeadframeError {
  return new HeadframeError({ code: 'failed_precondition', reason, message });
}
