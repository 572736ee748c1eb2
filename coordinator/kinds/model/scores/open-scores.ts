import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ModelScoresConfig } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { REASONS } from '../../../../common/model/reason.js';
import { readCanaries } from './canary-file.js';
import type { JudgeEndpoint } from './judge-endpoint.js';
import { ScoreLoop } from './loop.js';
import type { ScoreLoopParts } from './loop.js';

/** What scores models. */
export interface ModelScoring {
  /** Asks them; undefined where that is not wanted. */
  readonly scoring: ScoreLoop | undefined;
  /** An answer that takes no longer has full speed, in milliseconds. */
  readonly modelFastMs: number;
}

/**
 * Opens it as it is configured. Throws `HeadframeError` (failed_precondition): 'canary_file_invalid', 'canary_key_unreadable'.
 */
export async function openModelScores(
  config: ModelScoresConfig,
  parts: Omit<ScoreLoopParts, 'draw'>,
): Promise<ModelScoring> {
  const { intervalMs, timeoutMs, fastMs: modelFastMs, atOnce: mostAtOnce, canariesFile } = config;
  if (!config.enabled) return { scoring: undefined, modelFastMs };
  const [embedding, llm] = [await endpointOf(config.embedding), await endpointOf(config.llm)];
  const templates = canariesFile === undefined ? undefined : await readCanaries(canariesFile, { embedding, llm });
  const terms = { intervalMs, timeoutMs, mostAtOnce, templates, embedding, llm };
  return { scoring: new ScoreLoop({ ...parts, draw }, terms), modelFastMs };
}

async function endpointOf(config: ModelScoresConfig['llm']): Promise<JudgeEndpoint | undefined> {
  if (config === undefined) return undefined;
  const { url, model, keyFile } = config;
  return { url, model, key: keyFile === undefined ? undefined : await readKey(keyFile) };
}

async function readKey(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  // An editor's last line end is no part of it.
  const key = text.replace(/\r?\n$/, '');
  if (!/^[\x21-\x7e]{1,4096}$/.test(key)) throw unreadable(path);
  return key;
}

function unreadable(path: string, cause?: unknown): HeadframeError {
  const reason = 'canary_key_unreadable';
  const message = `${path} does not hold a key in one line`;
  return new HeadframeError({ code: 'failed_precondition', reason, message, remedy: REASONS[reason].remedy, cause });
}

const BYTES = 6;

/** By chance that no model can foresee from what it was asked before. */
function draw(): number {
  return randomBytes(BYTES).readUIntBE(0, BYTES) / 2 ** (8 * BYTES);
}
