import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { HeadframeError } from '../../common/model/error.js';
import { checkSchema } from '../../common/model/schema/index.js';
import { usageError } from './usage-error.js';
import type { World } from './world.js';

/** Two thousand hotkeys with their scores are a tenth of this. */
const MOST_BYTES = 1024 * 1024;
const MOST_SCORES = 4_096;
const DEADLINE_MS = 10_000;

const scoresSchema = z
  .record(
    z.string().regex(/^(?:\d{1,5}|[1-9A-HJ-NP-Za-km-z]{40,60})$/, 'a uid or the address of a hotkey'),
    z.number().nonnegative('a number from 0 on'),
  )
  .refine((scores) => Object.keys(scores).length <= MOST_SCORES, `at most ${String(MOST_SCORES)} scores`);

/**
 * Reads scores from a file, from `-` for stdin, or by HTTP. Throws `HeadframeError` (invalid_argument): 'scores_unreadable',
 * 'scores_invalid' with all that is wrong.
 */
export async function readScores(world: World, source: string, signal: AbortSignal): Promise<Record<string, number>> {
  const parsed = parsedJson(await readSource(world, source, signal), source);
  const result = checkSchema(scoresSchema, parsed);
  if ('value' in result) return result.value;
  const { violations } = result;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'scores_invalid',
    message: `${source} has no scores: ${violations.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ')}`,
    remedy: 'Give a JSON object of scores by uid or hotkey, such as {"3": 0.5, "12": 1}.',
    violations,
  });
}

async function readSource(world: World, source: string, signal: AbortSignal): Promise<string> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    if (/^https?:\/\//.test(source)) return await bodyOf(source, bounded);
    return await wholeOf(source === '-' ? world.stdin : createReadStream(source));
  } catch (cause) {
    throw usageError('scores_unreadable', `cannot read ${source}: ${cause instanceof Error ? cause.message : ''}`);
  }
}

async function bodyOf(url: string, signal: AbortSignal): Promise<string> {
  // Whoever is named is asked, and nobody whom that names.
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`it answers ${String(response.status)}`);
  return response.body === null ? '' : wholeOf(Readable.fromWeb(response.body));
}

/** All of a stream. Throws once there is too much of it. */
async function wholeOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array | string); // streams of bytes give these alone
    length += bytes.length;
    if (length > MOST_BYTES) throw new Error(`it is longer than ${String(MOST_BYTES)} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function parsedJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usageError('scores_unreadable', `${source} is no JSON`);
  }
}
