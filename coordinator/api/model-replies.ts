import { PassThrough } from 'node:stream';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AskModelResponseSchema } from '../../common/gen/headframe/v1/router_service_pb.js';
import type { Answering, ReplyHead } from '../router/index.js';

type Reply = MessageInitShape<typeof AskModelResponseSchema>;

/** Bytes of an answer that wait to be sent. */
const WAITING_BYTES = 64 * 1024;
/** The call's own limits are sooner for whoever does not read. */
const STALL_MS = 60_000;

/** An answer as messages: its head, then its bytes. Whoever leaves early ends it. Throws as `ask` does. */
export async function* repliesOf(
  ask: (answering: Answering, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Reply, void, undefined> {
  const over = new AbortController();
  const bytes = new PassThrough({ highWaterMark: WAITING_BYTES });
  // The error that it goes with is told by `asked`.
  bytes.on('error', () => undefined);
  let begin: (reply: Reply) => void = () => undefined;
  const begun = new Promise<Reply>((resolve) => (begin = resolve));
  const answering: Answering = {
    stallMs: STALL_MS,
    begin: (head, instance) => {
      begin(headMessage(head, instance));
      return bytes;
    },
  };
  const asked = ask(answering, AbortSignal.any([signal, over.signal]));
  // Awaited below; until then it is nobody's.
  asked.catch(() => undefined);
  try {
    const first = await Promise.race([begun, asked]);
    if (first === undefined) return;
    yield first;
    // Without an encoding they are bytes.
    for await (const data of bytes as AsyncIterable<Buffer>) yield { message: { case: 'data', value: data } };
    await asked;
  } catch (error) {
    await asked;
    throw error;
  } finally {
    over.abort();
  }
}

function headMessage({ status, headers }: ReplyHead, instance: string): Reply {
  return { message: { case: 'head', value: { status, contentType: headers['content-type'] ?? '', instance } } };
}
