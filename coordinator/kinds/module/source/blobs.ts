import type { SourceFile } from '../../../contents/index.js';
import { sourceError } from './refusals.js';
import type { TreeFile } from './tree.js';

/** What `git cat-file --batch` is asked for a list of files. */
export function blobRequest(files: readonly TreeFile[]): string {
  return files.map(({ id }) => `${id}\n`).join('');
}

/** Most bytes of the answer to a `blobRequest`. */
export function blobAnswerBytes(files: readonly TreeFile[]): number {
  const HEAD = 100;
  return files.reduce((sum, { bytes }) => sum + bytes + HEAD, 0);
}

/** Reads the answer, which is in the order of the request. Throws HeadframeError (failed_precondition, 'module_unreadable'). */
export function readBlobs(answer: Buffer, files: readonly TreeFile[]): SourceFile[] {
  let at = 0;
  return files.map(({ path, id, bytes, executable }) => {
    const lineEnd = answer.indexOf('\n', at);
    const head = answer.subarray(at, lineEnd).toString('latin1');
    if (lineEnd < 0 || head !== `${id} blob ${bytes}`)
      throw sourceError('module_unreadable', `git cannot read the file ${path}`);
    const content = answer.subarray(lineEnd + 1, lineEnd + 1 + bytes);
    if (content.length !== bytes) throw sourceError('module_unreadable', `git gave a part of the file ${path}`);
    at = lineEnd + 1 + bytes + 1;
    return { path, executable, content };
  });
}
