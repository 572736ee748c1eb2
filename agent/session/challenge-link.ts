import { create } from '@bufbuild/protobuf';
import { encodeFrame, readFrames } from '../../common/challenge/frames.js';
import { OutputStream, TunnelRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { AgentService, TunnelRequest, TunnelResponse } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { BidiCall } from '../../common/rpc/index.js';
import type { VerifierLink } from '../challenge/index.js';

type Call = BidiCall<typeof AgentService.method.tunnel.input, typeof AgentService.method.tunnel.output>;

/** Of one message of a challenge, well below what a message may have. */
const PIECE_BYTES = 256 * 1024;

/** The frames of a challenge through a tunnel. */
export function challengeLinkOf(call: Pick<Call, 'requests' | 'responses'>): VerifierLink {
  return {
    frames: readFrames(inputOf(call.responses)),
    send: async (kind, payload) => {
      const bytes = encodeFrame(kind, payload);
      for (let at = 0; at < bytes.length; at += PIECE_BYTES)
        await call.requests.write(dataOf(bytes.subarray(at, at + PIECE_BYTES)));
    },
  };
}

/** What the coordinator writes; reading on is not ended by who reads no more, for that would end the call. */
async function* inputOf(responses: AsyncIterable<TunnelResponse>): AsyncGenerator<Uint8Array> {
  const iterator = responses[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return;
    if (next.value.message.case === 'stdin') yield next.value.message.value;
  }
}

function dataOf(data: Uint8Array): TunnelRequest {
  const value = { $typeName: 'headframe.v1.StreamData' as const, stream: OutputStream.STDOUT, data };
  return create(TunnelRequestSchema, { message: { case: 'data', value } });
}
