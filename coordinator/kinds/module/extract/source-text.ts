/** The text of one file and where its lines begin. Line ends are all `\n`. */
export class SourceText {
  readonly path: string;
  readonly text: string;
  #starts: number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  }

  /** The lines without their ends. */
  get lines(): string[] {
    return this.text.split('\n');
  }

  /** The line that an offset lies in, from 1. */
  lineAt(offset: number): number {
    this.#starts ??= startsOf(this.text);
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** What steers a terminal, turns text around or is no text: controls, format characters, line separators, half pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A text from a module made safe to show on one line: at most `most` characters, what is unsafe written as an escape. */
export function shown(text: string, most: number): string {
  const safe = text.slice(0, most + 1).replace(UNSAFE, escapeOf);
  return safe.length > most ? `${safe.slice(0, most - 1)}…` : safe;
}

function escapeOf(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** A text of several lines as one, such as a comment or a help text. */
export function oneLine(text: string, most: number): string {
  return shown(
    text
      .slice(0, most * 4)
      .replace(/\s+/g, ' ')
      .trim(),
    most,
  );
}

/** Orders texts by their code units, the same everywhere. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
