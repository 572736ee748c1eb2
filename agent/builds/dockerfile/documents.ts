import { DockerfileParser, Run, Shell } from 'dockerfile-ast';
import type { Dockerfile } from 'dockerfile-ast';

/** A Dockerfile without here-documents in RUN. */
export interface RewrittenDocuments {
  readonly text: string;
  /** Of the instructions that were rewritten, from 1. */
  readonly lines: readonly number[];
}

interface Rewritten {
  readonly line: number;
  /** Of the last line that it takes. */
  readonly lastLine: number;
  readonly text: string;
}

/** Shells that know `eval` and `printf`. */
const POSIX = /(?:^|\/)(?:ba|da|a|k|z)?sh$/;
const ALONE = /^\s*\d*<<-?(["']?)[A-Za-z_]\w*\1\s*$/;

/**
 * Rewrites each RUN with here-documents as one line that does the same in the same shell, for builders that know none; all
 * other lines keep their numbers. Undefined where there is nothing to rewrite, or a shell that is none of POSIX. Pure.
 */
export function withoutDocuments(text: string): RewrittenDocuments | undefined {
  let dockerfile: Dockerfile;
  try {
    dockerfile = DockerfileParser.parse(text);
  } catch {
    return undefined; // its builder says what is wrong with it
  }
  const instructions = dockerfile.getInstructions();
  if (instructions.some((one) => one instanceof Shell && !POSIX.test(one.getJSONStrings()[0]?.getJSONValue() ?? '')))
    return undefined;
  const lines = text.split(/\r?\n/);
  const runs = instructions.filter((one) => one instanceof Run);
  const rewritten = runs.flatMap((run) => rewrittenRun(run, lines, dockerfile.getEscapeCharacter()) ?? []);
  if (rewritten.length === 0) return undefined;
  for (const { line, lastLine, text: one } of rewritten) {
    lines[line - 1] = one;
    lines.fill('#', line, lastLine);
  }
  return { text: lines.join('\n'), lines: rewritten.map(({ line }) => line) };
}

/** Undefined for one without, and for one whose document does not end. */
function rewrittenRun(run: Run, lines: readonly string[], escape: string): Rewritten | undefined {
  const heredocs = run.getHeredocs();
  const { start, end } = run.getRange();
  const [first] = heredocs;
  const bodyLine = first?.getContentRange()?.start.line;
  if (first === undefined || bodyLine === undefined || heredocs.some((one) => one.getDelimiterRange() === null))
    return undefined;
  const head = joined(lines.slice(start.line, bodyLine), escape).replace(/^\s*\S+\s+/, '');
  const [flags = ''] = /^(?:--\S+\s+)*/.exec(head) ?? [];
  const command = head.slice(flags.length);
  const body = lines.slice(bodyLine, end.line + 1);
  const isAlone = heredocs.length === 1 && ALONE.test(command);
  const script = isAlone ? scriptOf(body.slice(0, -1), command) : `${command}\n${body.join('\n')}`;
  const how =
    isAlone && script.startsWith('#!') ? asProgram(script, first.getName()) : `eval "$(printf '\\n${quoted(script)}')"`;
  return { line: start.line + 1, lastLine: end.line + 1, text: `RUN ${flags}${how}` };
}

/** The lines of an instruction as the one that they are. */
function joined(lines: readonly string[], escape: string): string {
  return lines.map((line) => (line.trimEnd().endsWith(escape) ? line.trimEnd().slice(0, -1) : line)).join('');
}

/** `<<-` drops the tabs that lines begin with. */
function scriptOf(lines: readonly string[], command: string): string {
  const kept = command.includes('<<-') ? lines.map((line) => line.replace(/^\t+/, '')) : lines;
  return `${kept.join('\n')}\n`;
}

/** As a file that is gone with the step, where BuildKit itself has it. */
function asProgram(script: string, name: string): string {
  const path = `/dev/pipes/${name}`;
  const made = `printf '${quoted(script)}' > ${path} && chmod 755 ${path} && exec ${path}`;
  return `--mount=type=tmpfs,target=/dev/pipes ${made}`;
}

/** As a format of `printf` between single quotes, in which nothing looks like a here-document. */
function quoted(script: string): string {
  return script.replaceAll(/[\\%'<\n\t]/g, (sign) => QUOTED[sign] ?? sign);
}

const QUOTED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '%': '%%',
  "'": '\\047',
  '<': '\\074',
  '\n': '\\n',
  '\t': '\\t',
};
