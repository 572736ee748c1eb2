import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { isAnswerSigned } from '../../common/challenge/answer.js';
import type { AnswerKind } from '../../common/challenge/answer.js';
import { DIGEST_BYTES } from '../../common/challenge/digest.js';
import type { CgroupReading } from '../../common/challenge/proof.js';
import { seedOf } from '../../common/challenge/seed.js';
import { readingFromWire } from '../../common/challenge/wire.js';
import {
  ChallengeCommitSchema,
  ChallengeOpenSchema,
  ChallengeRevealSchema,
  ChallengeStartSchema,
  ProverReadySchema,
  SignedAnswerSchema,
} from '../../common/gen/headframe/v1/challenge_pb.js';
import type { Clock } from '../../common/model/clock.js';
import type { HostLink } from './host-link.js';
import { isStreamRight, quickestEcho, sendDown } from './network-run.js';
import type { ChallengeWish, HostKeyOf } from './port.js';
import { commitDeadlineMs, openDeadlineMs } from './rates.js';
import type { ReferenceRates } from './rates.js';
import type { NetworkTimes } from './seen.js';

/** What a conversation is held with. */
export interface ConversationParts {
  readonly link: HostLink;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  /** Undefined where agents speak in clear, and nothing is signed. */
  readonly hostKeyOf: HostKeyOf | undefined;
  readonly epoch: number;
  readonly rates: ReferenceRates;
  /** Told once the host is told its nonce, and once its commit has come. */
  readonly onPhase: (phase: 'started' | 'committed') => void;
}

/** All that came of it; times by our clock, in milliseconds. */
export interface Transcript {
  readonly seed: Buffer;
  readonly isContained: boolean;
  readonly roots: readonly Uint8Array[];
  readonly cgroup: CgroupReading | undefined;
  readonly reveal: Buffer;
  /** A `ChallengeOpen`. */
  readonly opened: Uint8Array;
  readonly commitMs: number;
  readonly openMs: number;
  readonly network: NetworkTimes | undefined;
}

/** An answer that counts as a failure by itself, whatever it proves. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
  readonly reason: 'challenge_bad_signature' | 'challenge_replayed' | 'challenge_wrong_opening';

  constructor(reason: WrongAnswer['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Others that were to begin with it did not. */
export class MissedWindow extends Error {
  override readonly name = 'MissedWindow';
}

const MISSED = 'not all that were to be asked at one moment were ready for it';
/** A container is pulled from nowhere, but a busy engine may take long to start it. */
const READY_MS = 90_000;
/** How much later than its deadline an answer is still waited for, so that the verdict can say how late it was. */
const WAIT_FACTOR = 2;

/** One challenge, from when the host is ready to what it opened. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #wish: ChallengeWish;
  /** What the agent knows the challenge by. */
  readonly #id: string;

  constructor(parts: ConversationParts, wish: ChallengeWish, id: string) {
    this.#parts = parts;
    this.#wish = wish;
    this.#id = id;
  }

  /** Throws `LinkEnd` where it broke off, `WrongAnswer`, and `MissedWindow`. */
  async hold(): Promise<Transcript> {
    const { link } = this.#parts;
    const ready = fromBinary(ProverReadySchema, await link.next('ready', READY_MS));
    const hostKey = this.#hostKey(ready.certificate);
    if ((await this.#wish.seat?.arrive()) === false) throw new MissedWindow(MISSED);
    const nonce = this.#parts.random(DIGEST_BYTES);
    const { parameters, subject } = this.#wish;
    const seed = seedOf({ nonce, hostKey, parameters, subject, epoch: this.#parts.epoch });
    const asked: Asked = { nonce, seed, hostKey };
    const committed = await this.#commit(asked);
    const opened = await this.#open(asked);
    const { network, ...rest } = committed;
    return {
      ...{ seed, isContained: ready.isContained, ...rest, ...opened },
      network: network && { ...network, upMs: opened.openMs },
    };
  }

  /** The clock runs from the nonce to the commit. */
  async #commit(asked: Asked): Promise<Committed> {
    const { link, clock, rates, onPhase } = this.#parts;
    const { parameters } = this.#wish;
    const deadlineMs = commitDeadlineMs(parameters, rates);
    const start = this.#startOf(asked, deadlineMs);
    onPhase('started');
    const startedMs = clock.monotonicMs();
    await link.send('start', start);
    const rttMs = parameters.type === 'network' ? await quickestEcho(this.#parts, parameters.echoes) : 0;
    if (rttMs === undefined)
      throw new WrongAnswer('challenge_wrong_opening', 'an echo was not the nonce that was sent');
    const downFromMs = clock.monotonicMs();
    const receipt = parameters.type === 'network' ? await sendDown(this.#parts, parameters) : undefined;
    const payload = await this.#answer('commit', asked, WAIT_FACTOR * deadlineMs);
    const [commitMs, downMs] = [clock.monotonicMs() - startedMs, clock.monotonicMs() - downFromMs];
    onPhase('committed');
    const { challengeId, roots, cgroup } = readMessage(() => fromBinary(ChallengeCommitSchema, payload));
    this.#checkId(challengeId);
    if (receipt !== undefined && Buffer.compare(roots[0] ?? Buffer.alloc(0), receipt) !== 0)
      throw new WrongAnswer('challenge_wrong_opening', 'the receipt is not of the stream that was sent');
    return { roots, cgroup: readingFromWire(cgroup), commitMs, network: receipt && { rttMs, downMs } };
  }

  #startOf({ nonce }: Asked, deadlineMs: number): Uint8Array {
    const { parameters, subject, known, seat } = this.#wish;
    // One machine behind several hosts is crowded by itself: in a window that excuses nobody.
    const commitWithinMs = seat === undefined ? BigInt(Math.floor(deadlineMs)) : 0n;
    const start = { challengeId: this.#id, nonce, subject, epoch: BigInt(this.#parts.epoch), commitWithinMs };
    const labelSeed = parameters.type === 'disk' && parameters.stage === 'read' ? known?.seed : undefined;
    return toBinary(ChallengeStartSchema, create(ChallengeStartSchema, { ...start, ...(labelSeed && { labelSeed }) }));
  }

  /** The clock runs from the reveal to what is opened. */
  async #open(asked: Asked): Promise<Pick<Transcript, 'reveal' | 'opened' | 'openMs'>> {
    const { link, clock, rates, random } = this.#parts;
    const { parameters } = this.#wish;
    const reveal = random(DIGEST_BYTES);
    const revealedMs = clock.monotonicMs();
    const message = create(ChallengeRevealSchema, { challengeId: this.#id, nonce: reveal });
    await link.send('reveal', toBinary(ChallengeRevealSchema, message));
    if (parameters.type === 'network' && !(await isStreamRight(this.#parts, parameters, { seed: asked.seed, reveal })))
      throw new WrongAnswer('challenge_wrong_opening', 'the stream of the host is not the one that its seed makes');
    const opened = await this.#answer('open', asked, WAIT_FACTOR * openDeadlineMs(parameters, rates));
    const openMs = clock.monotonicMs() - revealedMs;
    this.#checkId(readMessage(() => fromBinary(ChallengeOpenSchema, opened)).challengeId);
    return { reveal, opened, openMs };
  }

  /** Key that the seed is bound to. Throws `WrongAnswer` for a certificate that is not this host's. */
  #hostKey(certificate: Uint8Array): Uint8Array {
    const { hostKeyOf } = this.#parts;
    const { hostId } = this.#wish;
    // In clear there is nothing to prove oneself with: seeds still differ from host to host.
    if (hostKeyOf === undefined) return Buffer.from(hostId);
    const key = hostKeyOf(hostId, certificate);
    if (key === undefined) throw new WrongAnswer('challenge_bad_signature', "the certificate shown is not this host's");
    return key;
  }

  /** The payload of an answer that is signed for this challenge. */
  async #answer(kind: AnswerKind, { seed, hostKey }: Asked, ms: number): Promise<Uint8Array> {
    const bytes = await this.#parts.link.next(kind, ms);
    const { payload, signature } = readMessage(() => fromBinary(SignedAnswerSchema, bytes));
    const isSigned = this.#parts.hostKeyOf === undefined || isAnswerSigned({ kind, seed, payload }, signature, hostKey);
    if (!isSigned)
      throw new WrongAnswer('challenge_bad_signature', `the '${kind}' is not signed by the host's key for this seed`);
    return payload;
  }

  #checkId(challengeId: string): void {
    if (challengeId !== this.#id) throw new WrongAnswer('challenge_replayed', 'the answer is one to another challenge');
  }
}

interface Asked {
  readonly nonce: Buffer;
  readonly seed: Buffer;
  readonly hostKey: Uint8Array;
}

type Committed = Pick<Transcript, 'roots' | 'cgroup' | 'commitMs'> & {
  readonly network: Omit<NetworkTimes, 'upMs'> | undefined;
};

/** What is no message of ours cannot be what was asked for. */
function readMessage<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new WrongAnswer('challenge_wrong_opening', 'an answer cannot be read');
  }
}
