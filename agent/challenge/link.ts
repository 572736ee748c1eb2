import type { Frame, FrameKind } from '../../common/challenge/frames.js';
import { HeadframeError } from '../../common/model/error.js';

/** The way to the verifier. */
export interface VerifierLink {
  /** What it says; ends when it hangs up. */
  readonly frames: AsyncIterator<Frame>;
  /** Resolves once there is room for more. */
  send(kind: FrameKind, payload: Uint8Array): Promise<void>;
}

/** The payload of the next frame. Throws `HeadframeError` (aborted, 'challenge_frame_invalid') for another one, or none. */
export async function nextPayload(frames: AsyncIterator<Frame>, kind: FrameKind): Promise<Uint8Array> {
  const next = await frames.next();
  if (next.done !== true && next.value.kind === kind) return next.value.payload;
  throw new HeadframeError({
    code: 'aborted',
    reason: 'challenge_frame_invalid',
    message: `'${kind}' was to come, and ${next.done === true ? 'the end' : `'${next.value.kind}'`} came`,
  });
}
