import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../../common/model/clock.js';
import type { Extraction } from '../extract/index.js';
import { sourceError } from '../source/index.js';

/** A hostile module may keep the parsers busy for seconds; more than this none is worth. */
const WITHIN_MS = 60_000;
const MOST_HEAP = '--max-old-space-size=512';
/** The program's file is beside this one, compiled or not as this one is. */
const KIND = extname(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`./extract-process${KIND}`, import.meta.url));
/** Reads sources that are not compiled, as under tests. */
const READER = KIND === '.ts' ? ['--import', 'tsx'] : [];

/**
 * Extracts settings in a process of its own, so that neither heartbeats nor calls wait for a large module, and none can take
 * the coordinator's memory. Throws HeadframeError (failed_precondition, 'module_unreadable') where that takes more than it is given.
 */
export async function extractApart(
  texts: ReadonlyMap<string, string>,
  clock: Pick<Clock, 'setTimer'>,
): Promise<Extraction> {
  const execArgv = [...READER, MOST_HEAP];
  const child = fork(PROGRAM, {
    execArgv,
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  const cancel = clock.setTimer(() => child.kill('SIGKILL'), WITHIN_MS);
  try {
    return await answerOf(child, texts);
  } finally {
    cancel();
    child.kill('SIGKILL');
  }
}

function answerOf(child: ChildProcess, texts: ReadonlyMap<string, string>): Promise<Extraction> {
  return new Promise((resolve, reject) => {
    const refuse = (cause?: unknown): void => {
      reject(sourceError('module_unreadable', 'reading the files of the module took too much time or memory', cause));
    };
    // The process gives nothing else.
    child.once('message', (extraction) => resolve(extraction as Extraction));
    child.once('error', refuse).once('exit', () => refuse());
    child.send(texts, (error) => {
      if (error !== null) refuse(error);
    });
  });
}
