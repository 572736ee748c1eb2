import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { encodeFrame, readFrames } from '../../../common/challenge/frames.js';
import type { Frame, FrameKind } from '../../../common/challenge/frames.js';
import type { ChallengeParameters } from '../../../common/challenge/parameters.js';
import type { CgroupReading } from '../../../common/challenge/proof.js';
import { parametersFromWire } from '../../../common/challenge/wire.js';
import {
  ChallengeCommitSchema,
  ChallengeOpenSchema,
  ChallengeRevealSchema,
  ProverFailureSchema,
  ProverWorkSchema,
} from '../../../common/gen/headframe/v1/challenge_pb.js';
import type { CgroupReading as WireReading } from '../../../common/gen/headframe/v1/challenge_pb.js';
import { HeadframeError, toHeadframeError } from '../../../common/model/error.js';
import type { Proof } from './proof.js';
import { WorkMeter } from './work-meter.js';
import type { MeterParts } from './work-meter.js';

/** What a prover hears from its agent, and where it answers. */
export interface ProverStreams {
  readonly input: AsyncIterable<Uint8Array>;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Told when whoever asked has gone while the work is under way: nobody waits for it, and it takes what is not given any more. */
  readonly onGone: () => void;
}

/** What a prover works with. */
export interface ServedProver extends MeterParts {
  /** Does what is asked for; rejects with `HeadframeError` where this prover cannot. */
  readonly prove: (parameters: ChallengeParameters, seed: Uint8Array) => Promise<Proof>;
}

/** Says that it waits, does one work, commits, opens, and ends. What fails is told, and ends it too. */
export async function serveProver(streams: ProverStreams, parts: ServedProver): Promise<void> {
  const send = (kind: FrameKind, payload: Uint8Array): Promise<void> => streams.write(encodeFrame(kind, payload));
  try {
    const frames = readFrames(streams.input);
    await send('ready', new Uint8Array());
    const asked = fromBinary(ProverWorkSchema, await payloadOf(frames, 'work'));
    const { challengeId } = asked;
    const meter = await WorkMeter.start(parts);
    // Read ahead of its time, so that an end is heard while the work is done.
    const reveal = payloadOf(frames, 'reveal');
    const worked = parts.prove(parametersFromWire(asked.parameters), asked.seed);
    tellIfGone(reveal, worked, streams.onGone);
    const withinMs = Number(asked.commitWithinMs);
    const proof = await meter.unlessInVain(worked, withinMs);
    try {
      const why = await meter.whyInVain(withinMs);
      if (why !== undefined) throw why;
      const cgroup = readingToWire(await meter.reading());
      const commit = create(ChallengeCommitSchema, { challengeId, roots: [...proof.roots], cgroup });
      await send('commit', toBinary(ChallengeCommitSchema, commit));
      await send('open', await opened(proof, challengeId, await reveal));
    } finally {
      await proof.close();
    }
  } catch (error) {
    const { reason, message: text } = toHeadframeError(error);
    await send(
      'failure',
      toBinary(ProverFailureSchema, create(ProverFailureSchema, { reason, text: text.slice(0, 500) })),
    );
  }
}

function tellIfGone(reveal: Promise<unknown>, worked: Promise<unknown>, onGone: () => void): void {
  let isWorking = true;
  const end = (): void => {
    isWorking = false;
  };
  worked.then(end, end);
  reveal.catch(() => {
    if (isWorking) onGone();
  });
}

async function opened(proof: Proof, challengeId: string, payload: Uint8Array): Promise<Uint8Array> {
  const { nonce } = fromBinary(ChallengeRevealSchema, payload);
  const { openings, values } = await proof.open(nonce);
  const wire = openings.map(({ tree, index, leaf, path }) => ({ tree, index: BigInt(index), leaf, path: [...path] }));
  const open = create(ChallengeOpenSchema, { challengeId, openings: wire, values: [...values] });
  return toBinary(ChallengeOpenSchema, open);
}

async function payloadOf(frames: AsyncIterator<Frame>, kind: FrameKind): Promise<Uint8Array> {
  const next = await frames.next();
  if (next.done !== true && next.value.kind === kind) return next.value.payload;
  const came = next.done === true ? 'the end' : `'${next.value.kind}'`;
  throw new HeadframeError({
    code: 'aborted',
    reason: 'challenge_frame_invalid',
    message: `the prover waited for '${kind}', and ${came} came`,
  });
}

function readingToWire(reading: CgroupReading) {
  const whole = (value: number): bigint => BigInt(Math.max(0, Math.round(value)));
  return {
    version: reading.version,
    cpuLimitMillis: Math.round(reading.cpuLimitMillis),
    memoryLimitBytes: whole(reading.memoryLimitBytes),
    memoryPeakBytes: whole(reading.memoryPeakBytes),
    cpuTimeMs: whole(reading.cpuTimeMs),
    throttledMs: whole(reading.throttledMs),
    wallMs: whole(reading.wallMs),
  } satisfies Omit<WireReading, '$typeName'>;
}
