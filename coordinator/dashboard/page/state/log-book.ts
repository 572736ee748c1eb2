/** A line that a program has said. */
export interface LogLine {
  /** Counts up for ever, so that a line keeps its number when those before it go. */
  readonly number: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

const MOST_LINES = 2_000;
/** A line without an end is cut here, in characters. */
const MOST_LINE = 4_000;
// Colours and the like that terminals understand (ECMA-48): they are left out, for the page shows text alone.
// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** What a program has said, by lines, in bounded memory. */
export class LogBook {
  #lines: LogLine[] = [];
  #next = 0;
  readonly #rests = { stdout: '', stderr: '' };

  /** Whole lines, the oldest first; then what has no end yet. */
  get lines(): readonly LogLine[] {
    const open = (['stdout', 'stderr'] as const).flatMap((stream) =>
      this.#rests[stream] === '' ? [] : [{ number: this.#next, stream, text: clean(this.#rests[stream]) }],
    );
    return open.length === 0 ? this.#lines : [...this.#lines, ...open];
  }

  /** Takes a piece of what was said, wherever it was cut. */
  take(stream: 'stdout' | 'stderr', text: string): void {
    const parts = `${this.#rests[stream]}${text}`.split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) this.#add(stream, part);
    if (rest.length > MOST_LINE) this.#add(stream, rest);
    this.#rests[stream] = rest.length > MOST_LINE ? '' : rest;
    if (this.#lines.length > MOST_LINES) this.#lines = this.#lines.slice(-MOST_LINES);
  }

  /** Begins anew. */
  clear(): void {
    this.#lines = [];
    this.#rests.stdout = '';
    this.#rests.stderr = '';
  }

  #add(stream: 'stdout' | 'stderr', text: string): void {
    this.#lines.push({ number: this.#next, stream, text: clean(text) });
    this.#next += 1;
  }
}

function clean(text: string): string {
  return text.replace(/\r$/, '').replace(ESCAPES, '').slice(0, MOST_LINE);
}
