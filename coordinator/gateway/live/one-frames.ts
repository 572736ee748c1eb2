import { toJson } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { OutputStream } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { LeaseSchema } from '../../../common/gen/headframe/v1/lease_pb.js';
import { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import type { ServerFrame } from './frames.js';
import type { TopicParts, Wish } from './topic-parts.js';

const { streamLogs } = FleetService.method;
const { watchLease } = LeaseService.method;

/** What an instance's program says; what is no UTF-8 of it is told as U+FFFD. */
export function logFrames({ id, of, tail, sinceMs }: Wish, parts: TopicParts): AsyncGenerator<ServerFrame> {
  return textFrames(id, { instance: of, follow: true, tail, sinceMs }, parts);
}

/** What the build of an instance's image says, from its beginning to its end. */
export function buildFrames({ id, of }: Wish, parts: TopicParts): AsyncGenerator<ServerFrame> {
  return textFrames(id, { instance: of, follow: true, build: true }, parts);
}

async function* textFrames(
  id: string,
  request: MessageInitShape<typeof streamLogs.input>,
  { stream }: TopicParts,
): AsyncGenerator<ServerFrame> {
  // A character may come in two pieces.
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const { data } of stream(streamLogs, request)) {
    if (data === undefined) continue;
    const name = data.stream === OutputStream.STDERR ? 'stderr' : 'stdout';
    const text = decoders[name].decode(data.data, { stream: true });
    if (text !== '') yield { type: 'Logs', id, data: { stream: name, text } };
  }
}

/** A lease as it is, then after each change, until nothing of it is left. */
export async function* leaseFrames({ id, of }: Wish, { stream }: TopicParts): AsyncGenerator<ServerFrame> {
  for await (const { lease } of stream(watchLease, { id: of }))
    if (lease !== undefined)
      yield { type: 'Lease', id, data: toJson(LeaseSchema, lease, { alwaysEmitImplicit: true }) };
}
