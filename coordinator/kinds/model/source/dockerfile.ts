import { DockerfileParser } from 'dockerfile-ast';
import type { Dockerfile } from 'dockerfile-ast';

/** Characters of a Dockerfile; its parser takes a time that grows faster than the file. */
export const MOST_DOCKERFILE_BYTES = 64 * 1024;

/**
 * What is wrong with a Dockerfile before anything is built of it, with its line; undefined for one that may be built. Comments,
 * parser directives and ARG may stand before the first FROM, and nothing else. Pure.
 */
export function judgeDockerfile(text: string): string | undefined {
  if (text.includes('\0')) return 'it is no text';
  if (text.length >= MOST_DOCKERFILE_BYTES) return `it has ${String(MOST_DOCKERFILE_BYTES)} characters or more`;
  let dockerfile: Dockerfile;
  try {
    dockerfile = DockerfileParser.parse(text);
  } catch {
    return 'it cannot be read';
  }
  const instructions = dockerfile.getInstructions();
  const first = instructions.find((one) => one.getKeyword() !== 'ARG');
  if (first === undefined) {
    const last = instructions.at(-1);
    return last === undefined
      ? 'line 1: there is no FROM, and no instruction at all'
      : `line ${String(lineOf(last) + 1)}: there is no FROM after ${shown(last.getInstruction())}`;
  }
  if (first.getKeyword() !== 'FROM')
    return `line ${String(lineOf(first))}: ${shown(first.getInstruction())} stands where FROM is to be`;
  const empty = instructions.find((one) => one.getKeyword() === 'FROM' && one.getArguments().length === 0);
  return empty === undefined ? undefined : `line ${String(lineOf(empty))}: FROM names no image`;
}

function lineOf(instruction: { getRange(): { readonly start: { readonly line: number } } }): number {
  return instruction.getRange().start.line + 1;
}

function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 40);
}
