import { create } from '@bufbuild/protobuf';
import { encodeFrame, readFrames } from '../../common/challenge/frames.js';
import type { Frame, FrameKind } from '../../common/challenge/frames.js';
import { TunnelResponseSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { TunnelRequest } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import type { HostTunnel } from './port.js';

/** Why a challenge is over before its end. */
export class LinkEnd extends Error {
  override readonly name = 'LinkEnd';
  readonly kind: 'refused' | 'lost' | 'late' | 'misspoke';
  /** The host's own, of a refusal. */
  readonly reason: string;

  constructor(kind: LinkEnd['kind'], message: string, reason = '') {
    super(message);
    this.kind = kind;
    this.reason = reason;
  }
}

const MOST_TEXT = 300;

/** The way to a host through a tunnel, in frames. */
export class HostLink {
  readonly #tunnel: HostTunnel;
  readonly #frames: AsyncIterator<Frame>;
  readonly #clock: Pick<Clock, 'setTimer'>;

  constructor(tunnel: HostTunnel, clock: Pick<Clock, 'setTimer'>, mostOpenBytes: number) {
    this.#tunnel = tunnel;
    this.#clock = clock;
    this.#frames = readFrames(piecesOf(tunnel.incoming), mostOpenBytes);
  }

  /** Throws `LinkEnd` ('lost'). */
  async send(kind: FrameKind, payload: Uint8Array): Promise<void> {
    const value = encodeFrame(kind, payload);
    try {
      await this.#tunnel.outgoing.write(create(TunnelResponseSchema, { message: { case: 'stdin', value } }));
    } catch (error) {
      throw ended(error);
    }
  }

  /** The payload of the next frame, which has to be of that kind and come within `ms`. Throws `LinkEnd`. */
  async next(kind: FrameKind, ms: number): Promise<Uint8Array> {
    let cancel: () => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.setTimer(() => {
        reject(new LinkEnd('late', `no '${kind}' came within ${(ms / 1000).toFixed(1)} s`));
      }, ms);
    });
    try {
      const next = await Promise.race([this.#next(), late]);
      if (next.kind === kind) return next.payload;
      throw new LinkEnd('misspoke', `'${kind}' was to come, and '${next.kind}' came`);
    } finally {
      cancel();
    }
  }

  async #next(): Promise<Frame> {
    try {
      const next = await this.#frames.next();
      if (next.done !== true) return next.value;
    } catch (error) {
      throw ended(error);
    }
    throw new LinkEnd('lost', 'the connection ended');
  }
}

async function* piecesOf(incoming: AsyncIterable<TunnelRequest>): AsyncGenerator<Uint8Array> {
  for await (const { message } of incoming) {
    if (message.case === 'data') yield message.value.data;
    if (message.case === 'failure') {
      const { reason, text } = message.value;
      throw new LinkEnd('refused', text.slice(0, MOST_TEXT), reason.slice(0, MOST_TEXT));
    }
  }
}

function ended(error: unknown): LinkEnd {
  if (error instanceof LinkEnd) return error;
  const isMisspoken = error instanceof Error && 'reason' in error && error.reason === 'challenge_frame_invalid';
  return new LinkEnd(
    isMisspoken ? 'misspoke' : 'lost',
    error instanceof Error ? error.message : 'the connection broke',
  );
}
