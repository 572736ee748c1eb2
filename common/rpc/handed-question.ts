import { constants } from 'node:http2';
import type { ClientHttp2Stream, ServerHttp2Stream } from 'node:http2';
import type { Clock } from '../model/clock.js';
import { onBehalfHeaders } from './on-behalf.js';
import type { PeerSessions } from './peer-sessions.js';

/** Where one coordinator asks another for its revision; no method has such a path. */
export const REVISION_PATH = '/headframe/revision';
const REVISION = 'headframe-revision';
/** Time until the answer is there, in milliseconds: it is told without waiting for anything. */
const ANSWER_MS = 2_000;

/** Answers with the revision. */
export function tellRevision(stream: ServerHttp2Stream, revision: number): void {
  stream.respond({ ':status': 200, [REVISION]: String(revision) }, { endStream: true });
}

/**
 * Asks whoever calls are handed to for its revision. Undefined where nobody answers, or one that leads no more or is of a version
 * that does not tell it; never rejects.
 */
export async function askRevision({
  sessions,
  clock,
}: {
  readonly sessions: Pick<PeerSessions, 'lend'>;
  readonly clock: Pick<Clock, 'setTimer'>;
}): Promise<number | undefined> {
  const lent = await sessions.lend().catch(() => undefined);
  if (lent === undefined) return undefined;
  const evidence = onBehalfHeaders({ peer: 'itself', certificate: undefined });
  const stream = lent.open({ ':method': 'POST', ':path': REVISION_PATH, ...evidence }, { endStream: true });
  return stream && answerOf(stream, clock);
}

function answerOf(stream: ClientHttp2Stream, clock: Pick<Clock, 'setTimer'>): Promise<number | undefined> {
  let told: number | undefined;
  stream.resume();
  const stop = clock.setTimer(() => {
    stream.close(constants.NGHTTP2_CANCEL);
  }, ANSWER_MS);
  return new Promise((resolve) => {
    stream.once('response', (headers) => {
      const text = headers[REVISION];
      if (typeof text === 'string' && /^\d{1,15}$/.test(text)) told = Number(text);
    });
    stream.once('close', () => {
      stop();
      resolve(told);
    });
  });
}
