import { create } from '@bufbuild/protobuf';
import { openBytes } from '../../common/challenge/frames.js';
import { checkParameters } from '../../common/challenge/parameters.js';
import { parametersToWire } from '../../common/challenge/wire.js';
import { ChallengeOrderSchema } from '../../common/gen/headframe/v1/challenge_pb.js';
import type { ChallengeOrder } from '../../common/gen/headframe/v1/challenge_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { Conversation, MissedWindow, WrongAnswer } from './conversation.js';
import type { Transcript } from './conversation.js';
import { HostLink, LinkEnd } from './host-link.js';
import { failed, judge, voided } from './judge.js';
import type { Judgement } from './judge.js';
import type { ChallengeResult, ChallengeWish, HostKeyOf, HostTunnel, OpenTunnel } from './port.js';
import type { ReferenceRates } from './rates.js';
import { RootMemory } from './root-memory.js';
import type { Verified, Verifier } from './verifier.js';

/** What a challenger works with. */
export interface ChallengerParts {
  readonly openTunnel: OpenTunnel;
  /** Undefined where agents speak in clear. */
  readonly hostKeyOf: HostKeyOf | undefined;
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  readonly epoch: number;
  readonly rates: ReferenceRates;
  readonly lottery: Lottery;
}

/** Which tags of memory challenges are made again; the draw is after the commit, and nobody is told. */
export interface Lottery {
  /** One in so many; 1 is each. */
  readonly oneIn: number;
  /** Larger ones than this machine can make are not. */
  readonly mostMemoryBytes: number;
}

/** Tries with a new seed each: one that broke off before the commit may be repeated twice. */
const TRIES = 3;
const OPEN_TUNNEL_MS = 30_000;

type Attempt =
  | { readonly kind: 'judged'; readonly judgement: Judgement; readonly mayRepeat: boolean; readonly commitMs: number }
  | { readonly kind: 'done'; readonly transcript: Transcript };

/** Asks hosts to prove what they claim, and judges what they answer. A commit is final: nothing is asked again after it. */
export class Challenger {
  readonly #parts: ChallengerParts;
  readonly #used = new Set<string>();
  readonly #roots = new RootMemory();

  constructor(parts: ChallengerParts) {
    this.#parts = parts;
  }

  /**
   * Asks one host. Resolves with a verdict, whatever the host does; rejects with `HeadframeError` (invalid_argument,
   * 'challenge_invalid') for parameters out of bounds, and (already_exists, 'challenge_replayed') for an id that was used.
   */
  async run(wish: ChallengeWish, signal: AbortSignal): Promise<ChallengeResult> {
    checkParameters(wish.parameters);
    if (this.#used.has(wish.id)) throw usedBefore(wish.id);
    this.#used.add(wish.id);
    for (let turn = 1; ; turn += 1) {
      const attempt = await this.#attempt(wish, `${wish.id}.${String(turn)}`, signal);
      if (attempt.kind === 'done') return this.#verify(wish, attempt.transcript, signal);
      if (!attempt.mayRepeat || turn === TRIES || wish.seat !== undefined)
        return { verdict: this.#verdict(wish, attempt.judgement, { proveMs: attempt.commitMs, verifyMs: 0 }) };
    }
  }

  async #attempt(wish: ChallengeWish, id: string, signal: AbortSignal): Promise<Attempt> {
    const { preempted } = wish;
    const either = preempted === undefined ? signal : AbortSignal.any([signal, preempted]);
    const { clock } = this.#parts;
    let [phase, startedMs]: [Phase, number] = ['before', clock.monotonicMs()];
    let tunnel: HostTunnel | undefined;
    try {
      either.throwIfAborted();
      tunnel = await this.#openTunnel(wish, id, either);
      const link = new HostLink(tunnel, clock, openBytes(wish.parameters));
      const onPhase = (next: Exclude<Phase, 'before'>): void => {
        phase = next;
        if (next === 'started') startedMs = clock.monotonicMs();
      };
      const conversation = new Conversation({ ...this.#parts, link, onPhase }, wish, id);
      return { kind: 'done', transcript: await untilAborted(conversation.hold(), either) };
    } catch (error) {
      const aborted = { preempted: preempted?.aborted === true, stopped: signal.aborted };
      return { kind: 'judged', ...judgeEnd(error, phase, aborted), commitMs: clock.monotonicMs() - startedMs };
    } finally {
      tunnel?.close();
    }
  }

  #openTunnel(wish: ChallengeWish, id: string, signal: AbortSignal): Promise<HostTunnel> {
    const either = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TUNNEL_MS)]);
    return this.#parts.openTunnel(wish.hostId, { case: 'challenge', value: orderOf(wish, id) }, either);
  }

  async #verify(wish: ChallengeWish, transcript: Transcript, signal: AbortSignal): Promise<ChallengeResult> {
    const { parameters } = wish;
    const { commitMs: proveMs, roots, seed } = transcript;
    const spent = (judgement: Judgement, verifyMs: number): ChallengeResult => ({
      verdict: this.#verdict(wish, judgement, { proveMs, verifyMs }),
    });
    const isKept = parameters.type === 'network' || (parameters.type === 'disk' && parameters.stage === 'read');
    if (!isKept && !this.#roots.isNew(roots)) return spent(failed('challenge_replayed', REPLAYED), 0);
    const isDrawn = this.#isDrawn(wish);
    let verified: Verified;
    try {
      const job = { ...transcript, parameters, isDrawn, known: wish.known };
      verified = await this.#parts.verifier.verify(jobOf(job), signal);
    } catch (error) {
      const { message } = toHeadframeError(error);
      return spent(voided(signal.aborted ? 'challenge_interrupted' : 'challenge_verifier_busy', message), 0);
    }
    const { fault, verifyMs } = verified;
    const judgement = judge({ ...transcript, ...wish, fault, wasRemade: isDrawn }, this.#parts.rates);
    const result = spent(judgement, verifyMs);
    const root = roots.at(-1);
    const isMade = parameters.type === 'disk' && parameters.stage === 'plot' && judgement.outcome === 'passed';
    return isMade && root !== undefined ? { ...result, label: { seed, root } } : result;
  }

  /** Drawn when the tag is here already, so that no host knows. */
  #isDrawn({ parameters, isNewHost }: ChallengeWish): boolean {
    if (parameters.type !== 'memory') return false;
    const { oneIn, mostMemoryBytes } = this.#parts.lottery;
    if (parameters.memoryKib * 1024 > mostMemoryBytes) return false;
    return isNewHost || this.#parts.random(4).readUInt32BE() % oneIn === 0;
  }

  #verdict(
    { id, hostId, parameters, claimed, sweep }: ChallengeWish,
    judgement: Judgement,
    spent: { readonly proveMs: number; readonly verifyMs: number },
  ): ChallengeResult['verdict'] {
    const { outcome, reason, text, units } = judgement;
    const [proveMs, verifyMs] = [Math.round(spent.proveMs), Math.round(spent.verifyMs)];
    const atMs = this.#parts.clock.nowMs();
    return { id, hostId, type: parameters.type, outcome, reason, text, claimed, units, proveMs, verifyMs, sweep, atMs };
  }
}

type Phase = 'before' | 'started' | 'committed';

const REPLAYED = 'it committed to what was committed to before';

/** What an end before the opening comes to. A host that hangs up before it has committed gains nothing by it. */
function judgeEnd(
  error: unknown,
  phase: Phase,
  aborted: { readonly preempted: boolean; readonly stopped: boolean },
): { readonly judgement: Judgement; readonly mayRepeat: boolean } {
  const final = (judgement: Judgement) => ({ judgement, mayRepeat: false });
  if (aborted.preempted) return final(voided('challenge_preempted', 'what was reserved was needed otherwise'));
  if (aborted.stopped)
    return final(voided('challenge_interrupted', 'whoever asked for it went away, or the coordinator stopped'));
  if (error instanceof WrongAnswer) return final(failed(error.reason, error.message));
  if (error instanceof MissedWindow) return final(voided('challenge_window_missed', error.message));
  if (!(error instanceof LinkEnd)) {
    const judgement = voided('challenge_lost', toHeadframeError(error).message);
    return phase === 'committed'
      ? final(failed('challenge_not_opened', judgement.text))
      : { judgement, mayRepeat: true };
  }
  if (error.kind === 'misspoke') return final(failed('challenge_frame_invalid', error.message));
  if (error.kind === 'late' && phase !== 'before') return final(failed('challenge_late', error.message));
  if (phase === 'committed') return final(failed('challenge_not_opened', error.message));
  if (error.kind === 'refused') return judgeRefusal(error, phase);
  return { judgement: voided('challenge_lost', error.message), mayRepeat: true };
}

/** What a host says it lacks of what it has claimed. */
const LACKING = ['challenge_label_missing', 'challenge_disk_full'];

/** A prover that ends while it works may do so for its engine's sake, but hardly three times, each with a new seed. */
function judgeRefusal({ reason, message }: LinkEnd, phase: Phase): ReturnType<typeof judgeEnd> {
  const hasBegun = phase === 'started';
  if (hasBegun && reason === 'challenge_prover_failed') return { judgement: failed(reason, message), mayRepeat: true };
  if (hasBegun && LACKING.includes(reason)) return { judgement: failed(reason, message), mayRepeat: false };
  return { judgement: voided(refusalOf(reason), message), mayRepeat: false };
}

const REFUSALS: readonly string[] = [
  ...['challenge_no_gpu', 'challenge_no_gpu_prover', 'challenge_gpu_not_found', 'gpu_unavailable'],
  ...['challenge_prover_failed', 'challenge_host_busy', 'challenge_host_loaded', ...LACKING],
];

/** A reason of the host's that says what to do about it, or the one that names its text. */
function refusalOf(reason: string): string {
  return REFUSALS.includes(reason) ? reason : 'challenge_refused';
}

function orderOf({ parameters, limits, leaseSerial = 0 }: ChallengeWish, challengeId: string): ChallengeOrder {
  const { cpuMillis, memoryBytes, pids } = limits;
  return create(ChallengeOrderSchema, {
    challengeId,
    parameters: parametersToWire(parameters),
    limits: { cpuMillis, memoryBytes: BigInt(memoryBytes), pids },
    leaseSerial: BigInt(leaseSerial),
  });
}

/** Plain bytes, as they go to another process. */
function jobOf({ seed, roots, reveal, opened, parameters, isDrawn, known }: Parameters<Verifier['verify']>[0]) {
  return { seed, roots, reveal, opened, parameters, isDrawn, known };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // What goes on after an abort fails unheard.
  work.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
    if (signal.aborted) abort();
  });
}

function usedBefore(id: string): HeadframeError {
  const message = `challenge ${id} was asked before`;
  return new HeadframeError({ code: 'already_exists', reason: 'challenge_replayed', message });
}
