import { StringDecoder } from 'node:string_decoder';
import { formatDuration } from '../../../../common/model/units.js';
import type { BuildTrace, Vertex } from './trace.js';

/** What is told of one vertex so far. */
interface Told {
  readonly number: number;
  readonly decoder: StringDecoder;
  /** Of its output, a line that has not ended. */
  rest: string;
  isOver: boolean;
}

const LONGEST_LINE = 4_000;
const LONGEST_NAME = 300;
/** A Dockerfile has fewer steps; those beyond are not told of. */
const MOST_TOLD = 4_096;
/** What the builder does for itself. */
const ITS_OWN = /^(?:\[internal\]|copy \/context \/$)/;

/**
 * What BuildKit says, as lines of a log. Steps that do not wait for each other run side by side, so that each line begins with
 * the number of its step: `#2 [2/3] RUN make`, its output, and how it ended.
 */
export class BuildProgress {
  readonly #told = new Map<string, Told>();

  /** The lines that it makes. */
  hear({ vertexes, outputs }: BuildTrace): string[] {
    const begun = vertexes.flatMap((vertex) => this.#begin(vertex));
    const said = outputs.flatMap(({ vertex, bytes }) => this.#say(vertex, bytes));
    const over = vertexes.flatMap((vertex) => this.#end(vertex));
    return [...begun, ...said, ...over];
  }

  #begin({ digest, name, startedMs, error }: Vertex): string[] {
    if (startedMs === undefined || this.#told.has(digest) || this.#told.size >= MOST_TOLD) return [];
    if (ITS_OWN.test(name) && error === '') return [];
    const number = this.#told.size + 1;
    this.#told.set(digest, { number, decoder: new StringDecoder('utf8'), rest: '', isOver: false });
    return [`#${String(number)} ${shortened(name)}`];
  }

  #say(digest: string, bytes: Uint8Array): string[] {
    const told = this.#told.get(digest);
    if (told === undefined) return [];
    const lines = (told.rest + told.decoder.write(Buffer.from(bytes))).split('\n');
    told.rest = lines.pop() ?? '';
    if (told.rest.length > LONGEST_LINE) {
      lines.push(told.rest);
      told.rest = '';
    }
    return lines.flatMap((line) => lineOf(told, line));
  }

  #end({ digest, cached, startedMs, completedMs, error }: Vertex): string[] {
    const told = this.#told.get(digest);
    if (told === undefined || told.isOver || startedMs === undefined || completedMs === undefined) return [];
    told.isOver = true;
    const rest = lineOf(told, told.rest + told.decoder.end());
    told.rest = '';
    const took = formatDuration(Math.max(0, Math.round(completedMs - startedMs)));
    const how = error === '' ? (cached ? 'taken from the cache' : `done in ${took}`) : `failed: ${shortened(error)}`;
    return [...rest, `#${String(told.number)} ${how}`];
  }
}

/** Programs that draw progress go back to the beginning of a line again and again: the last state counts. */
function lineOf({ number }: Told, text: string): string[] {
  const line = (text.trimEnd().split('\r').at(-1) ?? '').trimEnd();
  return line === '' ? [] : [`#${String(number)} ${line}`];
}

/** Its first line, as of a here-document. */
function shortened(text: string): string {
  const [first = '', ...more] = text.split('\n');
  if (first.length <= LONGEST_NAME && more.length === 0) return first;
  return `${first.slice(0, LONGEST_NAME - 1)}…`;
}
