import type { Clock } from '../../../common/model/clock.js';
import { runtimeError } from '../runtime-error.js';
import type { LogQuery, OutputChunk } from '../runtime.js';
import { findTail, olderLog, readFrom, sizeOf } from './log-files.js';

const FOLLOW_EVERY_MS = 100;

/** A log of an instance: one file a stream. */
export interface LogSource {
  readonly stdout: string;
  readonly stderr: string;
  /** Whether more may come. */
  isRunning(): boolean;
}

/**
 * Reads what is kept, standard output first, then follows both. The lines carry no times, so a query by time is not
 * supported; `tail` counts for each stream.
 * @throws HeadframeError `not_supported`
 */
export async function* readLog(
  source: LogSource,
  query: LogQuery,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<OutputChunk> {
  if (query.timestamps || query.sinceMs > 0)
    throw runtimeError('not_supported', 'the process runtime keeps no times with its logs');
  const ends = { stdout: 0, stderr: 0 };
  for (const stream of STREAMS) {
    for await (const { bytes, end } of readKept(source[stream], query.tail)) {
      ends[stream] = end;
      if (bytes.length > 0) yield { stream, data: bytes };
    }
  }
  while (query.follow && !signal.aborted) {
    // Looked at first: what an ended instance has written is all there by then.
    const mayGrow = source.isRunning();
    for (const stream of STREAMS) {
      // Smaller than what was read: it has been started anew.
      if ((await sizeOf(source[stream])) < ends[stream]) ends[stream] = 0;
      for await (const data of readFrom(source[stream], ends[stream])) {
        ends[stream] += data.length;
        yield { stream, data };
      }
    }
    if (!mayGrow) return;
    await clock.sleep(FOLLOW_EVERY_MS, signal).catch(() => undefined);
  }
}

const STREAMS = ['stdout', 'stderr'] as const;

/** The kept part of one stream; `end` is the offset reached in the newer file. */
async function* readKept(
  path: string,
  tail: number | undefined,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly end: number }> {
  const newer = tail === undefined ? { offset: 0, lines: 0 } : await findTail(path, tail);
  if (tail === undefined || newer.lines < tail) {
    const rest = tail === undefined ? 0 : (await findTail(olderLog(path), tail - newer.lines)).offset;
    for await (const bytes of readFrom(olderLog(path), rest)) yield { bytes, end: 0 };
  }
  let end = newer.offset;
  yield { bytes: new Uint8Array(), end };
  for await (const bytes of readFrom(path, newer.offset)) {
    end += bytes.length;
    yield { bytes, end };
  }
}
