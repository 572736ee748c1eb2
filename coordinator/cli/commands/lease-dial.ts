import { finished } from 'node:stream/promises';
import type { Duplex, Readable } from 'node:stream';
import { create } from '@bufbuild/protobuf';
import { DialRequestSchema } from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import type { DialRequest, LeaseAccessService } from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import type { BidiCall } from '../../../common/rpc/index.js';
import type { Invocation } from '../invocation.js';
import { write } from '../world.js';

type DialCall = BidiCall<typeof LeaseAccessService.method.dial.input, typeof LeaseAccessService.method.dial.output>;

/** Of one message. */
const PIECE_BYTES = 64 * 1024;

/** `lease proxy`: ends once neither side sends any more. */
export async function carryStdio(call: Invocation, lease: string, port: number): Promise<void> {
  const { stdin, stdout } = call.world;
  const dial = await open(call, lease, port);
  try {
    void send(dial, stdin);
    for await (const { message } of dial.responses) {
      if (message.case === 'data') await write(stdout, message.value);
      // Whoever reads sees the end at once, while its own words may still go.
      if (message.case === 'end') stdout.end();
    }
  } finally {
    stdin.pause();
    dial.cancel();
  }
}

/** Carries a connection of this machine to the SSH of a lease until both have ended; throws why it could not. */
export async function carry(call: Invocation, lease: string, near: Duplex): Promise<void> {
  const dial = await open(call, lease, 0);
  // Its end is what matters, however it comes.
  const gone = finished(near).catch(() => undefined);
  void gone.then(() => {
    dial.cancel();
  });
  try {
    void send(dial, near);
    for await (const { message } of dial.responses) {
      if (message.case === 'data') await write(near, message.value);
      if (message.case === 'end') near.end();
    }
  } finally {
    near.destroy();
    dial.cancel();
  }
}

async function open(call: Invocation, lease: string, port: number): Promise<DialCall> {
  const { leaseAccess } = await call.connect();
  const dial = leaseAccess.dial({ ...call.callOptions });
  await say(dial, { case: 'start', value: { $typeName: 'headframe.v1.DialStart', lease, port } });
  return dial;
}

/** What cannot be sent any more is told by the responses, which end with the reason. */
async function send(dial: DialCall, source: Readable): Promise<void> {
  try {
    // Bytes, for no encoding is set.
    for await (const chunk of source as AsyncIterable<Buffer>)
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        await say(dial, { case: 'data', value: chunk.subarray(at, at + PIECE_BYTES) });
    await say(dial, { case: 'end', value: true });
  } catch {
    // See above.
  }
}

async function say(dial: DialCall, message: DialRequest['message']): Promise<void> {
  await dial.requests.write(create(DialRequestSchema, { message }));
}
