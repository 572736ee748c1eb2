import { z } from 'zod';
import { HeadframeError } from '../../../common/model/error.js';
import { FENCE_EPOCHS } from '../store.js';
import type { Patience } from './patience.js';

/** How far a journal is known to go, as it is noted apart from it: all up to there was acknowledged, and is surely written. */
export interface Witnessed {
  readonly epoch: number;
  /** Of the last commit. */
  readonly revision: number;
  /** Of the last message. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** Where that note lies, which takes the place of what was read and of nothing else. Throws `HeadframeError` when servers are away. */
export interface WitnessPlace {
  read(): Promise<{ readonly text: string; readonly revision: number } | undefined>;
  /** Gives the revision of what is there then; undefined, and nothing done, where another stands there than at `revision`, 0 for none. */
  replace(text: string, revision: number): Promise<number | undefined>;
}

const schema = z.object({ epoch: z.int().min(0), revision: z.int().min(0), sequence: z.int().min(0), atMs: z.int() });

/** A note as text. */
export function encodeWitness(witnessed: Witnessed): string {
  return JSON.stringify(witnessed);
}

/** Reads a note; undefined for what is none, for it is no more than a second look. */
export function decodeWitness(text: string): Witnessed | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What is noted, and the revision of the note in its place: 0 where there is none. */
export interface WitnessRead {
  readonly witnessed: Witnessed | undefined;
  readonly at: number;
}

/** Reads what is noted, once the servers answer; nothing without a place. Throws `HeadframeError` (unavailable) when they do not for too long. */
export async function readWitness(place: WitnessPlace | undefined, patience: Patience): Promise<WitnessRead> {
  for (;;) {
    try {
      const found = await place?.read();
      return { witnessed: found && decodeWitness(found.text), at: found?.revision ?? 0 };
    } catch (thrown) {
      if (!(thrown instanceof HeadframeError) || thrown.code !== 'unavailable') throw thrown;
      await patience.pause(thrown);
    }
  }
}

/**
 * Refusal of a journal, read to its end, that lacks what was acknowledged: data_loss, `store_cut`. One whose epoch is far above
 * was set back by who brought a backup there, and goes by itself. Pure.
 */
export function cutRefusal(
  witnessed: Witnessed | undefined,
  found: { readonly stream: string; readonly epoch: number; readonly revision: number },
): HeadframeError | undefined {
  if (witnessed === undefined) return undefined;
  const { revision, epoch, sequence, atMs } = witnessed;
  if (found.revision >= revision || found.epoch >= epoch + FENCE_EPOCHS / 2) return undefined;
  const at = new Date(atMs).toISOString();
  return new HeadframeError({
    code: 'data_loss',
    reason: 'store_cut',
    message:
      `stream ${found.stream} ends with revision ${String(found.revision)}, ` +
      `but ${String(revision)} was acknowledged (epoch ${String(epoch)}, message ${String(sequence)}) by ${at}`,
    remedy:
      'NATS has lost the end of the stream. Restore a backup with `headframe store restore FILE --force`. To go on without what is lost, ' +
      'make the backup of what is left by `headframe store backup FILE` first.',
    metadata: { stream: found.stream, revision: String(found.revision), acknowledged: String(revision), at },
  });
}
